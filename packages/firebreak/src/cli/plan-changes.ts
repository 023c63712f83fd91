// The difference between two canonical plans, in lines that a person can judge: where, what it was, what it is.
import { parseCanonical } from '../base/canonical.ts'
import { dollarsText } from './dollars.ts'
import { short, spanText } from './words.ts'

export interface Change {
  /** `brakes.pause.costPerHour`, as in the resolved plan. */
  readonly path: string
  readonly before?: string
  readonly after?: string
}

/** @example changesBetween(accepted.canonical, plan.canonical) */
export function changesBetween(before: string, after: string): readonly Change[] {
  return compare('', parseCanonical(before), parseCanonical(after))
}

function compare(path: string, before: unknown, after: unknown): readonly Change[] {
  if (isFields(before) && isFields(after) && !isLeaf(path)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
    return names.flatMap((name) => compare(path === '' ? name : `${path}.${name}`, before[name], after[name]))
  }
  const [was, is] = [textOf(path, before), textOf(path, after)]
  if (was === is && same(before, after)) return []
  return [{ path, ...(before === undefined ? {} : { before: was }), ...(after === undefined ? {} : { after: is }) }]
}

/** Small records that read better in one piece. */
const isLeaf = (path: string): boolean => /\.(holds|lever|price|secret|url|act|atMost)$/.test(path)

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function same(a: unknown, b: unknown): boolean {
  if (isFields(a) && isFields(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)])
    return [...names].every((name) => same(a[name], b[name]))
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]))
  return a === b
}

function textOf(path: string, value: unknown): string {
  if (typeof value === 'bigint') return /\.(costPerHour|tolerates|dollars)$/.test(path) ? dollarsText(value) : value.toString()
  if (typeof value === 'number') return path.endsWith('Ms') ? spanText(value / 1_000) : String(value)
  if (typeof value === 'string') return path.startsWith('files.') ? short(value) : value
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => textOf('', one)).join(', ')
  if (isFields(value))
    return `{ ${Object.entries(value)
      .map(([name, one]) => `${name}: ${textOf(`.${name}`, one)}`)
      .join(', ')} }`
  return String(value)
}

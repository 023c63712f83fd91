// One text for one value, and back: what plan hashes, journal entries, recordings and saved detector states are written in.
//
// It is JSON with sorted keys and two tagged forms: a bigint is {"$n":"123"}, a Map is {"$m":[[key,value],…]} in the order of
// its keys' texts. A key of the user's own that begins with `$` is written with one more `$`, so no value can pass for a tag.
import type { Hex } from '../model/hex.ts'
import { sha256 } from './hash.ts'

/** Something that has no canonical text, and where in the value it is. A bug in the code that made the value. */
export class NotCanonical extends TypeError {
  override readonly name: string = 'NotCanonical'
  readonly where: string

  constructor(where: string, wrong: string) {
    super(`${where}: ${wrong}`)
    this.where = where
  }
}

/** Deeper than this is taken for a value that contains itself. */
const deepest = 500

/** @example canonical({ b: 1n, a: undefined, c: [true] }) // {"b":{"$n":"1"},"c":[true]} */
export function canonical(value: unknown): string {
  const text = write(value, 0)
  if (text === undefined) throw whatIsWrong(value, 'value', 0)
  return text
}

export function canonicalHash(value: unknown): Hex {
  return sha256(canonical(value))
}

/** Undefined when the value, or something inside it, has no text: the reason is searched for afterwards, off the fast path. */
function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      // The text of -0 is 0.
      return Number.isFinite(value) ? `${value}` : undefined
    case 'bigint':
      return `{"$n":"${value}"}`
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (depth === deepest) return undefined
      if (Array.isArray(value)) return writeList(value, depth + 1)
      if (value instanceof Map) return writeMap(value, depth + 1)
      return isPlain(value) ? writeFields(value, depth + 1) : undefined
    default:
      return undefined
  }
}

function writeList(list: readonly unknown[], depth: number): string | undefined {
  let text = '['
  for (let index = 0; index < list.length; index++) {
    const item = write(list[index], depth)
    if (item === undefined) return undefined
    text += index === 0 ? item : `,${item}`
  }
  return `${text}]`
}

function writeFields(fields: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  let text = ''
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key]
    if (field === undefined) continue
    const written = write(field, depth)
    if (written === undefined) return undefined
    text += `${text === '' ? '{' : ','}${JSON.stringify(key.startsWith('$') ? `$${key}` : key)}:${written}`
  }
  return text === '' ? '{}' : `${text}}`
}

function writeMap(map: ReadonlyMap<unknown, unknown>, depth: number): string | undefined {
  const pairs: (readonly [string, string])[] = []
  for (const [key, value] of map) {
    if (value === undefined) continue
    // Objects as keys are told apart by identity, which no text keeps.
    const left = typeof key === 'object' && key !== null ? undefined : write(key, depth)
    const right = write(value, depth)
    if (left === undefined || right === undefined) return undefined
    pairs.push([left, right])
  }
  pairs.sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return `{"$m":[${pairs.map(([left, right]) => `[${left},${right}]`).join(',')}]}`
}

/** An instance of a class would come back as something else, so it is refused. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const parent: unknown = Object.getPrototypeOf(value)
  return parent === Object.prototype || parent === null || Object.getPrototypeOf(parent) === null
}

function whatIsWrong(value: unknown, where: string, depth: number): NotCanonical {
  if (typeof value === 'number') return new NotCanonical(where, `${value} is not a finite number`)
  if (typeof value !== 'object' || value === null) return new NotCanonical(where, `${typeof value} has no canonical text`)
  if (depth === deepest) return new NotCanonical(`${where.slice(0, 60)}…`, `nested deeper than ${deepest}: does it contain itself?`)
  const inside: [string, unknown][] = []
  if (Array.isArray(value)) for (const [index, item] of value.entries()) inside.push([`${where}[${index}]`, item])
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      if (typeof key === 'object' && key !== null) return new NotCanonical(where, 'a Map with objects as keys has no canonical text')
      inside.push([`a key of ${where}`, key])
      if (item !== undefined) inside.push([`${where}.get(${String(key)})`, item])
    }
  } else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) if (item !== undefined) inside.push([`${where}.${key}`, item])
  } else return new NotCanonical(where, `a ${value.constructor.name} has no canonical text: use plain objects, arrays, Maps and bigints`)
  const [at, culprit] = inside.find(([, item]) => write(item, depth + 1) === undefined) ?? [where, undefined]
  return whatIsWrong(culprit, at, depth + 1)
}

/** The value that `canonical` wrote. Throws SyntaxError for text that it cannot have written. */
export function parseCanonical(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('"$') ? restore(value) : value
}

function restore(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (typeof item === 'object') value[index] = restore(item)
    return value
  }
  const entries: [string, unknown][] = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === '$n') return restoreBigint(first[1])
  if (entries.length === 1 && first?.[0] === '$m') return restoreMap(first[1])
  // fromEntries, because assigning to a field called __proto__ would do something else.
  return Object.fromEntries(entries.map(([key, item]) => [restoreKey(key), restore(item)]))
}

function restoreKey(key: string): string {
  if (!key.startsWith('$')) return key
  if (key.startsWith('$$')) return key.slice(1)
  throw new SyntaxError(`not canonical: unknown tag ${key}`)
}

function restoreBigint(digits: unknown): bigint {
  if (typeof digits === 'string' && /^(0|-?[1-9]\d*)$/.test(digits)) return BigInt(digits)
  throw new SyntaxError('not canonical: $n is not followed by the digits of a whole number')
}

function restoreMap(pairs: unknown): Map<unknown, unknown> {
  if (!Array.isArray(pairs)) throw new SyntaxError('not canonical: $m is not followed by a list')
  const map = new Map<unknown, unknown>()
  for (const pair of pairs as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new SyntaxError('not canonical: $m holds something that is not a pair')
    map.set(restore(pair[0]), restore(pair[1]))
  }
  return map
}

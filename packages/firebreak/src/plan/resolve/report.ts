// How the resolver says what is wrong: every fault is collected with its path, and nothing that may be a secret is quoted.
import type { Fault } from '../../model/errors.ts'
import { suggest } from '../nearest.ts'

/** Notes a fault; gives undefined, so that a check can `return report(…)`. */
export type Report = (path: string, wrong: string, mend: string) => undefined

export function reporter(): { readonly faults: readonly Fault[]; readonly report: Report } {
  const faults: Fault[] = []
  return {
    faults,
    report: (path, wrong, mend) => {
      faults.push({ path, wrong, mend })
      return undefined
    },
  }
}

/** A value as a fault quotes it: short, and never anything that could be a private key or an endpoint's URL. */
export function quoted(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' || typeof value === 'boolean' || value === null
        ? `${value}`
        : `a ${typeof value}`
  if (/(?:0x)?[0-9a-fA-F]{64}/.test(text)) return 'something that looks like a private key (not shown)'
  if (text.includes('://')) return 'a URL (not shown)'
  return typeof value === 'string' ? `'${text.length > 60 ? `${text.slice(0, 57)}…` : text}'` : text
}

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The named entries of a section, in one order whatever the order in the file; a fault when it is not an object. */
export function entriesOf(
  report: Report,
  path: string,
  value: unknown,
  like = 'see the plan reference for what belongs here',
): readonly (readonly [string, Fields])[] {
  if (!isFields(value)) {
    report(path, `is ${quoted(value)}`, 'give an object with a name for each entry')
    return []
  }
  const entries: (readonly [string, Fields])[] = []
  for (const name of Object.keys(value).toSorted()) {
    const entry = value[name]
    if (name === '') report(path, 'an entry has an empty name', 'give it a name')
    else if (isFields(entry)) entries.push([name, entry])
    else report(`${path}.${name}`, `is ${quoted(entry)}`, like)
  }
  return entries
}

/** Fields that nobody would read are slips. */
export function onlyFields(report: Report, path: string, value: Fields, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name) || value[name] === undefined) continue
    report(path === '' ? name : `${path}.${name}`, 'is not a field of a plan', suggest(name, known, 'remove it'))
  }
}

/** Text with a unit, read by `parse`; `like` is an example of how to write it. */
export function unit<value>(
  report: Report,
  path: string,
  given: unknown,
  parse: (text: string) => value | undefined,
  what: string,
  like: string,
): value | undefined {
  const value = typeof given === 'string' ? parse(given) : undefined
  return value ?? report(path, `${quoted(given)} is not ${what}`, `write it like '${like}'`)
}

/** A whole number within bounds, both included. */
export function whole(report: Report, path: string, given: unknown, low: number, high: number): number | undefined {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= low && given <= high) return given
  const range = high === Number.MAX_SAFE_INTEGER ? `from ${low} on` : `from ${low} to ${high}`
  return report(path, `${quoted(given)} is not a whole number ${range}`, `give a whole number ${range}`)
}

/** One value or a list of them, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** Names that have to be declared elsewhere in the plan, each once; unknown ones come with the name that was probably meant. */
export function namesOf(report: Report, path: string, given: unknown, known: readonly string[], what: string): readonly string[] {
  const names: string[] = []
  for (const name of listOf(given)) {
    if (typeof name !== 'string')
      report(
        path,
        `${quoted(name)} is not the name of a${/^[aeiou]/.test(what) ? 'n' : ''} ${what}`,
        suggest('', known, `declare one first`),
      )
    else if (!known.includes(name)) report(path, `there is no ${what} ${quoted(name)}`, suggest(name, known, `the plan declares none`))
    else if (names.includes(name)) report(path, `names the ${what} '${name}' twice`, 'name it once')
    else names.push(name)
  }
  return names
}

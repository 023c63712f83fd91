// Looks at several reads of one moment together: their raw answers, their values, and what could not be read.
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Finding, Scope } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'

/** Reads by name, and the values that they give. */
export type Reads = Readonly<Record<string, Read>>
export type Values<reads> = { readonly [name in keyof reads]: reads[name] extends Read<infer out> ? out : never }

export type Probes = readonly (readonly [name: string, probe: Probe])[]

export function probesOf(scope: Scope, reads: Reads): Probes {
  return Object.entries(reads).map(([name, read]) => [name, scope.read(read)] as const)
}

/** The answers as the node sent them: equal raw answers mean that nothing has to be judged again. Absent when a read was not asked. */
export function rawOf(probes: Probes, moment: Answers): readonly string[] | undefined {
  const raw: string[] = []
  for (const [, probe] of probes) {
    const answer = moment.answers.get(probe.key)
    if (!answer) return undefined
    raw.push(answer.ok ? answer.data : `failed ${answer.data}`)
  }
  return raw
}

export function sameRaw(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false
  return true
}

export interface Unreadable {
  readonly label: string
  readonly why: string
}

export type Looked =
  | { readonly ok: true; readonly values: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly unreadable: readonly Unreadable[] }

export function look(probes: Probes, moment: Answers): Looked {
  const values: Record<string, unknown> = {}
  const unreadable: Unreadable[] = []
  for (const [name, probe] of probes) {
    const decoded = probe.of(moment)
    if (decoded.ok) values[name] = decoded.value
    else unreadable.push({ label: probe.label, why: decoded.why })
  }
  return unreadable.length === 0 ? { ok: true, values } : { ok: false, unreadable }
}

/** How much a read that fails says about an attack: little, but a read that an attacker makes fail is worth a line. */
const unreadableLikelihood = 0.2

/** Said once when reads begin to fail, not at every moment. */
export function unreadableFinding(subjects: readonly Address[], unreadable: readonly Unreadable[], moment: Moment): Finding {
  const labels = unreadable.map((one) => one.label).join(', ')
  return {
    subjects,
    likelihood: unreadableLikelihood,
    weight: 'evidence',
    summary: `could not be read: ${labels}; this watch is blind until it can`,
    evidence: Object.fromEntries(unreadable.map((one) => [one.label, one.why])),
    loss: [],
    culprits: blamed(moment, subjects),
  }
}

/** In a crowded block nobody is named: a wrong name ties unrelated attacks together. */
const namedAtMost = 8

/** The waiting transaction; or, of a block, those that touched the subjects: nobody when there are none, unknown when there are many. */
export function blamed(moment: Moment, subjects: readonly Address[]): readonly Hex[] | undefined {
  switch (moment.kind) {
    case 'pending':
      return [moment.tx.hash]
    case 'block': {
      const at = moment.touched.filter(({ touches }) => touches.some((address) => subjects.includes(address)))
      return at.length <= namedAtMost ? at.map(({ tx }) => tx.hash) : undefined
    }
    case 'tick':
      return []
  }
  return moment satisfies never
}

/** Small integer types are decoded to numbers; everything here counts in bigints. */
export function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined
}

// The `detector` watch: a user's own reducer, with typed values of its reads and events, in about ten lines.
import type { EventRef } from '../model/call.ts'
import type { Log } from '../model/chain.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { oneChain, readText } from './options.ts'
import type { At } from './options.ts'
import { blamed, look, probesOf, rawOf, unreadableFinding } from './reads.ts'
import type { Reads, Values } from './reads.ts'

/** Events by name, and what a moment gives of each: all that were emitted, in order. */
export type Events = Readonly<Record<string, EventRef>>
export type Emitted<events> = {
  readonly [name in keyof events]: events[name] extends EventRef<infer args> ? readonly { readonly args: args; readonly log: Log }[] : never
}

/** Only what is particular has to be said; the rest is filled in. */
export type Said = Pick<Finding, 'likelihood' | 'summary'> & Partial<Finding>

export interface DetectorOptions<reads extends Reads, events extends Events, state> {
  readonly kind: string
  /** The contracts that it is about. Default: those that are read or listened to. */
  readonly subjects?: readonly At[]
  readonly reads?: reads
  readonly logs?: events
  /** `emitted`: `step` is called only for moments in which one of `logs` was emitted; thousands of such detectors cost nothing while they wait. Needs no `reads`. */
  readonly when?: 'always' | 'emitted'
  /** Plain data: it is saved, and shared between branches of the chain, so `step` returns a new one instead of changing it. */
  readonly start: state
  /** Pure: no clock, network or randomness. `now` has the values of `reads` and the events of `logs`, by name. */
  readonly step: (
    state: state,
    now: Values<reads> & Emitted<events>,
    moment: BlockMoment | PendingMoment,
  ) => { readonly state: state; readonly findings?: readonly Said[] }
  /** Whatever else `step` depends on: it becomes part of the plan's hash and of what `check` prints. */
  readonly options?: Readonly<Record<string, unknown>>
}

interface State<state> {
  readonly own: state
  readonly unreadable: boolean
}

/**
 * A detector of your own.
 * @example
 * crowd: detector({ kind: 'crowd', logs: { borrows: pool.event('Borrow') }, start: 0,
 *   step: (most, now) => ({
 *     state: Math.max(most, now.borrows.length),
 *     findings: now.borrows.length > 2 * most + 10 ? [{ likelihood: 0.5, summary: `${now.borrows.length} borrows at once` }] : [],
 *   }) })
 */
export function detector<state, const reads extends Reads = {}, const events extends Events = {}>(
  options: DetectorOptions<reads, events, state>,
): Watch {
  const reads: Reads = options.reads ?? {}
  const logs: Events = options.logs ?? {}
  return {
    kind: options.kind,
    options: {
      ...options.options,
      ...(options.when === 'emitted' ? { when: 'emitted' } : {}),
      subjects: (options.subjects ?? []).map((one) => one.address),
      reads: Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, readText(read)])),
      logs: Object.fromEntries(Object.entries(logs).map(([name, event]) => [name, `${event.chain}:${event.address}.${event.event.name}`])),
    },
    build: (scope) => build(scope, options),
  }
}

function build<state, reads extends Reads, events extends Events>(
  scope: Scope,
  options: DetectorOptions<reads, events, state>,
): Detector<State<state>> | readonly Fault[] {
  const faults: Fault[] = []
  const reads: Reads = options.reads ?? {}
  const events: Events = options.logs ?? {}
  const places = [...Object.values(reads), ...Object.values(events), ...(options.subjects ?? [])]
  const chain = oneChain(
    faults,
    'reads',
    places.map((place) => place.chain),
  )
  if (options.kind.trim() === '')
    faults.push({ path: 'kind', wrong: 'it has no kind', mend: "say in a word or two what it looks for, such as kind: 'borrow burst'" })
  if (options.when === 'emitted' && (Object.keys(reads).length > 0 || Object.keys(events).length === 0))
    faults.push({
      path: 'when',
      wrong: "is 'emitted', which is for detectors that have logs and no reads",
      mend: 'leave `when` out, or listen to logs alone',
    })
  for (const name of Object.keys(events)) {
    if (Object.hasOwn(reads, name))
      faults.push({ path: `logs.${name}`, wrong: `a read has the name '${name}' too`, mend: 'give each read and event a name of its own' })
  }
  if (faults.length > 0) return faults

  const probes = probesOf(scope, reads)
  const listens = Object.entries(events).map(([name, event]) => [name, scope.event(event)] as const)
  const needs = { reads: probes.map(([, probe]) => probe), logs: listens.map(([, probe]) => probe) }
  const heard: readonly Address[] = [...Object.values(reads).map((read) => read.to), ...Object.values(events).map((event) => event.address)]
  const subjects = [...new Set(options.subjects?.map((one) => one.address) ?? heard)]

  function step(state: State<state>, moment: Moment): { state: State<state>; findings: readonly Finding[] } {
    if (moment.kind === 'tick' || !rawOf(probes, moment)) return { state, findings: [] }
    const looked = look(probes, moment)
    if (!looked.ok) {
      const findings = state.unreadable ? [] : [unreadableFinding(subjects, looked.unreadable, moment)]
      return { state: moment.kind === 'pending' || state.unreadable ? state : { ...state, unreadable: true }, findings }
    }
    const now: Record<string, unknown> = { ...looked.values }
    for (const [name, probe] of listens) now[name] = probe.of(moment)
    const result = options.step(state.own, now as Values<reads> & Emitted<events>, moment)
    const findings = (result.findings ?? []).map((said) => complete(said, moment))
    // A state that did not change stays the same object, so that branches share it.
    const same = moment.kind === 'pending' || (Object.is(result.state, state.own) && !state.unreadable)
    return { state: same ? state : { own: result.state, unreadable: false }, findings }
  }

  function complete(said: Said, moment: Moment): Finding {
    if (!Number.isFinite(said.likelihood)) throw new TypeError(`the likelihood is ${said.likelihood}`)
    return {
      subjects,
      weight: 'verdict',
      evidence: {},
      loss: [],
      culprits: blamed(moment, subjects),
      ...said,
      likelihood: Math.min(1, Math.max(0, said.likelihood)),
    }
  }

  return {
    kind: options.kind,
    chain,
    subjects,
    ...(options.when === 'emitted' ? { sleeps: true } : {}),
    start: { own: options.start, unreadable: false },
    needs: () => needs,
    step,
  }
}

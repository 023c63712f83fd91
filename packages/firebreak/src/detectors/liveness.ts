// The `liveness` watch: a silence that should not be: no heads, no waiting transactions, or a timestamp that nobody renews.
import { durationMs } from '../base/units.ts'
import type { Duration } from '../base/units.ts'
import type { Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Moment } from '../model/moment.ts'
import { likelihoodPast } from './likelihood.ts'
import { duration, oneChain, readText, seconds } from './options.ts'
import { unreadableFinding, wholeOf } from './reads.ts'

export interface LivenessOptions {
  /** A read that gives seconds since 1970, and how old it may become. */
  readonly of?: { readonly read: Read<bigint>; readonly within: Duration }
  /** How long no block may arrive. */
  readonly heads?: Duration
  /** How long no waiting transaction may be seen. */
  readonly pending?: Duration
  /** The chain whose heads are meant, when nothing is read. */
  readonly chain?: string
  /** A silence opens an incident of its own. Default false: it only supports what other watches say. */
  readonly verdict?: boolean
}

interface State {
  readonly unreadable: boolean
}

const start: State = { unreadable: false }
const evidenceLikelihood = 0.3

/**
 * Speaks when something that should move does not.
 * @example
 * alive: liveness({ of: { read: feed.read.latestTimestamp(), within: '1d' }, heads: '60s', pending: '5m' })
 */
export function liveness(options: LivenessOptions): Watch {
  return {
    kind: 'liveness',
    options: {
      of: options.of ? readText(options.of.read) : 'none',
      within: options.of?.within ?? 'none',
      heads: options.heads ?? 'none',
      pending: options.pending ?? 'none',
      chain: options.chain ?? 'default',
      verdict: options.verdict ?? false,
    },
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: LivenessOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  if (options.of === undefined && options.heads === undefined && options.pending === undefined) {
    faults.push({ path: '', wrong: 'it watches nothing', mend: 'give at least one of `of`, `heads` and `pending`' })
  }
  const within = options.of && BigInt(seconds(faults, 'of.within', options.of.within))
  const heads = silence(faults, 'heads', options.heads)
  const pending = silence(faults, 'pending', options.pending)
  const chains = [options.chain, options.of?.read.chain].filter((chain) => chain !== undefined)
  if (chains.length === 0)
    faults.push({ path: 'chain', wrong: 'it does not say which chain is meant', mend: "name the chain, such as chain: 'mainnet'" })
  const chain = chains.length === 0 ? '' : oneChain(faults, 'chain', chains)
  if (faults.length > 0) return faults

  const probe = options.of && scope.read(options.of.read)
  const needs = { reads: probe ? [probe] : [], logs: [] }
  const subjects = options.of ? [options.of.read.to] : []

  function finding(summary: string, age: bigint, allowed: bigint, silent: string): Finding {
    return {
      subjects: silent === 'read' ? subjects : [],
      likelihood: options.verdict ? likelihoodPast(age, allowed) : evidenceLikelihood,
      weight: options.verdict ? 'verdict' : 'evidence',
      summary,
      evidence: { silent, age, allowed },
      loss: [],
      culprits: [],
    }
  }

  function ticked(silent: 'heads' | 'pending', ageMs: number, allowedMs: number): readonly Finding[] {
    if (ageMs <= allowedMs) return []
    const what = silent === 'heads' ? 'no block' : 'no waiting transaction'
    // An age without end: none has been seen at all.
    const age = Number.isFinite(ageMs) ? Math.floor(ageMs) : Number.MAX_SAFE_INTEGER
    const since = Number.isFinite(ageMs) ? `for ${duration(Math.floor(age / 1_000))}` : 'has been seen'
    const summary = `${what} on ${chain} ${since}; ${duration(Math.floor(allowedMs / 1_000))} may pass`
    return [finding(summary, BigInt(age), BigInt(allowedMs), silent)]
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    switch (moment.kind) {
      case 'tick':
        return { state, findings: [...ticked('heads', moment.headAge, heads), ...ticked('pending', moment.pendingAge, pending)] }
      case 'pending':
        // Time does not pass in a waiting transaction.
        return { state, findings: [] }
      case 'block': {
        if (!probe || within === undefined || !moment.answers.has(probe.key)) return { state, findings: [] }
        const decoded = probe.of(moment)
        const renewed = decoded.ok ? wholeOf(decoded.value) : undefined
        if (renewed === undefined) {
          const why = decoded.ok ? 'the answer is not a number' : decoded.why
          const findings = state.unreadable ? [] : [unreadableFinding(subjects, [{ label: probe.label, why }], moment)]
          return { state: state.unreadable ? state : { unreadable: true }, findings }
        }
        const age = moment.block.timestamp - renewed
        const summary = `${probe.label} was renewed ${duration(Number(age))} ago; ${duration(Number(within))} may pass`
        return { state: state.unreadable ? start : state, findings: age > within ? [finding(summary, age, within, 'read')] : [] }
      }
    }
    return moment satisfies never
  }

  return { kind: 'liveness', chain, subjects, start, needs: () => needs, step }
}

/** Milliseconds; without the option no silence is too long. */
function silence(faults: Fault[], path: string, text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const ms = durationMs(text)
  if (ms === undefined) faults.push({ path, wrong: `'${text}' is not a duration`, mend: "write a number and a unit: '60s' or '5m'" })
  return ms ?? 1
}

// The `velocity` watch: how fast something goes, against how fast it went before: transactions, volume, order flow, utilisation.
import type { Duration } from '../base/units.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Moment } from '../model/moment.ts'
import { likelihoodPast } from './likelihood.ts'
import { duration, oneChain, seconds } from './options.ts'
import { unreadableFinding } from './reads.ts'
import { noNumbers, sortedNumbers, withNumber } from './recent-numbers.ts'
import type { Recent } from './recent-numbers.ts'
import { nothingCarried, scoreOf, settled, usuallyOf, usualOf } from './velocity-methods.ts'
import type { Carried, Method, Score, Settled, Side, Usual } from './velocity-methods.ts'
import { measured, movers, seriesText } from './velocity-series.ts'
import type { Args, Measured, Seen, SeriesOf } from './velocity-series.ts'

export interface VelocityOptions<a extends Args = Args, b extends Args = Args> {
  /** What is counted, added up or read. */
  readonly of: SeriesOf<a, b>
  readonly method: Method
  /** How long one number is collected. Default: each block is a number of its own. */
  readonly per?: Duration
  /** How many numbers it learns from before it says anything, and compares with from then on. Default 200; 500 for `peaks`. */
  readonly learns?: number
  /** Which way is out of the ordinary. Default 'up'; 'both' for order flow. `peaks` only looks up. */
  readonly side?: Side
  /** The smallest distance from the middle that counts as one, where numbers hardly ever move. Default: 1; 1 % of the middle of levels; a tenth of what is usual for amounts. */
  readonly least?: number
  /** Numbers are divided by ten to this power. Default 0. */
  readonly decimals?: number
  /** A verdict opens an incident. Default 'evidence'. */
  readonly weight?: 'evidence' | 'verdict'
}

interface State {
  readonly recent: Recent
  readonly learned: number
  readonly usual: Usual | undefined
  readonly carried: Carried
  /** The number that is being collected, and which stretch of time it is for. */
  readonly stretch: number | undefined
  readonly running: number
  /** The last level, for changes. */
  readonly level: number | undefined
  readonly alarmed: boolean
  readonly told: boolean
  readonly unreadable: boolean
}

const start: State = {
  recent: noNumbers,
  learned: 0,
  usual: undefined,
  carried: nothingCarried,
  stretch: undefined,
  running: 0,
  level: undefined,
  alarmed: false,
  told: false,
  unreadable: false,
}
const mostLearned = 2_000
const evidenceShare = 0.6

/**
 * Speaks when something goes much faster than it went before. It says nothing until it has learned.
 * @example
 * rush: velocity({ of: { sum: { event: pool.event('Borrow'), amount: 'amount' } }, method: { kind: 'peaks' }, decimals: 6 })
 */
export function velocity<a extends Args = Args, b extends Args = Args>(options: VelocityOptions<a, b>): Watch
export function velocity(options: VelocityOptions): Watch {
  const method = settled(options.method)
  return {
    kind: 'velocity',
    options: {
      of: seriesText(options.of),
      method: { ...method },
      per: options.per ?? 'block',
      learns: options.learns ?? learnsOf(method),
      side: options.side ?? 'default',
      least: options.least ?? 'default',
      decimals: options.decimals ?? 0,
      weight: options.weight ?? 'evidence',
    },
    build: (scope) => build(scope, method, options),
  }
}

const learnsOf = (method: Settled): number => (method.kind === 'peaks' ? 500 : 200)

function build(scope: Scope, method: Settled, options: VelocityOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const { decimals = 0, weight = 'evidence', learns = learnsOf(method) } = options
  const per = options.per === undefined ? undefined : seconds(faults, 'per', options.per)
  const side = options.side ?? ('in' in options.of && method.kind !== 'peaks' ? 'both' : 'up')
  if (!Number.isInteger(learns) || learns < 20 || learns > mostLearned)
    faults.push({
      path: 'learns',
      wrong: `${learns} numbers are not enough or too many`,
      mend: `write a whole number from 20 to ${mostLearned}`,
    })
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 36)
    faults.push({ path: 'decimals', wrong: `${decimals} is not a number of decimals`, mend: 'write a whole number from 0 to 36' })
  if (options.least !== undefined && !(options.least > 0))
    faults.push({ path: 'least', wrong: `${options.least} is no distance`, mend: 'write a number above 0' })
  if (method.kind === 'peaks' && side !== 'up')
    faults.push({ path: 'side', wrong: `peaks of '${side}' are not known`, mend: 'leave `side` out, or choose another method' })
  if (method.kind === 'peaks' ? !(method.oncePer >= 100) : !(method.threshold > 0))
    faults.push({ path: 'method', wrong: 'its bound is not one', mend: 'write a threshold above 0, or `oncePer` of 100 or more' })
  if (method.kind === 'cusum' && !(method.drift >= 0))
    faults.push({ path: 'method.drift', wrong: `${method.drift} would add up out of nothing`, mend: 'write a number of 0 or more' })
  if (method.kind === 'ewma' && !(method.weight > 0 && method.weight <= 1))
    faults.push({
      path: 'method.weight',
      wrong: `${method.weight} is no share of a mean`,
      mend: 'write a number above 0 and at most 1, such as 0.2',
    })
  if (weight !== 'evidence' && weight !== 'verdict')
    faults.push({ path: 'weight', wrong: `'${String(weight)}' is no weight`, mend: "write 'evidence' or 'verdict'" })
  const series: Measured = measured(scope, faults, options.of, decimals)
  const chain = oneChain(faults, 'of', series.chains)
  if (faults.length > 0) return faults

  const needs = { reads: series.reads, logs: series.logs }
  const { subjects } = series
  const isChange = 'read' in options.of && options.of.as === 'change'
  const adds = series.adds || isChange
  const leastOf = (middle: number): number =>
    options.least ?? (series.amounts ? 0.1 : series.adds ? 1 : Math.max(Math.abs(middle) / 100, 10 ** -decimals))
  /** What can be said of a stretch that is not over. */
  const early: Side | 'nothing' = per === undefined || !adds || series.signed ? side : side === 'down' ? 'nothing' : 'up'
  const each = per === undefined ? 'a block' : duration(per)

  const scored = (state: State, value: number, towards = side): Score | undefined =>
    state.usual && scoreOf(method, state.usual, state.carried, value, towards)
  function withSample(state: State, value: number): State {
    const score = scored(state, value)
    const recent = withNumber(state.recent, value, learns)
    const learned = Math.min(learns, state.learned + 1)
    const sorted = learned < learns ? undefined : sortedNumbers(recent, learns)
    const usual = sorted && usualOf(sorted, method, { least: leastOf(sorted[sorted.length >> 1] ?? 0), amounts: series.amounts })
    return { ...state, recent, learned, usual, carried: score?.carried ?? state.carried }
  }

  const passes = (score: Score | undefined): score is Score => score !== undefined && score.score > score.bound

  function finding(state: State, value: number, { score, bound }: Score, moment: Moment, culprits: Finding['culprits']): Finding {
    const past = likelihoodPast(scaled(score), scaled(bound))
    const usually = state.usual ? usuallyOf(state.usual) : 0
    const peaks = method.kind === 'peaks' ? ` and ${shown(bound)} is passed once in ${method.oncePer}` : ''
    return {
      subjects,
      likelihood: weight === 'verdict' ? past : Math.round(past * evidenceShare * 1e6) / 1e6,
      weight,
      summary: `${series.what}: ${shown(value)} in ${moment.kind === 'pending' ? 'one transaction' : each}, where ${shown(usually)} is usual${peaks} (${method.kind} ${shown(score)}, bound ${shown(bound)})`,
      evidence: { method: method.kind, value, usual: usually, score, bound },
      loss: [],
      culprits,
    }
  }

  function warmingUp(state: State): Finding {
    return {
      subjects,
      likelihood: 0,
      weight: 'evidence',
      summary: `${series.what}: needs ${learns - state.learned} more numbers, one ${per === undefined ? each : `every ${each}`}, before it says anything`,
      evidence: { learned: state.learned, learns },
      loss: [],
      culprits: [],
    }
  }

  function pendingFindings(state: State, seen: Seen & { ok: true }, moment: Moment): readonly Finding[] {
    if (state.alarmed || !state.usual) return []
    const before = adds ? state.running : (state.level ?? seen.value)
    const own = isChange ? seen.value - (state.level ?? seen.value) : seen.value
    const value = adds ? before + own : own
    const score = early === 'nothing' ? undefined : scored(state, value, early)
    // What was past the bound without it is not its doing.
    if (!passes(score) || passes(adds && per === undefined ? undefined : scored(state, before))) return []
    return [finding(state, value, score, moment, moment.kind === 'pending' ? [moment.tx.hash] : [])]
  }

  function step(given: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick' || (moment.kind === 'pending' && moment.reverted)) return { state: given, findings: [] }
    const seen = series.of(moment)
    if (!seen) return { state: given, findings: [] }
    if (!seen.ok) {
      const findings = given.unreadable ? [] : [unreadableFinding(subjects, [seen.unreadable], moment)]
      return { state: moment.kind === 'pending' || given.unreadable ? given : { ...given, unreadable: true }, findings }
    }
    if (moment.kind === 'pending') return { state: given, findings: pendingFindings(given, seen, moment) }

    const findings: Finding[] = []
    const stretch = per === undefined ? undefined : Math.floor(Number(moment.block.timestamp) / per)
    let state: State = given.unreadable ? { ...given, unreadable: false } : given
    // A stretch is over when the next one begins; those without a block had nothing, or the last level.
    if (stretch !== undefined && state.stretch !== undefined && stretch > state.stretch) {
      const skipped = Math.min(stretch - state.stretch - 1, learns)
      const full = early === side ? undefined : scored(state, state.running)
      if (passes(full) && !state.alarmed) {
        findings.push(finding(state, state.running, full, moment, []))
        state = { ...state, alarmed: true }
      }
      state = withSample(state, state.running)
      for (let i = 0; i < skipped; i++) state = withSample(state, adds ? 0 : state.running)
      state = { ...state, running: adds ? 0 : state.running }
    }
    const now = isChange ? seen.value - (state.level ?? seen.value) : seen.value
    const running = adds && stretch !== undefined ? state.running + now : now
    const score = early === 'nothing' ? undefined : scored(state, running, early)
    const past = passes(score)
    if (past && !state.alarmed) findings.push(finding(state, running, score, moment, movers(seen.flows, side)))
    state = {
      ...state,
      alarmed: past,
      level: adds && !isChange ? undefined : seen.value,
      stretch,
      running: stretch === undefined ? 0 : running,
    }
    if (stretch === undefined) state = withSample(state, now)
    if (!moment.past && !state.told && state.learned < learns) {
      findings.push(warmingUp(state))
      state = { ...state, told: true }
    }
    return { state, findings }
  }

  return { kind: 'velocity', chain, subjects, start, needs: () => needs, step }
}

/** Nothing on a chain is so large that its square does not fit; what does is shown as it is. */
const scaled = (value: number): bigint => BigInt(Math.round(Math.min(Math.max(value, -1e300), 1e300) * 1e6))

function shown(value: number): string {
  return Math.abs(value) >= 1e15 ? value.toExponential(3) : value.toLocaleString('en-US', { maximumSignificantDigits: 6 })
}

// The `oracle` watch: a price feed that deviates from another, went stale, or jumped.
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { atTwice, likelihoodPast, toSay } from './likelihood.ts'
import { duration, percent, readText, units } from './options.ts'
import { checked, feedRead } from './oracle-options.ts'
import type { OracleOptions } from './oracle-options.ts'
import { blamed, rawOf, sameRaw, unreadableFinding, wholeOf } from './reads.ts'
import type { Unreadable } from './reads.ts'

interface State {
  readonly raw: readonly string[]
  /** The latest distinct values in order, for the median. */
  readonly recent: readonly bigint[]
  readonly price: bigint | undefined
  readonly updatedAt: bigint | undefined
  /** In parts of a million, from `against`. */
  readonly apart: bigint
  readonly unreadable: readonly string[]
  /** What is wrong with the values themselves; said again at every block while it lasts. */
  readonly standing: readonly Finding[]
}

const start: State = { raw: [], recent: [], price: undefined, updatedAt: undefined, apart: 0n, unreadable: [], standing: [] }

/** Values behind the median: half of them have to be moved before it moves. */
const medianOf = 15
const million = 1_000_000n
const nobody = { culprits: [] }

interface Reader {
  readonly probe: Probe
  readonly pick: (value: unknown) => bigint | undefined
}

const part =
  (index: number) =>
  (value: unknown): bigint | undefined =>
    Array.isArray(value) ? wholeOf(value[index]) : undefined

/**
 * Speaks when a feed is further than `deviates` from another, has not been updated for `staleAfter`, or jumps by `step`.
 * @example
 * price: oracle({ feed, against: pool.read.twap(), againstDecimals: 18, deviates: '3%', staleAfter: '1h', step: '10%' })
 */
export function oracle(options: OracleOptions): Watch {
  const feed = feedRead(options.feed)
  return {
    kind: 'oracle',
    options: {
      feed: readText(feed),
      decimals: options.decimals ?? 8,
      against: options.against ? readText(options.against) : 'none',
      againstDecimals: options.againstDecimals ?? options.decimals ?? 8,
      updatedAt: options.updatedAt ? readText(options.updatedAt) : 'none',
      deviates: options.deviates ?? 'none',
      staleAfter: options.staleAfter ?? 'none',
      grace: options.grace ?? 'default',
      step: options.step ?? 'none',
      movedBy: (options.movedBy ?? []).map((one) => one.address),
    },
    build: (scope) => build(scope, feed, options),
  }
}

function build(scope: Scope, feed: Read, options: OracleOptions): Detector<State> | readonly Fault[] {
  const { faults, deviates, step: maxStep, staleAfter, grace, chain, isFeed } = checked(feed, options)
  if (faults.length > 0) return faults

  const feedProbe = scope.read(feed)
  const price: Reader = { probe: feedProbe, pick: isFeed ? part(1) : wholeOf }
  const against = options.against && { probe: scope.read(options.against), pick: wholeOf }
  const clock =
    staleAfter === undefined
      ? undefined
      : options.updatedAt
        ? { probe: scope.read(options.updatedAt), pick: wholeOf }
        : { probe: feedProbe, pick: part(3) }
  const probes = [...new Set([feedProbe, against?.probe, clock?.probe])].flatMap((probe) => (probe ? [[probe.label, probe] as const] : []))
  const needs = { reads: probes.map(([, probe]) => probe), logs: [] }
  const subjects: readonly Address[] = [feed.to]
  const movers = (options.movedBy ?? []).map((one) => one.address)
  // Whatever moves either price is worth judging.
  const touched: readonly Address[] = [...new Set([feed.to, ...(options.against ? [options.against.to] : []), ...movers])]
  const who = scope.nameOf(feed.to)
  const decimals = options.decimals ?? 8
  const priceUnit = 10n ** BigInt(decimals)
  const againstDecimals = options.againstDecimals ?? decimals
  const againstUnit = 10n ** BigInt(againstDecimals)

  const verdict = (summary: string, likelihood: number, evidence: Finding['evidence'], moment: Moment): Finding => ({
    subjects,
    likelihood,
    weight: 'verdict',
    summary,
    evidence,
    loss: [],
    culprits: blamed(moment, touched),
  })

  /** Age is judged at every block, whether or not anything changed. */
  function stale(updatedAt: bigint | undefined, moment: Moment): readonly Finding[] {
    if (updatedAt === undefined || staleAfter === undefined || moment.kind !== 'block') return []
    const age = moment.block.timestamp - updatedAt
    const allowed = BigInt(staleAfter + grace)
    if (age <= allowed) return []
    const summary = `${who} has not been updated for ${duration(Number(age))}; ${duration(staleAfter)} and ${duration(grace)} of grace may pass`
    return [{ ...verdict(summary, likelihoodPast(age, allowed), { fault: 'stale', age, allowed }, moment), culprits: [] }]
  }

  function valueOf(reader: Reader, moment: Answers, unreadable: Unreadable[]): bigint | undefined {
    const decoded = reader.probe.of(moment)
    const value = decoded.ok ? reader.pick(decoded.value) : undefined
    if (value === undefined) unreadable.push({ label: reader.probe.label, why: decoded.ok ? 'the answer is not a price' : decoded.why })
    return value
  }

  /** Stands for as long as it lasts; whoever began it or made it worse is named. */
  function deviation(state: State, now: bigint, other: bigint, apart: bigint, moment: BlockMoment | PendingMoment): readonly Finding[] {
    const say = toSay(moment.kind, state.apart, apart, deviates)
    if (apart <= deviates || (moment.kind === 'pending' && say !== 'blame')) return []
    const summary = `${who} says ${units(now, decimals)}, ${percent(apart)} from ${units(other, againstDecimals)}; ${percent(deviates)} may be`
    const evidence = { fault: 'deviates', price: now, against: other, apartPpm: apart, allowedPpm: deviates }
    return [{ ...verdict(summary, likelihoodPast(apart, deviates), evidence, moment), ...(say !== 'blame' && nobody) }]
  }

  function jumped(state: State, now: bigint, moment: BlockMoment | PendingMoment): readonly Finding[] {
    if (state.recent.length === 0) return []
    const middle = median(state.recent)
    const jump = distance(now, middle)
    const before = state.price === undefined ? 0n : distance(state.price, middle)
    const say = toSay(moment.kind, before, jump, maxStep)
    if (say === 'nothing') return []
    const summary = `${who} jumped by ${percent(jump)} from ${units(middle, decimals)} to ${units(now, decimals)}; ${percent(maxStep)} may be`
    const evidence = { fault: 'step', price: now, median: middle, jumpPpm: jump, allowedPpm: maxStep }
    return [{ ...verdict(summary, likelihoodPast(jump, maxStep), evidence, moment), ...(say === 'mention' && nobody) }]
  }

  function noPrice(state: State, now: bigint, moment: BlockMoment | PendingMoment): readonly Finding[] {
    const before = state.price !== undefined && state.price <= 0n
    if (before && moment.kind === 'pending') return []
    const finding = verdict(`${who} says ${now}, which is no price`, atTwice, { fault: 'price', price: now }, moment)
    return [{ ...finding, ...(before && nobody) }]
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    const raw = rawOf(probes, moment)
    if (!raw) return { state, findings: [] }
    const pending = moment.kind === 'pending'
    if (sameRaw(raw, state.raw)) return { state, findings: pending ? [] : [...state.standing, ...stale(state.updatedAt, moment)] }

    const unreadable: Unreadable[] = []
    const now = valueOf(price, moment, unreadable)
    const other = against && valueOf(against, moment, unreadable)
    const updatedAt = clock && valueOf(clock, moment, clock.probe === feedProbe ? [] : unreadable)
    const news = unreadable.filter((one) => !state.unreadable.includes(one.label))
    const blind = news.length > 0 ? [unreadableFinding(subjects, news, moment)] : []

    const isPrice = now !== undefined && now > 0n
    const compared = isPrice && other !== undefined && other > 0n
    const apart = compared ? distance(now * againstUnit, other * priceUnit) : state.apart
    const standing = [
      ...(now !== undefined && !isPrice ? noPrice(state, now, moment) : []),
      ...(compared ? deviation(state, now, other, apart, moment) : []),
    ]
    const findings = [...blind, ...(isPrice ? jumped(state, now, moment) : []), ...standing]
    if (pending) return { state, findings }

    const next = {
      raw,
      recent: isPrice && now !== state.recent.at(-1) ? [...state.recent, now].slice(-medianOf) : state.recent,
      price: now ?? state.price,
      updatedAt: updatedAt ?? state.updatedAt,
      apart,
      unreadable: unreadable.map((one) => one.label),
      standing: standing.map((one) => ({ ...one, ...nobody })),
    }
    return { state: next, findings: [...findings, ...stale(next.updatedAt, moment)] }
  }

  return { kind: 'oracle', chain, subjects: touched, start, needs: () => needs, step }
}

/** |a − b| / b in parts of a million, rounded up: any distance past a bound counts. */
function distance(a: bigint, b: bigint): bigint {
  const apart = a > b ? a - b : b - a
  return (apart * million + b - 1n) / b
}

function median(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1))
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 1n
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2n
}

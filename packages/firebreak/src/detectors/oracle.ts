// The `oracle` watch: a price feed that deviates from another, went stale, or jumped.
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import { atTwice, isToBlame, likelihoodPast } from './likelihood.ts'
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
  const who = scope.nameOf(feed.to)
  const decimals = options.decimals ?? 8
  const priceUnit = 10n ** BigInt(decimals)
  const againstUnit = 10n ** BigInt(options.againstDecimals ?? decimals)

  const verdict = (summary: string, likelihood: number, evidence: Finding['evidence'], moment: Moment): Finding => ({
    subjects,
    likelihood,
    weight: 'verdict',
    summary,
    evidence,
    loss: [],
    culprits: blamed(moment, subjects),
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

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    const raw = moment.kind === 'tick' ? undefined : rawOf(probes, moment)
    if (!raw) return { state, findings: [] }
    const pending = moment.kind === 'pending'
    if (sameRaw(raw, state.raw)) return { state, findings: pending ? [] : [...state.standing, ...stale(state.updatedAt, moment)] }

    const unreadable: Unreadable[] = []
    const now = valueOf(price, moment, unreadable)
    const other = against && valueOf(against, moment, unreadable)
    const updatedAt = clock && valueOf(clock, moment, clock.probe === feedProbe ? [] : unreadable)
    const news = unreadable.filter((one) => !state.unreadable.includes(one.label))
    const findings: Finding[] = news.length > 0 ? [unreadableFinding(subjects, news, moment)] : []
    const standing: Finding[] = []
    let apart = state.apart

    if (now !== undefined && now <= 0n && !(pending && state.price !== undefined && state.price <= 0n)) {
      standing.push(verdict(`${who} says ${now}, which is no price`, atTwice, { fault: 'price', price: now }, moment))
    }
    if (now !== undefined && now > 0n && other !== undefined && other > 0n) {
      apart = distance(now * againstUnit, other * priceUnit)
      const speaks = pending ? isToBlame(state.apart, apart, deviates) : apart > deviates
      if (speaks) {
        const summary = `${who} says ${units(now, decimals)}, ${percent(apart)} from ${units(other, decimalsOf(againstUnit))}; ${percent(deviates)} may be`
        standing.push(
          verdict(
            summary,
            likelihoodPast(apart, deviates),
            { fault: 'deviates', price: now, against: other, apartPpm: apart, allowedPpm: deviates },
            moment,
          ),
        )
      }
    }
    if (now !== undefined && now > 0n && state.recent.length > 0) {
      const middle = median(state.recent)
      const jump = distance(now, middle)
      const before = state.price === undefined ? 0n : distance(state.price, middle)
      if (isToBlame(before, jump, maxStep)) {
        const summary = `${who} jumped by ${percent(jump)} from ${units(middle, decimals)} to ${units(now, decimals)}; ${percent(maxStep)} may be`
        findings.push(
          verdict(
            summary,
            likelihoodPast(jump, maxStep),
            { fault: 'step', price: now, median: middle, jumpPpm: jump, allowedPpm: maxStep },
            moment,
          ),
        )
      }
    }
    if (pending) return { state, findings: [...findings, ...standing] }

    // Who was at it when a deviation began is named once.
    const known = new Set(state.standing.map((one) => one.evidence['fault']))
    const said = standing.map((one) => (known.has(one.evidence['fault']) ? { ...one, culprits: [] } : one))
    const recent = now !== undefined && now > 0n && now !== state.recent.at(-1) ? [...state.recent, now].slice(-medianOf) : state.recent
    const next = {
      raw,
      recent,
      apart,
      price: now ?? state.price,
      updatedAt: updatedAt ?? state.updatedAt,
      unreadable: unreadable.map((one) => one.label),
      standing: standing.map((one) => ({ ...one, culprits: [] })),
    }
    return { state: next, findings: [...findings, ...said, ...stale(next.updatedAt, moment)] }
  }

  return { kind: 'oracle', chain, subjects, start, needs: () => needs, step }
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

const decimalsOf = (unit: bigint): number => unit.toString().length - 1

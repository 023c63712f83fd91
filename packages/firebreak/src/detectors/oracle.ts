// The `oracle` watch: a price feed that deviates from another, went stale, or jumped.
import type { AbiFunction } from 'abitype'
import type { Duration, Share } from '../base/units.ts'
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import { atTwice, isToBlame, likelihoodPast } from './likelihood.ts'
import { duration, oneChain, percent, readText, seconds, share, units } from './options.ts'
import type { At } from './options.ts'
import { blamed, rawOf, sameRaw, unreadableFinding, wholeOf } from './reads.ts'
import type { Unreadable } from './reads.ts'

export interface OracleOptions {
  /** A read of the price, or a feed contract with Chainlink's latestRoundData(), which also says when it was updated. */
  readonly feed: Read<bigint> | At
  /** Of the feed's price. Default 8. */
  readonly decimals?: number
  readonly against?: Read<bigint>
  /** Default: the feed's. */
  readonly againstDecimals?: number
  /** How far the feed may be from `against`. */
  readonly deviates?: Share
  readonly staleAfter?: Duration
  /** When the feed was updated, in seconds since 1970; not needed when `feed` is a contract. */
  readonly updatedAt?: Read<bigint>
  /** How late an update may be on top of `staleAfter`. Default a tenth of it, at most five minutes. */
  readonly grace?: Duration
  /** How far the price may be from the median of its latest values. */
  readonly step?: Share
}

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

const latestRoundData: AbiFunction = {
  type: 'function',
  name: 'latestRoundData',
  stateMutability: 'view',
  inputs: [],
  outputs: [
    { name: 'roundId', type: 'uint80' },
    { name: 'answer', type: 'int256' },
    { name: 'startedAt', type: 'uint256' },
    { name: 'updatedAt', type: 'uint256' },
    { name: 'answeredInRound', type: 'uint80' },
  ],
}

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

function feedRead(feed: Read<bigint> | At): Read {
  return 'fn' in feed ? feed : { kind: 'read', chain: feed.chain, to: feed.address, fn: latestRoundData, args: [] }
}

function checked(feed: Read, options: OracleOptions) {
  const faults: Fault[] = []
  const never = 1n << 255n
  const deviates = options.deviates === undefined ? never : share(faults, 'deviates', options.deviates, 100n * million)
  const step = options.step === undefined ? never : share(faults, 'step', options.step, 100n * million)
  const staleAfter = options.staleAfter === undefined ? undefined : seconds(faults, 'staleAfter', options.staleAfter)
  const grace = options.grace === undefined ? Math.min(Math.floor((staleAfter ?? 0) / 10), 300) : seconds(faults, 'grace', options.grace)
  const isFeed = !('fn' in options.feed)
  if (options.deviates !== undefined && !options.against) {
    faults.push({ path: 'against', wrong: '`deviates` has nothing to compare with', mend: 'give `against`: a read of another price' })
  }
  if (options.against && options.deviates === undefined) {
    faults.push({
      path: 'deviates',
      wrong: '`against` is read, but no deviation is a fault',
      mend: "say how far they may be apart, such as deviates: '3%'",
    })
  }
  if (options.staleAfter !== undefined && !options.updatedAt && !isFeed) {
    faults.push({
      path: 'updatedAt',
      wrong: 'a price alone does not say when it was updated',
      mend: 'give `updatedAt`, or the feed contract itself as `feed`',
    })
  }
  if (options.updatedAt && options.staleAfter === undefined) {
    faults.push({
      path: 'staleAfter',
      wrong: '`updatedAt` is read, but no age is a fault',
      mend: "say how old it may be, such as staleAfter: '1h'",
    })
  }
  if (options.deviates === undefined && options.staleAfter === undefined && options.step === undefined) {
    faults.push({ path: '', wrong: 'it has no bound', mend: 'give at least one of `deviates`, `staleAfter` and `step`' })
  }
  for (const path of ['decimals', 'againstDecimals'] as const) {
    const decimals = options[path]
    if (decimals !== undefined && !(Number.isInteger(decimals) && decimals >= 0 && decimals <= 77)) {
      faults.push({ path, wrong: `${decimals} are no decimals`, mend: 'write a whole number from 0 to 77' })
    }
  }
  const chain = oneChain(
    faults,
    'feed',
    [feed, options.against, options.updatedAt].flatMap((read) => (read ? [read.chain] : [])),
  )
  return { faults, deviates, step, staleAfter, grace, chain, isFeed }
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

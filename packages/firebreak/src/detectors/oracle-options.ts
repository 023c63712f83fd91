// The options of the `oracle` watch, and what can be wrong with them.
import type { AbiFunction } from 'abitype'
import type { Duration, Share } from '../base/units.ts'
import type { Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import { oneChain, seconds, share } from './options.ts'
import type { At } from './options.ts'

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
  /** Contracts that the price comes from, such as a pair: a waiting transaction that touches one of them is judged. */
  readonly movedBy?: readonly At[]
}

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

/** Chainlink's latestRoundData() where the feed is a contract. */
export function feedRead(feed: Read<bigint> | At): Read {
  return 'fn' in feed ? feed : { kind: 'read', chain: feed.chain, to: feed.address, fn: latestRoundData, args: [] }
}

/** The options with their units read, and everything that is wrong with them. */
export function checked(feed: Read, options: OracleOptions) {
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
    [feed, options.against, options.updatedAt, ...(options.movedBy ?? [])].flatMap((place) => (place ? [place.chain] : [])),
  )
  return { faults, deviates, step, staleAfter, grace, chain, isFeed }
}

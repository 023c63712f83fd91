// `asset(…)` says what value is at stake: a token, what it is worth, and which contracts hold it.
import type { DollarText } from '../base/units.ts'
import type { Read } from '../model/call.ts'
import type { ChainDescription } from './chain-description.ts'
import type { AnyContract } from './contract.ts'

export type Price =
  | { readonly kind: 'fixed'; readonly dollars: DollarText }
  | { readonly kind: 'feed'; readonly read: Read<bigint>; readonly decimals: number }

/** A price that does not move: `fixed('$1')`. */
export function fixed(dollars: DollarText): Price {
  return { kind: 'fixed', dollars }
}

/** A price read from the chain: `feed(aggregator.read.latestAnswer(), { decimals: 8 })`. Losses are counted at its last trusted value, never at one that the attack moved. */
export function feed(read: Read<bigint>, options: { readonly decimals: number }): Price {
  return { kind: 'feed', read, decimals: options?.decimals }
}

interface Valued {
  readonly decimals: number
  readonly price: Price
  /** The contracts whose holdings of this asset are protected. */
  readonly heldBy: readonly [AnyContract, ...AnyContract[]]
}

export type AssetOptions =
  | (Valued & { readonly token: AnyContract })
  | (Valued & { readonly token: 'native'; readonly chain: ChainDescription })

export type AssetDescription = AssetOptions & { readonly kind: 'asset' }

/**
 * An asset of the plan.
 * @example asset({ token: usdc, decimals: 6, price: fixed('$1'), heldBy: [pool] })
 * @example asset({ token: 'native', chain: mainnet, decimals: 18, price: feed(ethUsd.read.latestAnswer(), { decimals: 8 }), heldBy: [vault] })
 */
export function asset(options: AssetOptions): AssetDescription {
  return { ...options, kind: 'asset' }
}

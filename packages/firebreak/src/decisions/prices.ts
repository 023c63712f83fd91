// The last trusted price: a median over blocks before anything was suspicious, never the price that an attack moves.
import type { Asset, Dollars } from '../model/money.ts'
import type { Answers } from '../model/call.ts'

const dollar = 10n ** 18n

/** What an asset's source says at one moment, in dollars per whole token; undefined where it does not answer or answers nonsense. */
export function priceAt(asset: Asset, moment: Answers): Dollars | undefined {
  if (asset.price.kind === 'fixed') return asset.price.dollars
  const read = asset.price.probe.of(moment)
  if (!read.ok || typeof read.value !== 'bigint' || read.value <= 0n) return undefined
  return (read.value * dollar) / 10n ** BigInt(asset.price.decimals)
}

/** The middle one; of an even number the lower, so that the answer is always a price that was seen. */
export function median(values: readonly bigint[]): bigint | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return sorted[(sorted.length - 1) >> 1]
}

export function dollarsOf(asset: Asset, amount: bigint, price: Dollars): Dollars {
  return (amount * price) / 10n ** BigInt(asset.decimals)
}

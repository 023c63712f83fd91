// What an amount is worth, for a sentence to a person: never what a decision counts with, which is the trusted price.
import type { Answers } from '../model/call.ts'
import type { Asset, Dollars } from '../model/money.ts'
import { units } from './options.ts'

/** Dollars per whole token, as the asset's source says at this moment; undefined where it does not answer. */
export function priceOf(asset: Asset, moment: Answers): Dollars | undefined {
  if (asset.price.kind === 'fixed') return asset.price.dollars
  const read = asset.price.probe.of(moment)
  if (!read.ok || typeof read.value !== 'bigint' || read.value <= 0n) return undefined
  return (read.value * 10n ** 18n) / 10n ** BigInt(asset.price.decimals)
}

/** '12.5 usdc ($12.5)'; without a price only the tokens. */
export function worth(asset: Asset, amount: bigint, price: Dollars | undefined): string {
  const tokens = `${units(amount, asset.decimals)} ${asset.name}`
  return price === undefined ? tokens : `${tokens} ($${cents((amount * price) / 10n ** BigInt(asset.decimals))})`
}

function cents(dollars: Dollars): string {
  return units(dollars - (dollars % 10n ** 16n), 18)
}

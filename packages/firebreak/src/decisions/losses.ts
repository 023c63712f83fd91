// Counts a loss: what the plan's holdings were worth before and after, at trusted prices.
import type { Answers } from '../model/call.ts'
import type { Asset, Dollars, Holding } from '../model/money.ts'
import { dollarsOf } from './prices.ts'

export interface Valued {
  readonly assets: readonly Asset[]
  readonly holdings: readonly Holding[]
}

type Prices = Readonly<Record<string, Dollars>>

/** Balances in the plan's order; a read that fails is unknown, never zero. */
export function amountsOf(holdings: readonly Holding[], moment: Answers): readonly (bigint | undefined)[] {
  return holdings.map((holding) => {
    const read = holding.balance.of(moment)
    return read.ok && typeof read.value === 'bigint' ? read.value : undefined
  })
}

/** Net over all holdings: collateral that came in counts, at the price that was trusted before. Never below zero. */
export function lossBetween(
  plan: Valued,
  prices: Prices,
  before: readonly (bigint | undefined)[],
  after: readonly (bigint | undefined)[],
): Dollars {
  let change = 0n
  plan.holdings.forEach((holding, i) => {
    const asset = plan.assets.find((one) => one.name === holding.asset)
    const price = prices[holding.asset]
    const [was, is] = [before[i], after[i]]
    if (!asset || price === undefined || was === undefined || is === undefined) return
    change += dollarsOf(asset, is, price) - dollarsOf(asset, was, price)
  })
  return change < 0n ? -change : 0n
}

/** Assets whose amount fell, by name: what an attack took, before mutations send it elsewhere. */
export function assetsTaken(
  plan: Valued,
  before: readonly (bigint | undefined)[],
  after: readonly (bigint | undefined)[],
): ReadonlySet<string> {
  const taken = new Set<string>()
  plan.holdings.forEach((holding, i) => {
    const [was, is] = [before[i], after[i]]
    if (was !== undefined && is !== undefined && is < was) taken.add(holding.asset)
  })
  return taken
}

/** Something left a holder, and of no asset is less there than before: it only moved between the plan's own contracts. */
export function movesOnly(plan: Valued, before: readonly (bigint | undefined)[], after: readonly (bigint | undefined)[]): boolean {
  const change = new Map<string, bigint>()
  for (const [i, holding] of plan.holdings.entries()) {
    const [was, is] = [before[i], after[i]]
    if (was === undefined) continue
    if (is === undefined) return false
    change.set(holding.asset, (change.get(holding.asset) ?? 0n) + is - was)
  }
  return assetsTaken(plan, before, after).size > 0 && [...change.values()].every((sum) => sum >= 0n)
}

/** Dollars by asset in these amounts. */
export function valueByAsset(plan: Valued, prices: Prices, amounts: readonly (bigint | undefined)[]): ReadonlyMap<string, Dollars> {
  const value = new Map<string, Dollars>()
  plan.holdings.forEach((holding, i) => {
    const asset = plan.assets.find((one) => one.name === holding.asset)
    const [price, amount] = [prices[holding.asset], amounts[i]]
    if (asset && price !== undefined && amount !== undefined)
      value.set(asset.name, (value.get(asset.name) ?? 0n) + dollarsOf(asset, amount, price))
  })
  return value
}

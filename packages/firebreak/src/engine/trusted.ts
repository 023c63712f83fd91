// Trusted prices of an incident: the median over the plan's window of blocks that end before its first signal.
import { median } from '../decisions/prices.ts'
import type { Incident } from '../model/incident.ts'
import type { Moment } from '../model/moment.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Reached, Watching } from './reach.ts'

/** The last block before anything was suspicious; undefined where we have not watched for so long. */
export function lastTrusted(watching: Watching, incident: Incident, moment: Moment | undefined): Reached | undefined {
  const first = watching.at(incident.firstBlock.hash)
  // A waiting transaction has not changed the block that it was judged on; a block's own post-state is already suspicious.
  return moment?.kind === 'pending' ? first : first?.parent
}

export function trustedPrices(plan: ResolvedPlan, last: Reached | undefined): Readonly<Record<string, Dollars>> {
  const samples: bigint[][] = plan.assets.map(() => [])
  let at = last
  for (let i = 0; at && i < plan.bounds.priceWindowBlocks; i++, at = at.parent)
    at.prices.forEach((price, k) => price !== undefined && samples[k]?.push(price))
  const prices: Record<string, Dollars> = {}
  plan.assets.forEach((asset, k) => {
    const price = asset.price.kind === 'fixed' ? asset.price.dollars : median(samples[k] ?? [])
    if (price !== undefined) prices[asset.name] = price
  })
  return prices
}

/** Prices of one block: near enough to choose what to simulate early; the decision itself counts at trusted ones. */
export function pricesAt(plan: ResolvedPlan, reached: Reached | undefined): Readonly<Record<string, Dollars>> {
  return Object.fromEntries(plan.assets.flatMap((asset, i) => (reached?.prices[i] === undefined ? [] : [[asset.name, reached.prices[i]]])))
}

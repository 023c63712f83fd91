// What an incident can still cost, and how fast: dollars at risk now, and the rate since the first signal.
import type { Exposure, Incident } from '../model/incident.ts'
import type { Address } from '../model/hex.ts'
import type { Dollars } from '../model/money.ts'
import { lossBetween, type Valued } from './losses.ts'
import { dollarsOf } from './prices.ts'

/** Holdings of the contracts that the incident is about; all of the plan's where it names none that holds anything. */
export function exposureOf(
  plan: Valued,
  incident: Incident,
  first: readonly (bigint | undefined)[],
  now: readonly (bigint | undefined)[],
  elapsedMs: number,
  others: readonly Pick<Incident, 'subjects'>[] = [],
): Exposure {
  const named = plan.holdings.some((holding) => incident.subjects.includes(holding.holder))
  let atRisk = 0n
  const byAsset = plan.holdings.flatMap((holding, i) => {
    const amount = now[i]
    if (amount === undefined || (named && !incident.subjects.includes(holding.holder))) return []
    const asset = plan.assets.find((one) => one.name === holding.asset)
    const price = incident.prices[holding.asset]
    const dollars: Dollars | undefined = asset && price !== undefined ? dollarsOf(asset, amount, price) : undefined
    atRisk += dollars ?? 0n
    return [{ asset: holding.asset, holder: holding.holder, amount, dollars }]
  })
  // What left a contract that another incident is about is that one's loss: two attacks at once must not both count everything.
  const foreign = (holder: Address): boolean =>
    !incident.subjects.includes(holder) && others.some((other) => other.subjects.includes(holder))
  const own = first.map((amount, i) => {
    const holder = plan.holdings[i]?.holder
    return holder !== undefined && foreign(holder) ? undefined : amount
  })
  const lost = lossBetween(plan, incident.prices, own, now)
  // Anything faster than a second is a single stroke: its rate is its size.
  const perMinute = lost === 0n ? 0n : (lost * 60_000n) / BigInt(Math.max(elapsedMs, 1_000))
  return { lost, atRisk, perMinute, byAsset }
}

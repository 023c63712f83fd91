// What follows from the plan for one chain: which addresses make a transaction ours to judge, and what a fee is worth.
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Reached } from './reach.ts'

/** Contracts and holders; the tokens of assets only where a detector watches the token itself, or every transfer would be ours to judge. */
export function watchedAddresses(plan: ResolvedPlan, chain: string): ReadonlySet<Hex> {
  const tokens = new Set(plan.assets.flatMap((one) => (one.token ? [one.token] : [])))
  const holders = plan.holdings.filter((one) => one.chain === chain).map((one) => one.holder)
  const contracts = plan.contracts.filter((one) => one.chain === chain && !tokens.has(one.address)).map((one) => one.address)
  const subjects = plan.watches.filter((one) => one.detector.chain === chain).flatMap((one) => one.detector.subjects)
  const closely = plan.watches.flatMap(({ detector }) => (detector.chain === chain ? (detector.tokens ?? []) : []))
  const targets = plan.brakes.filter((one) => one.chain === chain).flatMap((one) => one.calls.map((call) => call.to))
  return new Set([...holders, ...contracts, ...targets, ...subjects.filter((one) => !tokens.has(one)), ...closely])
}

/** The chain's own coin, where the plan has it as an asset: what a fee is worth. */
export function coinPrice(plan: ResolvedPlan, chain: string, reached: Reached | undefined): bigint | undefined {
  const at = plan.assets.findIndex((asset) => asset.chain === chain && asset.token === undefined)
  return at < 0 ? undefined : reached?.prices[at]
}

// Detector states as text, kept beside the journal: after a restart only the blocks since then are observed again.
import { canonical, parseCanonical } from '../base/canonical.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Reached } from './reach.ts'

export type SavedStates = Omit<Reached, 'parent' | 'answers'> & { readonly plan: string }

/** A value that could not be read is null in the text and undefined in memory. */
export function savedStates(plan: ResolvedPlan, { block, states, prices, holdings }: Reached): string {
  return canonical({
    plan: plan.hash,
    block,
    states,
    prices: prices.map((one) => one ?? null),
    holdings: holdings.map((one) => one ?? null),
  })
}

export function restoredStates(text: string): SavedStates {
  // What we kept ourselves has the shape that we wrote.
  const kept = parseCanonical(text) as SavedStates
  return { ...kept, prices: kept.prices.map((one) => one ?? undefined), holdings: kept.holdings.map((one) => one ?? undefined) }
}

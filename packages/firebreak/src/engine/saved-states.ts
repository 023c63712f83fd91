// Detector states as text, kept beside the journal: after a restart only the blocks since then are observed again.
import { canonical, parseCanonical } from '../base/canonical.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Journal } from '../stages.ts'
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

/** Kept once a plan has been watched: from then on a block that we did not see is one that we missed. */
export const begun = 'begun'

/** What is kept beside the record can be computed again from the chain: damaged, it is left aside and said, and nothing waits for it. */
export function undamaged(journal: Pick<Journal, 'kept'>, trouble: (what: string) => void): Journal['kept'] {
  const damaged = new Set<string>()
  // Who has watched before has missed what came since: a damaged mark must not make them only learn from it.
  const instead = (name: string): string | undefined => (name === begun ? 'damaged' : undefined)
  return (name) => {
    if (damaged.has(name)) return instead(name)
    try {
      return journal.kept(name)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      damaged.add(name)
      trouble(`what the journal keeps beside the record as '${name}' is damaged: it is left aside and computed again from the chain`)
      return instead(name)
    }
  }
}

export function restoredStates(text: string): SavedStates {
  // What we kept ourselves has the shape that we wrote.
  const kept = parseCanonical(text) as SavedStates
  return { ...kept, prices: kept.prices.map((one) => one ?? undefined), holdings: kept.holdings.map((one) => one ?? undefined) }
}

// Several suspects in one block: honest withdrawals lose value too when they are tried alone, and the attack is what takes the most.
import { amountsOf, lossBetween } from '../decisions/losses.ts'
import { aloneTrial } from '../decisions/trials.ts'
import type { TrialOutcome } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Suspect } from './attacks.ts'
import type { World } from './standing.ts'

/** The one that takes the most comes first. */
export function byWhatTheyTake(
  plan: ResolvedPlan,
  incident: Incident,
  world: Pick<World, 'reachedAt'>,
  suspects: readonly Suspect[],
  outcomes: ReadonlyMap<string, TrialOutcome>,
): readonly Suspect[] {
  const takenBy = ({ attack }: Suspect): Dollars => {
    const outcome = outcomes.get(aloneTrial(attack).id)
    const step = outcome?.ok ? outcome.steps[0] : undefined
    const before = world.reachedAt(incident.chain, attack.base.hash)?.holdings
    return step && before ? lossBetween(plan, incident.prices, before, amountsOf(plan.holdings, step)) : 0n
  }
  const ranked = suspects
    .map((suspect) => ({ suspect, taken: takenBy(suspect) }))
    .sort((a, b) => (a.taken === b.taken ? 0 : a.taken > b.taken ? -1 : 1))
  return ranked.map((one) => one.suspect)
}

// Value that nothing could be tested on asks for more room, where the plan says so: a brake that is not about the taken assets alone, and one step dearer.
import type { Candidate } from '../model/decision.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { gentlestFirst } from './candidates.ts'
import { brakeNamed } from './measure.ts'

const bare = (address: string): string => address.slice(2).toLowerCase()

/** Assets that a brake's calls name: by their token, or by a contract that holds nothing else. */
function assetsNamed(plan: ResolvedPlan, brake: string): ReadonlySet<string> {
  const text = brakeNamed(plan, brake)
    .calls.map((call) => `${call.to}${call.data}`.toLowerCase())
    .join()
  const heldBy = new Map<string, Set<string>>()
  for (const { holder, asset } of plan.holdings) heldBy.set(holder, (heldBy.get(holder) ?? new Set()).add(asset))
  const own = plan.holdings.filter(({ holder }) => heldBy.get(holder)?.size === 1)
  const named = [
    ...plan.assets.flatMap(({ name, token }) => (token && text.includes(bare(token)) ? [name] : [])),
    ...own.flatMap(({ holder, asset }) => (text.includes(bare(holder)) ? [asset] : [])),
  ]
  return new Set(named)
}

/** Such a brake says nothing of the assets that were not tested: an attacker only has to take another one. */
function isAboutOnly(plan: ResolvedPlan, brakes: readonly string[], taken: ReadonlySet<string>): boolean {
  const named = new Set(brakes.flatMap((brake) => [...assetsNamed(plan, brake)]))
  return named.size > 0 && [...named].every((asset) => taken.has(asset))
}

/** Of sets that do as much, those that are not about the taken assets alone; all of them where there is no other. */
function roomy(plan: ResolvedPlan, sets: readonly Candidate[], taken: ReadonlySet<string>): readonly Candidate[] {
  const wide = sets.filter((one) => !isAboutOnly(plan, one.brakes, taken))
  return (wide.length > 0 ? wide : sets).toSorted(gentlestFirst(plan))
}

/** The cheapest of them if it is another than was chosen already, otherwise the next dearer. */
function oneFurther(sets: readonly Candidate[], chosen: readonly string[]): readonly string[] {
  const [first, second] = sets
  return (first?.brakes.join() === chosen.join() ? (second ?? first) : first)?.brakes ?? chosen
}

/** Instead of the cheapest set that suffices. */
export function broader(
  plan: ResolvedPlan,
  candidates: readonly Candidate[],
  chosen: readonly string[] | undefined,
  taken: ReadonlySet<string>,
): readonly string[] | undefined {
  if (!chosen || chosen.length === 0) return chosen
  const enough = candidates.filter((one) => one.fails === undefined && one.residual <= plan.bounds.tolerates)
  return oneFurther(roomy(plan, enough, taken), chosen)
}

/** Where nothing suffices: instead of the smallest set that stops as much as all together. */
export function broaderThanClosest(
  plan: ResolvedPlan,
  candidates: readonly Candidate[],
  closest: readonly string[] | undefined,
  taken: ReadonlySet<string>,
): readonly string[] | undefined {
  const base = candidates.find((one) => one.brakes.join() === closest?.join())
  if (!base || !closest) return closest
  const leaves = new Map(base.forms.map((row) => [row.form, row.loss]))
  const asGood = candidates.filter(
    (one) =>
      one.fails === undefined &&
      one.forms.length === base.forms.length &&
      one.forms.every((row) => row.loss <= (leaves.get(row.form) ?? -1n)),
  )
  return oneFurther(roomy(plan, asGood, taken), closest)
}

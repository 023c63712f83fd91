// A plan without some of its watches: for those that ended the whole process in an earlier life.
import type { ResolvedPlan } from '../model/plan.ts'

/** Only their running stops: names, places and hash stay, so that states that were kept still fit. */
export function leaveOut(plan: ResolvedPlan, names: ReadonlySet<string>): ResolvedPlan {
  if (names.size === 0) return plan
  return { ...plan, watches: plan.watches.map((watch) => (names.has(watch.name) ? { ...watch, leftOut: true } : watch)) }
}

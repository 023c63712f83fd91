// What is at stake in an incident: the balances before it began, what is gone since, and what can still go.
import { exposureOf } from '../decisions/exposure.ts'
import type { Incident } from '../model/incident.ts'
import type { Hex } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Watching } from './reach.ts'
import { lastTrusted, trustedPrices } from './trusted.ts'

/** A new incident with what was true before its first signal. */
export function withBeginning(plan: ResolvedPlan, watching: Watching, incident: Incident, moment: Moment | undefined): Incident {
  const before = lastTrusted(watching, incident, moment)
  return { ...incident, prices: trustedPrices(plan, before), held: (before?.holdings ?? []).map((one) => one ?? null) }
}

/** Counted anew, from the balances at this block. */
export function withStakes(
  plan: ResolvedPlan,
  watching: Watching,
  incident: Incident,
  block: Hex,
  at: number,
  all: readonly Incident[],
): Incident {
  const now = watching.at(block)?.holdings
  if (!now) return incident
  const others = all.filter((one) => one.id !== incident.id && one.status !== 'merged' && one.lastSignalAt >= incident.openedAt)
  const held = incident.held.map((one) => one ?? undefined)
  const exposure = exposureOf(plan, incident, held, now, at - incident.openedAt, others)
  return { ...incident, exposure, severity: exposure.lost + exposure.atRisk }
}

// Automatic pulls that may still count: for a budget, a cool-down, or an incident that is not over.
import type { Pull } from '../decisions/settle.ts'
import type { Decision } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import type { ResolvedPlan } from '../model/plan.ts'

export interface Pulls {
  /** By the incidents that they belong to now. */
  readonly all: () => readonly Pull[]
  readonly note: (decision: Decision) => void
}

export function pulls(plan: Pick<ResolvedPlan, 'rules'>, past: readonly Pull[], incident: (id: string) => Incident | undefined): Pulls {
  let kept: readonly Pull[] = past
  const longest = plan.rules.reduce(
    (most, { act }) => (act.kind === 'automatically' ? Math.max(most, act.atMost.perMs, act.coolDownMs) : most),
    0,
  )
  const mayCount = (pull: Pull, now: number): boolean => {
    if (now - pull.at <= longest) return true
    const home = incident(pull.incident)
    return home !== undefined && home.status !== 'closed'
  }
  return {
    all: () => kept.map((pull) => ({ ...pull, incident: incident(pull.incident)?.id ?? pull.incident })),
    note: (decision) => {
      const { id, incident: home, rule, at } = decision
      kept = [
        ...kept.filter((pull) => mayCount(pull, at)),
        ...decision.brakes.map((brake) => ({ decision: id, incident: home, rule, brake, at })),
      ]
    },
  }
}

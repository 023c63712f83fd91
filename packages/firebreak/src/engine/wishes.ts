// How a desire comes about: out of a decision to pull, or by a person's order.
import type { Brake, Desire } from '../model/brake.ts'
import type { Decision } from '../model/decision.ts'
import type { ResolvedPlan } from '../model/plan.ts'

const wish = (brake: Brake, at: number): Omit<Desire, 'id'> => ({
  brake: brake.name,
  chain: brake.chain,
  authority: brake.by[0] ?? '',
  incident: undefined,
  owner: brake.owner,
  since: at,
  until: at + brake.lastsMs,
  pulls: 1,
  status: 'wanted',
  saves: 0n,
  tipToBeat: 0n,
  feeToBeat: 0n,
})

/** One desire for each brake that was chosen, in the order of the choice. */
export function wishesOf(plan: ResolvedPlan, decision: Decision): readonly Desire[] {
  if (decision.verdict !== 'pull') return []
  return decision.brakes.map((name) => {
    const brake = plan.brakes.find((one) => one.name === name)
    if (!brake) throw new Error(`no brake named ${name} in the plan`)
    return {
      ...wish(brake, decision.at),
      id: `${decision.id}:${name}`,
      incident: decision.incident,
      saves: decision.comparison.worstLoss,
      tipToBeat: decision.tipToBeat,
      feeToBeat: decision.feeToBeat,
    }
  })
}

/** People asked to let go: their wish is over quickly, because nobody should be surprised by a release hours later. */
export function releaseWish(brake: Brake, at: number): Desire {
  return { ...wish(brake, at), id: `order-${at}:${brake.name}:undo`, does: 'undo', until: at + releaseLastsMs }
}
const releaseLastsMs = 15 * 60_000

/** What a story about this desire is about. */
export const isRelease = (desire: string): boolean => desire.endsWith(':undo')

export function orderedWish(brake: Brake, at: number): Desire {
  return { ...wish(brake, at), id: `order-${at}:${brake.name}` }
}

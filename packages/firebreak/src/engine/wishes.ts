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

/** One desire for each brake that was chosen, in the order of the choice; for a proposal, where there is an authority to propose it to. */
export function wishesOf(plan: ResolvedPlan, decision: Decision): readonly Desire[] {
  if (decision.verdict === 'hold') return []
  return decision.brakes.flatMap((name) => {
    const brake = plan.brakes.find((one) => one.name === name)
    if (!brake) throw new Error(`no brake named ${name} in the plan`)
    const people = decision.verdict === 'propose' ? peopleFor(plan, decision, brake) : undefined
    if (decision.verdict === 'propose' && people === undefined) return []
    return {
      ...wish(brake, decision.at),
      ...(people === undefined ? {} : { asks: true as const, authority: people }),
      id: `${decision.id}:${name}`,
      incident: decision.incident,
      saves: decision.comparison.worstLoss,
      tipToBeat: decision.tipToBeat,
      feeToBeat: decision.feeToBeat,
    }
  })
}

/** Whom a proposal is made to: whom the rule names, if they can carry the brake out themselves, or else the first of the brake's own who asks people. */
function peopleFor(plan: ResolvedPlan, decision: Decision, brake: Brake): string | undefined {
  const act = plan.rules[decision.rule]?.act
  const named = act?.kind === 'propose' && brake.by.includes(act.to) ? [act.to] : []
  return [...named, ...brake.by].find((name) => plan.authorities.some((one) => one.name === name && one.kind === 'safe'))
}

/** People asked to let go: their wish is over quickly, because nobody should be surprised by a release hours later. */
export function releaseWish(brake: Brake, at: number): Desire {
  return { ...wish(brake, at), id: `order-${at}:${brake.name}:undo`, does: 'undo', until: at + releaseLastsMs }
}
const releaseLastsMs = 15 * 60_000

/** What a story about this desire is about. */
export const isRelease = (desire: string): boolean => desire.endsWith(':undo')

/** `d1:pause`, `order-17:pause:undo`: the brake's name has no colon of its own to speak of. */
export const brakeOf = (desire: string): string =>
  desire
    .replace(/:undo$/, '')
    .split(':')
    .slice(1)
    .join(':')

export function orderedWish(brake: Brake, at: number): Desire {
  return { ...wish(brake, at), id: `order-${at}:${brake.name}` }
}

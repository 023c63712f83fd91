// How a desire comes about: out of a decision to pull, or by a person's order.
import { brakeFor } from '../base/veto.ts'
import type { Authority, Brake, Desire } from '../model/brake.ts'
import type { Decision } from '../model/decision.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Ways } from './ways.ts'

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

/**
 * One desire for each brake that was chosen, in the order of the choice; for a proposal, where there is an authority to propose it to.
 * `seenWaiting`: the attack waits in public, so that showing the brake there gives nothing away.
 */
export function wishesOf(plan: ResolvedPlan, decision: Decision, authorityOf?: Ways['authorityOf'], seenWaiting = true): readonly Desire[] {
  if (decision.verdict === 'hold') return []
  return decision.brakes.flatMap((name) => {
    const brake = brakeFor(plan, { brake: name, stop: decision.stop })
    if (!brake) throw new Error(`no brake named ${name} in the plan`)
    const people = decision.verdict === 'propose' ? peopleFor(plan, decision, brake) : undefined
    if (decision.verdict === 'propose' && people === undefined) return []
    return {
      ...wish(brake, decision.at),
      // A veto was tried from its first authority; ways are kept for brakes whose calls never change.
      authority: people ?? (decision.stop ? undefined : authorityOf?.(name)) ?? brake.by[0] ?? '',
      ...(people === undefined ? {} : { asks: true as const }),
      id: `${decision.id}:${name}`,
      incident: decision.incident,
      ...(decision.stop ? { stop: decision.stop } : {}),
      ...(!seenWaiting && !decision.stop && hasRelay(plan, brake.chain) ? { quietly: true as const } : {}),
      saves: decision.comparison.worstLoss,
      tipToBeat: decision.tipToBeat,
      feeToBeat: decision.feeToBeat,
    }
  })
}

const hasRelay = (plan: ResolvedPlan, chain: string): boolean => plan.chains.some((one) => one.name === chain && one.relay !== undefined)

/** Whom a proposal is made to: whom the rule names, if they can carry the brake out themselves, or else the first of the brake's own Safes. */
function peopleFor(plan: ResolvedPlan, decision: Decision, brake: Brake): string | undefined {
  const act = plan.rules[decision.rule]?.act
  const named = act?.kind === 'propose' && brake.by.includes(act.to) ? act.to : undefined
  const isOf = (name: string | undefined, ...kinds: readonly Authority['kind'][]): boolean =>
    plan.authorities.some((one) => one.name === name && kinds.includes(one.kind))
  return isOf(named, 'safe', 'governor') ? named : brake.by.find((name) => isOf(name, 'safe'))
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

// Which brakes need no pull: those that we want already, and those that hold, whoever pulled them.
import { conditionHolds } from '../base/condition.ts'
import type { Desire } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Way } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Reached } from './reach.ts'

/** What a question is put about, as it is now. */
export interface World {
  readonly desires: () => readonly Desire[]
  /** As it is now; of one that was merged, the one that it became part of. */
  readonly incident: (id: string) => Incident | undefined
  readonly reachedAt: (chain: string, hash: Hex) => Reached | undefined
  readonly head: (chain: string) => BlockRef | undefined
  /** How brakes would come about now, where it is more than a call from their first key. */
  readonly ways: (time: bigint) => Readonly<Record<string, Way>>
}

export interface Standing {
  readonly takenAt: (chain: string, head: Hex) => readonly string[]
  /** Those of them that a state does not have: they will be there when the attack comes. */
  readonly standingOn: (taken: readonly string[], chain: string, base: Hex) => readonly string[]
}

export function standing(plan: ResolvedPlan, world: World): Standing {
  const desired = (chain: string): readonly string[] => [
    ...new Set(
      world
        .desires()
        // What a veto stopped was one operation: it stands in nobody else's way.
        .filter((one) => one.chain === chain && one.does !== 'undo' && one.stop === undefined)
        .filter((one) => one.status === 'holding' || (one.status === 'wanted' && !one.asks))
        .map((one) => one.brake),
    ),
  ]

  const holdsAt = (name: string, chain: string, hash: Hex): boolean => {
    const brake = plan.brakes.find((one) => one.name === name)
    const reached = world.reachedAt(chain, hash)
    return brake !== undefined && reached !== undefined && conditionHolds(brake.holds, reached.answers) === true
  }

  const takenAt = (chain: string, head: Hex): readonly string[] => [
    ...new Set([
      ...desired(chain),
      ...plan.brakes.filter((one) => one.chain === chain && holdsAt(one.name, chain, head)).map((one) => one.name),
    ]),
  ]

  const standingOn = (taken: readonly string[], chain: string, base: Hex): readonly string[] =>
    taken.filter((name) => !holdsAt(name, chain, base))

  return { takenAt, standingOn }
}

// What follows from a desire's own effects: whether it is there, whether the node is ahead of us, which pull an effect belongs to.
import { conditionHolds } from '../base/condition.ts'
import type { Intent } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment } from '../model/moment.ts'
import type { Mined } from '../stages.ts'
import { isLater } from './reconcile.ts'
import type { Wanted } from './wanted.ts'

/** Whether what was wanted is there: for a release, that the brake no longer holds. */
export function reached({ desire, brake }: Wanted, moment: BlockMoment): boolean | undefined {
  // By one operator's word nothing is declared: neither that it holds nor that somebody let go.
  if (moment.alone !== undefined) return undefined
  const holds = conditionHolds(brake.holds, moment)
  return desire.does === 'undo' && holds !== undefined ? !holds : holds
}

/** The node is ahead of us: an effect of ours is in a block that we have not read yet. */
export const isAhead = (one: Wanted, { block }: BlockMoment, mined: ReadonlyMap<Hex, Mined>): boolean =>
  one.intents.some((intent) => intent.attempts.some(({ hash }) => isLater(mined.get(hash)?.block, block)))

/** What an earlier life sent in the brake's stead. */
export function outerOf(intents: readonly Intent[]): Wanted['outer'] {
  const calls = intents.flatMap(({ outer }) => (outer ? [outer] : []))
  return calls.length === 0 ? undefined : { calls, completes: calls.some((call) => call.completes) }
}

/** Which pull of its desire an intent belongs to, by its id. */
export const pullOf = (intent: Intent): number => Number(/#(\d+)\.[^#]*$/.exec(intent.id)?.[1] ?? 1)

/** The newest intent of each call: earlier ones belong to pulls that are over. */
export function latestPull(intents: readonly Intent[]): Intent[] {
  const byCall = new Map<number, Intent>()
  for (const intent of intents) byCall.set(intent.call, intent)
  return [...byCall.values()]
}

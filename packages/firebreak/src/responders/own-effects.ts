// What follows from a desire's own effects: whether it is there, whether the node is ahead of us, which pull an effect belongs to.
import { conditionHolds } from '../base/condition.ts'
import type { Brake, Desire, Intent } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment } from '../model/moment.ts'
import type { Mined, Node } from '../stages.ts'
import { isLater } from './reconcile.ts'
import type { ResponderOptions } from './responder-options.ts'
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
function outerOf(intents: readonly Intent[]): Wanted['outer'] {
  const calls = intents.flatMap(({ outer }) => (outer ? [outer] : []))
  return calls.length === 0 ? undefined : { calls, completes: calls.some((call) => call.completes) }
}

/** Which pull of its desire an intent belongs to, by its id. */
const pullOf = (intent: Intent): number => Number(/#(\d+)\.[^#]*$/.exec(intent.id)?.[1] ?? 1)

/** The newest intent of each call: earlier ones belong to pulls that are over. */
function latestPull(intents: readonly Intent[]): Intent[] {
  const byCall = new Map<number, Intent>()
  for (const intent of intents) byCall.set(intent.call, intent)
  return [...byCall.values()]
}

export const canonicalOn =
  (node: Pick<Node, 'header'>) =>
  async (block: { readonly number: bigint; readonly hash: Hex }): Promise<boolean> =>
    (await node.header(block.number))?.hash === block.hash

/** A node in the middle of a reorg knows the block before its receipts: what is ours is not taken for somebody else's. */
export async function minedSince(node: Pick<Node, 'receipts'>, one: Wanted): Promise<Hex | undefined> {
  const hashes = [...one.former, ...one.intents].flatMap((intent) => intent.attempts.map((attempt) => attempt.hash))
  if (hashes.length === 0) return undefined
  const receipts = await node.receipts(hashes).catch(() => [])
  return receipts.findLast((receipt) => receipt?.ok)?.tx
}

/** A desire as an earlier life left it, or as it comes. */
export function adopted(
  desire: Desire,
  brake: Brake,
  { past, receipts, asked }: Pick<ResponderOptions, 'past' | 'receipts' | 'asked'>,
): Wanted {
  const intents = past.filter((intent) => intent.desire === desire.id)
  return {
    desire,
    brake,
    intents: latestPull(intents),
    former: [],
    pulls: Math.max(desire.pulls, ...intents.map(pullOf)),
    receipt: receipts.get(desire.id),
    signing: false,
    authority: desire.authority,
    outer: outerOf(latestPull(intents)),
    failed: new Set(),
    asked: asked.get(desire.id),
    told: new Map(),
  }
}

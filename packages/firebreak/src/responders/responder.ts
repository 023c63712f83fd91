// Brings desired brakes about on one chain: a durable intent before each effect, one writer per key, and a read that says when it is done.
import { conditionHolds } from '../base/condition.ts'
import type { Attempt, Desire, Intent, Receipt } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment, Retraction } from '../model/moment.ts'
import type { Mined, Node } from '../stages.ts'
import type { Signer } from './authorities/key.ts'
import { callsOf, effects, type EffectOptions, type Wanted } from './effects.ts'
import { freeNonces, laneOf, settleAt, type Lane } from './lane.ts'
import { presigned } from './presigned.ts'
import { lastAttempt, reconcile } from './reconcile.ts'

export type News =
  | { readonly kind: 'holding'; readonly receipt: Receipt }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'released'; readonly tx: Hex | undefined }
  | { readonly kind: 'exhausted'; readonly why: string }

export interface ResponderOptions extends EffectOptions {
  readonly node: Node
  /** By authority; without a signer a brake is never sent. */
  readonly signers: ReadonlyMap<string, Signer>
  readonly news: (desire: string, news: News) => void
  /** Intents of an earlier life, and the last receipt of each desire, by the journal. */
  readonly past: readonly Intent[]
  readonly receipts: ReadonlyMap<string, Receipt>
}

export interface Responder {
  readonly start: (head: BlockRef, desires: readonly Desire[]) => Promise<void>
  readonly want: (desire: Desire) => void
  readonly unwant: (desire: string) => void
  readonly onBlock: (moment: BlockMoment) => Promise<void>
  readonly onRetraction: (retraction: Retraction) => void
  /** Nodes restart and pools drop: what is on its way is sent again between blocks, too. */
  readonly onTick: () => void
  readonly settled: () => Promise<void>
  /** Nothing is tried again after this. */
  readonly stop: () => void
}

const retryMs = 250

export function responder(options: ResponderOptions): Responder {
  const { plan, node } = options
  const wanted = new Map<string, Wanted>()
  const lanes = new Map<string, Lane>()
  let head: BlockRef | undefined
  let newest: BlockMoment | undefined
  let reconciling: Promise<void> | undefined
  let stopped = false

  const laneFor = (desire: Desire): Lane | undefined => lanes.get(desire.authority)
  const live = (): readonly Intent[] => [...wanted.values()].flatMap((one) => one.intents)
  const isCurrent = (intent: Intent, attempt: Attempt): boolean =>
    !stopped && (wanted.get(intent.desire)?.intents.some((one) => one.id === intent.id && lastAttempt(one)?.hash === attempt.hash) ?? false)
  const act = effects({ ...options, head: () => head, live, isWanted: (one) => wanted.get(one.desire.id) === one, isCurrent })

  const tell = (one: Wanted, news: News): void => {
    if (news.kind === 'holding') one.receipt = news.receipt
    one.desire = { ...one.desire, status: news.kind === 'lost' ? 'wanted' : news.kind }
    if (news.kind === 'released' || news.kind === 'exhausted') wanted.delete(one.desire.id)
    options.news(one.desire.id, news)
  }

  const isCanonical = async (block: { readonly number: bigint; readonly hash: Hex }): Promise<boolean> =>
    (await node.header(block.number))?.hash === block.hash

  /** A node in the middle of a reorg knows the block before its receipts: what is ours is not taken for somebody else's. */
  const minedSince = async (one: Wanted): Promise<Hex | undefined> => {
    const hashes = one.intents.flatMap((intent) => intent.attempts.map((attempt) => attempt.hash))
    if (hashes.length === 0) return undefined
    const receipts = await node.receipts(hashes).catch(() => [])
    return receipts.findLast((receipt) => receipt?.ok)?.tx
  }

  const step = async (one: Wanted, moment: BlockMoment, mined: ReadonlyMap<Hex, Mined>, nonce: bigint): Promise<void> => {
    const { status } = one.desire
    const lane = laneFor(one.desire)
    if ((status !== 'wanted' && status !== 'holding') || one.signing) return
    const next = reconcile({
      status,
      holds: reached(one, moment),
      calls: callsOf(one).length,
      block: moment.block,
      intents: one.intents,
      mined,
      nonce,
      held: new Set(live().flatMap((intent) => (intent.key === lane?.signer.address ? [intent.nonce] : []))),
      pulls: one.pulls,
      // A release that fails is for people to look at, not to be tried again.
      atMostPulls: one.desire.does === 'undo' ? 1 : one.brake.atMostPulls,
    })
    // What cannot be taken back is concluded from the canonical chain alone: a branch may have died since this block was read.
    const conclusive = next.kind === 'released' || next.kind === 'exhausted' || next.kind === 'send'
    if (conclusive && !(await isCanonical(moment.block))) return
    if (next.kind === 'released' && one.receipt && !(await isCanonical(one.receipt.block))) {
      lose(one)
      return step(one, moment, mined, nonce)
    }
    switch (next.kind) {
      case 'wait':
        return
      case 'done':
        return tell(one, {
          kind: 'holding',
          receipt: {
            desire: one.desire.id,
            brake: one.brake.name,
            chain: options.chain,
            block: { number: moment.block.number, hash: moment.block.hash },
            tx: next.tx ?? (await minedSince(one)),
          },
        })
      case 'released':
        return tell(one, {
          kind: 'released',
          tx: moment.touched.find((touch) => one.brake.calls.some((call) => touch.touches.includes(call.to)))?.tx.hash,
        })
      case 'exhausted':
        return tell(one, { kind: 'exhausted', why: next.why })
      case 'send':
        if (next.again) {
          one.pulls++
          one.intents = []
        }
        return lane && act.send(one, lane, next.calls)
      case 'push':
        return lane && act.push(one, lane, next.intents)
      default:
        return next satisfies never
    }
  }

  /** Only the chain can say that a brake no longer holds because it never did. */
  const lose = (one: Wanted): void => {
    one.receipt = undefined
    tell(one, { kind: 'lost', why: 'a reorg took the block of its receipt back' })
  }

  /** Effects that no block has decided yet. */
  const underWay = ({ desire, intents }: Wanted): readonly Intent[] =>
    desire.status === 'wanted' ? intents.filter((intent) => intent.nonce >= (laneFor(desire)?.nonce ?? 0n)) : []

  const adopt = (desire: Desire): Wanted | undefined => {
    const brake = plan.brakes.find((one) => one.name === desire.brake)
    if (!brake) return undefined
    const intents = options.past.filter((intent) => intent.desire === desire.id)
    const pulls = Math.max(desire.pulls, ...intents.map(pullOf))
    const one: Wanted = { desire, brake, intents: latestPull(intents), pulls, receipt: options.receipts.get(desire.id), signing: false }
    wanted.set(desire.id, one)
    return one
  }

  const reconcileAt = async (moment: BlockMoment): Promise<void> => {
    // A desire that comes, or an effect that goes out, while the node is asked is left to the next block.
    const present = [...wanted.values()].map((one) => ({ one, intents: one.intents }))
    const hashes = present.flatMap(({ intents }) => intents.flatMap((intent) => intent.attempts.map((attempt) => attempt.hash)))
    const receipts = hashes.length > 0 ? await node.receipts(hashes) : []
    const mined = new Map(receipts.flatMap((receipt) => (receipt ? [[receipt.tx, receipt] as const] : [])))
    const steps = async (lane: Lane | undefined, nonce: bigint): Promise<void> => {
      for (const { one, intents } of present)
        if (laneFor(one.desire) === lane && one.intents === intents && wanted.get(one.desire.id) === one)
          await step(one, moment, mined, nonce)
    }
    // Without a key nothing is sent, but a colleague who pulls the brake is still seen.
    await steps(undefined, 0n)
    for (const lane of lanes.values()) {
      // At the very block that is judged: what came after it is the next block's news.
      settleAt(lane, await node.account(lane.signer.address, moment.block.hash))
      await steps(lane, lane.nonce)
      const [next] = freeNonces(lane, live(), 1)
      await lane.presigned.prepare(next ?? lane.nonce, moment.block)
    }
  }

  /** One block at a time, and only the newest of those that wait. */
  const reconcileAll = async (): Promise<void> => {
    while (newest && !stopped) {
      const moment = newest
      newest = undefined
      try {
        await reconcileAt(moment)
      } catch (error) {
        options.onTrouble(`the brakes could not be looked after: ${error instanceof Error ? error.message : String(error)}`)
        await options.sleep(retryMs)
        newest ??= moment
      }
    }
    reconciling = undefined
  }

  return {
    start: async (at, desires) => {
      head = at
      for (const [name, signer] of options.signers) {
        const { nonce, balance } = await node.account(signer.address, 'latest')
        const own = plan.brakes.filter((brake) => brake.by[0] === name && brake.chain === options.chain)
        const forms = presigned(own, signer, options.gasOf, () => lanes.get(name)?.balance ?? balance)
        lanes.set(name, laneOf(signer, forms, { nonce, balance }, options.past))
      }
      for (const desire of desires) if (desire.status === 'wanted' || desire.status === 'holding') adopt(desire)
      // Whatever we died in the middle of goes out before anything else: the next block may be the attack's.
      for (const one of wanted.values()) act.resend(underWay(one))
      for (const lane of lanes.values()) await lane.presigned.prepare(freeNonces(lane, live(), 1)[0] ?? lane.nonce, at)
    },
    want: (desire) => {
      const one = adopt(desire)
      if (!one) return
      // An earlier life sent it already: the same effect again, not a second one.
      if (one.intents.length > 0) return act.resend(one.intents)
      const lane = laneFor(desire)
      if (lane) void act.send(one, lane, [...callsOf(one).keys()])
    },
    unwant: (desire) => void wanted.delete(desire),
    onBlock: (moment) => {
      head = moment.block
      newest = moment
      reconciling ??= reconcileAll()
      return reconciling
    },
    onRetraction: (retraction) => {
      head = retraction.head
      const gone = new Set(retraction.dropped.map((block) => block.hash))
      for (const one of wanted.values()) {
        if (!one.receipt || !gone.has(one.receipt.block.hash)) continue
        lose(one)
        // The pool may have forgotten what the dead branch had mined.
        act.resend(one.intents)
      }
    },
    onTick: () => {
      for (const one of wanted.values()) act.resend(underWay(one), true)
    },
    settled: act.settled,
    stop: () => {
      stopped = true
    },
  }
}

/** Whether what was wanted is there: for a release, that the brake no longer holds. */
function reached({ desire, brake }: Wanted, moment: BlockMoment): boolean | undefined {
  const holds = conditionHolds(brake.holds, moment)
  return desire.does === 'undo' && holds !== undefined ? !holds : holds
}

/** Which pull of its desire an intent belongs to, by its id. */
const pullOf = (intent: Intent): number => Number(/#(\d+)\.[^#]*$/.exec(intent.id)?.[1] ?? 1)

/** The newest intent of each call: earlier ones belong to pulls that are over. */
function latestPull(intents: readonly Intent[]): Intent[] {
  const byCall = new Map<number, Intent>()
  for (const intent of intents) byCall.set(intent.call, intent)
  return [...byCall.values()]
}

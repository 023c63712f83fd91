// One look at a waiting transaction in one imagined next block: traced, and where it touches the plan simulated with every read.
import { attackerContracts } from '../base/attacker-contracts.ts'
import { includable } from '../base/includable.ts'
import type { BlockRef, CallFrame, Log, Transaction } from '../model/chain.ts'
import type { Needs } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { PendingMoment } from '../model/moment.ts'
import type { Node, Trace } from '../stages.ts'
import type { WaitingPool } from './waiting-pool.ts'

export interface ExamineOptions {
  readonly node: Node
  /** The plan's addresses; tokens of its assets count only where a holder is part of the transfer. */
  readonly watched: ReadonlySet<Address>
  readonly holders: ReadonlySet<Address>
  /** Every address of the plan, tokens included: what is not an attacker's. */
  readonly known: ReadonlySet<Address>
  readonly needs: (parent: Hex | undefined) => Needs
  /** Prepares the trials of a transaction that touches the plan; what comes back sends them. */
  readonly foresee: (on: BlockRef, txs: readonly Transaction[], contracts: readonly Address[]) => () => Promise<void>
  readonly sleep: (ms: number) => Promise<void>
}

export interface Examined {
  /** Its nonce is used already: it is mined, or replaced. */
  readonly gone: boolean
  /** Absent when it touches nothing of the plan, or cannot be in the next block. */
  readonly moment: PendingMoment | undefined
  /** It touches the plan, or could not be told to: it is judged again on the next head. */
  readonly waits: boolean
  readonly frames: readonly CallFrame[]
  /** The same for two looks that show the same, whatever the amounts. */
  readonly shape: string
}

export type Examine = (tx: Transaction, on: BlockRef) => Promise<Examined>

/** How long the judgement has the node to itself: about what it takes on a node of one's own. A distant one gets the trials meanwhile. */
const headStartMs = 2
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

export function examiner(options: ExamineOptions, pool: Pick<WaitingPool, 'before' | 'drop'>): Examine {
  const { node } = options

  /** Addresses of the plan that a transaction touches: called, emitting, or a holder within a token transfer. */
  const touchesOf = (trace: Trace, tx: Transaction): readonly Address[] => {
    const touched = new Set<Address>()
    const note = (address: Address | undefined): void => {
      if (address && options.watched.has(address)) touched.add(address)
    }
    note(tx.to)
    for (const frame of trace.frames) note(frame.to)
    for (const log of trace.logs) {
      note(log.address)
      for (const holder of holdersIn(log)) touched.add(holder)
    }
    return [...touched]
  }

  const holdersIn = (log: Log): readonly Address[] => {
    if (log.topics[0] !== transferTopic || log.topics.length < 3) return []
    return [...options.holders].filter((holder) => log.topics.slice(1).some((topic) => topic.endsWith(holder.slice(2).toLowerCase())))
  }

  return async (tx, on) => {
    const nothing = (frames: readonly CallFrame[], waits = false): Examined => ({
      gone: false,
      moment: undefined,
      waits,
      frames,
      shape: '',
    })
    // Asked beside the trace, so that the judgement waits for nothing; a failure counts only where the answer does.
    const sender = node.account(tx.from, on.hash)
    sender.catch(() => {})
    // What we remember of a sender may be mined by now: only what the state does not have yet is a queue.
    if (pool.before(tx).length > 0) pool.drop(tx.from, (await sender).nonce)
    const earlier = pool.before(tx)
    const trace = node.can.trace && earlier.length === 0 ? await node.trace(tx, on).catch(() => undefined) : undefined
    if ((await sender).nonce > tx.nonce) return { ...nothing([]), gone: true }
    let touches = trace ? touchesOf(trace, tx) : []
    if (trace && touches.length === 0) return nothing(trace.frames)
    const needs = options.needs(on.hash)
    // On its way before the trials that it may make worth asking: its answer is looked at meanwhile.
    const judging =
      earlier.length === 0
        ? node.judge(on, [tx], needs)
        : // A queue starts at the sender's nonce; what is mined already is not part of it.
          sender.then((now) => node.judge(on, [...earlier.filter((one) => one.nonce >= now.nonce), tx], needs))
    const begin = trace ? once(options.foresee(on, [tx], attackerContracts(tx, trace.frames, options.known))) : undefined
    if (begin) void options.sleep(headStartMs).then(begin)
    const [state, judgement] = await Promise.all([sender, judging])
    // The trials are on their way before the answer is thought about, so that the node works meanwhile.
    await begin?.()
    // Judged again at the next head: what cannot be included now may be later.
    if ('refused' in judgement) return nothing(trace?.frames ?? [], touches.length > 0 || !trace)
    if (!trace) touches = touchesOf({ frames: [], logs: judgement.allLogs }, tx)
    // That it does nothing is no one operator's to say: it is judged again at the next head.
    if (touches.length === 0) return nothing([], judgement.alone !== undefined)
    const queue = earlier.filter((one) => one.nonce >= state.nonce)
    const frames = trace?.frames ?? []
    const moment: PendingMoment = {
      kind: 'pending',
      chain: node.chain,
      block: on,
      tx,
      queue,
      includable: includable(tx, queue, state, on),
      reverted: judgement.reverted,
      frames,
      touches,
      answers: judgement.answers,
      logs: judgement.logs,
      ...(judgement.alone === undefined ? {} : { alone: judgement.alone }),
    }
    const logs = judgement.allLogs.map((log) => `${log.address}${log.topics[0] ?? ''}`)
    return { gone: false, moment, waits: true, frames, shape: `${judgement.reverted}|${logs.join()}` }
  }
}

/** Whoever comes first does it. */
function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= run())
}

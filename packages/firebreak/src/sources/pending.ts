// Judges waiting transactions: trace, stop early when nothing of ours is touched, else simulate on a real next block.
import { attackerContracts } from '../base/attacker-contracts.ts'
import { includable } from '../base/includable.ts'
import type { BlockRef, Log, Transaction } from '../model/chain.ts'
import type { Needs } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Happening } from '../model/moment.ts'
import type { Node, Source, Trace } from '../stages.ts'
import { waitingPool } from './waiting-pool.ts'

export interface PendingOptions {
  readonly node: Node
  /** The plan's addresses; tokens of its assets count only where a holder is part of the transfer. */
  readonly watched: ReadonlySet<Address>
  readonly holders: ReadonlySet<Address>
  /** Every address of the plan, tokens included: what is not an attacker's. */
  readonly known: ReadonlySet<Address>
  readonly needs: (parent: Hex | undefined) => Needs
  readonly head: () => BlockRef | undefined
  readonly deliver: (happening: Happening) => void
  /** Prepares the trials of a transaction that touches the plan; what comes back sends them. */
  readonly foresee: (on: BlockRef, txs: readonly Transaction[], contracts: readonly Address[]) => () => Promise<void>
  readonly onTrouble: (what: string) => void
  readonly sleep: (ms: number) => Promise<void>
  readonly atOnce: number
  readonly most: number
}

export interface PendingSource extends Source {
  /** Everything that touches the plan is judged again on the new head. */
  readonly onBlock: (mined: readonly Hex[]) => void
  readonly counts: () => { readonly seen: number; readonly judged: number; readonly waiting: number; readonly dropped: number }
}

/** How long the judgement has the node to itself: about what it takes on a node of one's own. A distant one gets the trials meanwhile. */
const headStartMs = 2
const mostTries = 5
const firstRetryMs = 100
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

export function watchPending(options: PendingOptions): PendingSource {
  const { node } = options
  const pool = waitingPool(options.most)
  const line: Transaction[] = []
  let active = 0
  let seen = 0
  let judged = 0
  let dropped = 0
  let stopped = false
  const idle: (() => void)[] = []

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

  const judge = async (tx: Transaction): Promise<void> => {
    const on = options.head()
    // Judged as soon as there is a head.
    if (!on) return pool.touches(tx.hash)
    // Asked beside the trace, so that the judgement waits for nothing; a failure counts only where the answer does.
    const sender = node.account(tx.from, on.hash)
    sender.catch(() => {})
    // What we remember of a sender may be mined by now: only what the state does not have yet is a queue.
    if (pool.before(tx).length > 0) pool.drop(tx.from, (await sender).nonce)
    const earlier = pool.before(tx)
    const trace = node.can.trace && earlier.length === 0 ? await node.trace(tx, on).catch(() => undefined) : undefined
    let touches = trace ? touchesOf(trace, tx) : []
    if (trace && touches.length === 0) return
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
    if ('refused' in judgement) {
      // Judged again at the next head: what cannot be included now may be later.
      if (touches.length > 0 || !trace) pool.touches(tx.hash)
      return
    }
    if (!trace) touches = touchesOf({ frames: [], logs: judgement.allLogs }, tx)
    if (touches.length === 0) return
    pool.touches(tx.hash)
    judged++
    const queue = earlier.filter((one) => one.nonce >= state.nonce)
    options.deliver({
      kind: 'pending',
      chain: node.chain,
      block: on,
      tx,
      queue,
      includable: includable(tx, queue, state, on),
      reverted: judgement.reverted,
      frames: trace?.frames ?? [],
      touches,
      answers: judgement.answers,
      logs: judgement.logs,
    })
  }

  /** A node that stumbles over the attack is asked again at once, and then at every head. */
  const judgeOften = async (tx: Transaction): Promise<void> => {
    for (let tries = 1; !stopped; tries++) {
      const on = options.head()
      try {
        await judge(tx)
        // A head that came meanwhile has judged again what was known to touch the plan; this one was not known yet.
        const late = options.head()?.hash !== on?.hash && pool.touching().some((one) => one.hash === tx.hash)
        if (late && !line.includes(tx)) line.push(tx)
        return
      } catch (error) {
        if (tries === 1)
          options.onTrouble(`a waiting transaction could not be judged: ${error instanceof Error ? error.message : String(error)}`)
        if (tries === mostTries) break
        await options.sleep(firstRetryMs * 2 ** (tries - 1))
      }
    }
    dropped++
    pool.touches(tx.hash)
  }

  const pump = (): void => {
    while (active < options.atOnce && line.length > 0 && !stopped) {
      const tx = line.shift()
      if (!tx) break
      active++
      void judgeOften(tx).finally(() => {
        active--
        if (active === 0 && (stopped || line.length === 0)) for (const done of idle.splice(0)) done()
        else pump()
      })
    }
  }

  const hear = (tx: Transaction): void => {
    if (stopped || !pool.add(tx)) return
    seen++
    // What calls the plan directly is judged before the rest.
    if (tx.to && options.watched.has(tx.to)) line.unshift(tx)
    else line.push(tx)
    // A later transaction of the same sender may just have become includable.
    for (const later of pool.after(tx)) line.push(later)
    if (line.length > options.most) {
      line.length = options.most
      dropped++
    }
    pump()
  }

  return {
    start: async () => {
      await node.onPending(hear)
      for (const tx of await node.waiting()) hear(tx)
    },
    stop: () => {
      stopped = true
    },
    settled: async () => {
      // What is left in the line when we stop is not judged any more: nobody waits for it.
      if (active === 0 && (stopped || line.length === 0)) return
      await new Promise<void>((resolve) => idle.push(resolve))
    },
    onBlock: (mined) => {
      for (const hash of mined) pool.remove(hash)
      for (const tx of pool.touching()) line.push(tx)
      pump()
    },
    counts: () => ({ seen, judged, waiting: pool.size(), dropped }),
  }
}

/** Whoever comes first does it. */
function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= run())
}

// Judges waiting transactions: what may matter first; trace, stop early when nothing of ours is touched, else simulate on a real next block.
import { randomBytes } from 'node:crypto'
import { guessesAfter } from '../base/block-guess.ts'
import type { BlockGuess, BlockRef, Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Happening } from '../model/moment.ts'
import type { Source } from '../stages.ts'
import { examiner, type Examined, type ExamineOptions } from './examine.ts'
import { lineOf } from './line.ts'
import { lookouts } from './lookouts.ts'
import { droppedIn, type Missed, type PendingCounts } from './tally.ts'
import { triage } from './triage.ts'
import { waitingPool } from './waiting-pool.ts'

export interface PendingOptions extends ExamineOptions {
  readonly head: () => BlockRef | undefined
  /** Blocks that led to the head, oldest first: how the next one may turn out is told from them. */
  readonly recent: () => readonly BlockRef[]
  readonly deliver: (happening: Happening) => void
  readonly onTrouble: (what: string) => void
  /** Once a head, when something was not looked at before it came. */
  readonly onMissed: (missed: PendingCounts['dropped'], before: BlockRef | undefined) => void
  readonly atOnce: number
  /** Waiting transactions that are remembered, and that stand in line. */
  readonly most: number
  readonly mostInLine: number
  readonly mostBytes: number
}

export interface PendingSource extends Source {
  /** Everything that touches the plan, may touch it in another block, or was not looked at yet is judged on the new head. */
  readonly onBlock: (mined: readonly Hex[]) => void
  /** What touches the plan is judged once more on the same head: there is agreement now where there was one word. */
  readonly lookAgain: () => void
  readonly counts: () => PendingCounts
}

const mostTries = 5
const firstRetryMs = 100
/** As many as nodes keep of one account. */
const mostPerSender = 64
/** Contracts that led to the plan, as far as they are remembered. */
const mostLeads = 2_000
/** With more than this in line there is no time to guess: neither trials before they are asked for, nor other blocks that may come. */
const mostBesideGuesses = 16
const mostDeferred = 512
const afterTheFirstMs = 25

const none = (): Record<Missed, number> => ({ full: 0, sender: 0, late: 0, failed: 0 })

export function watchPending(options: PendingOptions): PendingSource {
  const { node } = options
  /** Told to nobody: whoever knew it could tell our simulations from real blocks. */
  const secret: Hex = `0x${randomBytes(32).toString('hex')}`
  const dropped = none()
  /** Since the last head. */
  let missed = none()
  const passed = { plain: 0, underpriced: 0 }
  /** Counted once each: what was looked at before, and what is counted already. */
  const accounted = new WeakSet<Transaction>()
  const miss = (why: Missed, ...txs: readonly Transaction[]): void => {
    for (const tx of txs) {
      if (accounted.has(tx)) continue
      accounted.add(tx)
      dropped[why]++
      missed[why]++
    }
  }
  const pool = waitingPool({ most: options.most, mostBytes: options.mostBytes, mostPerSender }, (tx, why) => miss(why, tx))
  const line = lineOf(options.mostInLine)
  const leads = new Set<Address>()
  const names = [...options.known].map((address) => address.slice(2).toLowerCase())
  const hurried = (): boolean => line.length() > mostBesideGuesses
  const examine = examiner(
    { ...options, foresee: (on, txs, contracts) => (hurried() ? async () => {} : options.foresee(on, txs, contracts)) },
    pool,
  )
  /** Looked at in the likeliest block only, until there is time for the others. */
  const deferred: Transaction[] = []
  const outlook = lookouts(node, options.known)
  let guessed: { readonly head: Hex; readonly guesses: readonly BlockGuess[] } | undefined
  let active = 0
  let seen = 0
  let examined = 0
  let judged = 0
  let stopped = false
  const idle: (() => void)[] = []

  /** The head with each next block that it may have; the likeliest first. */
  const nextBlocks = (head: BlockRef): readonly BlockRef[] => {
    if (guessed?.head !== head.hash) {
      const before = options.recent().filter((block) => block.number < head.number)
      guessed = { head: head.hash, guesses: guessesAfter([...before, head], secret) }
    }
    return guessed.guesses.map((next) => ({ ...head, next }))
  }

  const lead = (contract: Address): void => {
    leads.add(contract)
    for (const address of leads) {
      if (leads.size <= mostLeads) break
      leads.delete(address)
    }
  }

  /** What came of one look, in one imagined next block; `guess` is absent for the likeliest. */
  const take = (tx: Transaction, { moment, waits }: Examined, guess?: number): void => {
    if (waits) pool.touches(tx.hash)
    if (!moment) return
    if (tx.to && !options.known.has(tx.to)) lead(tx.to)
    judged++
    options.deliver(guess === undefined ? moment : { ...moment, guess })
  }

  const judge = async (tx: Transaction): Promise<void> => {
    const head = options.head()
    // Judged as soon as there is a head.
    if (!head) return pool.touches(tx.hash)
    const [on = head, ...others] = nextBlocks(head)
    const first = await examine(tx, on)
    if (first.gone) return pool.remove(tx.hash)
    take(tx, first)
    if (others.length === 0 || !(await outlook.among(tx, first.frames, head.hash))) return
    // What it does depends on a block that nobody has seen: it is looked at again at each head, and in other blocks that may come.
    pool.touches(tx.hash)
    if (hurried()) {
      if (deferred.length < mostDeferred) deferred.push(tx)
      return
    }
    // What the likeliest block shows is being compared with brakes right now: that comes first.
    if (first.moment) await options.sleep(afterTheFirstMs)
    const known = new Set([first.shape])
    const looks = await Promise.all(others.map(async (other) => examine(tx, other)))
    for (const [i, look] of looks.entries()) {
      if (known.has(look.shape)) continue
      known.add(look.shape)
      take(tx, look, i + 1)
    }
  }

  /** A node that stumbles over the attack is asked again at once, and then at every head. */
  const judgeOften = async (tx: Transaction): Promise<void> => {
    for (let tries = 1; !stopped; tries++) {
      const on = options.head()
      try {
        await judge(tx)
        examined++
        accounted.add(tx)
        pool.settle(tx.hash)
        // A head that came meanwhile has judged again what was known to touch the plan; this one was not known yet.
        const late = options.head()?.hash !== on?.hash && pool.touching().some((one) => one.hash === tx.hash)
        if (late) place(tx)
        return
      } catch (error) {
        if (stopped) return
        if (tries === 1)
          options.onTrouble(`a waiting transaction could not be judged: ${error instanceof Error ? error.message : String(error)}`)
        // With a line behind it, a node that is too slow is not made slower.
        if (tries === mostTries || hurried()) break
        await options.sleep(firstRetryMs * 2 ** (tries - 1))
      }
    }
    miss('failed', tx)
    pool.touches(tx.hash)
  }

  const pump = (): void => {
    while (active < options.atOnce && !stopped) {
      const tx = line.next() ?? deferred.shift()
      if (!tx) break
      active++
      void judgeOften(tx).finally(() => {
        active--
        if (active === 0 && (stopped || line.length() + deferred.length === 0)) for (const done of idle.splice(0)) done()
        else pump()
      })
    }
  }

  /** Puts a transaction in line, or says why it need not be there. */
  const place = (tx: Transaction, again = false): void => {
    const found = triage(tx, {
      concerned: (address) => options.watched.has(address) || options.holders.has(address),
      leads: (address) => leads.has(address),
      names,
      head: options.head(),
    })
    if ('passed' in found) {
      if (!again) passed[found.passed]++
      // The base fee may fall.
      if (found.passed === 'underpriced') pool.owe(tx.hash)
      return
    }
    pool.owe(tx.hash)
    miss('full', ...line.add(tx, again ? 'direct' : found.rank, found.tip))
  }

  const hear = (tx: Transaction): void => {
    if (stopped || !pool.add(tx)) return
    seen++
    place(tx)
    // A later transaction of the same sender may just have become includable.
    for (const later of pool.after(tx)) place(later)
    pump()
  }

  const onBlock = (mined: readonly Hex[]): void => {
    for (const hash of mined) pool.remove(hash)
    miss('late', ...line.clear())
    deferred.length = 0
    if (droppedIn({ dropped: missed }) > 0) options.onMissed(missed, options.head())
    missed = none()
    for (const tx of pool.touching()) place(tx, true)
    for (const tx of pool.owed()) place(tx)
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
      if (active === 0 && (stopped || line.length() + deferred.length === 0)) return
      await new Promise<void>((resolve) => idle.push(resolve))
    },
    onBlock,
    lookAgain: () => {
      for (const tx of pool.touching()) place(tx, true)
      pump()
    },
    counts: () => ({
      seen,
      examined,
      judged,
      waiting: pool.size(),
      inLine: line.length() + active,
      dropped: { ...dropped },
      passed: { ...passed },
    }),
  }
}

// Remembers waiting transactions by sender and nonce, within bounds, so that a queue is judged as a queue.
import type { Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'

export interface PoolBounds {
  readonly most: number
  /** Of calldata and what a transaction takes beside it. */
  readonly mostBytes: number
  /** Nodes keep no more for one account either. */
  readonly mostPerSender: number
}

/** full: too many, or too much calldata · sender: more than one account may have waiting. */
export type Squeezed = 'full' | 'sender'

export interface WaitingPool {
  /** False when it is known already, or one too many of its sender. A replacement at the same nonce takes the place of the old one. */
  readonly add: (tx: Transaction) => boolean
  readonly has: (hash: Hex) => boolean
  /** The sender's waiting transactions before this nonce, in order. */
  readonly before: (tx: Transaction) => readonly Transaction[]
  readonly after: (tx: Transaction) => readonly Transaction[]
  /** Marks what touches the plan, or may in another block: it is judged again at every head. */
  readonly touches: (hash: Hex) => void
  readonly touching: () => readonly Transaction[]
  /** Marks what nobody has looked at yet: the next head is another chance. */
  readonly owe: (hash: Hex) => void
  readonly settle: (hash: Hex) => void
  readonly owed: () => readonly Transaction[]
  readonly drop: (sender: Address, below: bigint) => void
  readonly remove: (hash: Hex) => void
  readonly size: () => number
}

/** What a transaction takes beside its calldata, roughly. */
const ownBytes = 1_000

export function waitingPool(bounds: PoolBounds, onSqueezed: (tx: Transaction, why: Squeezed) => void): WaitingPool {
  const senders = new Map<Address, Map<bigint, Transaction>>()
  const byHash = new Map<Hex, Transaction>()
  const touching = new Set<Hex>()
  const owed = new Set<Hex>()
  let bytes = 0

  const bytesOf = (tx: Transaction): number => ownBytes + tx.data.length / 2

  const remove = (hash: Hex): void => {
    const tx = byHash.get(hash)
    byHash.delete(hash)
    touching.delete(hash)
    owed.delete(hash)
    if (!tx) return
    bytes -= bytesOf(tx)
    const queue = senders.get(tx.from)
    if (queue?.get(tx.nonce)?.hash === hash) queue.delete(tx.nonce)
    if (queue?.size === 0) senders.delete(tx.from)
  }

  const oldestToSpare = (): Transaction | undefined => {
    for (const [hash, tx] of byHash) if (!touching.has(hash)) return tx
    // Everything touches the plan: all of it was judged when it came, and memory has an end.
    return byHash.values().next().value
  }

  const queueOf = (tx: Transaction, wanted: (nonce: bigint) => boolean): readonly Transaction[] =>
    [...(senders.get(tx.from)?.values() ?? [])].filter((one) => wanted(one.nonce)).sort((a, b) => (a.nonce < b.nonce ? -1 : 1))

  const listed = (hashes: ReadonlySet<Hex>): readonly Transaction[] => [...hashes].flatMap((hash) => byHash.get(hash) ?? [])

  return {
    add: (tx) => {
      if (byHash.has(tx.hash)) return false
      const queue = senders.get(tx.from) ?? new Map<bigint, Transaction>()
      const replaced = queue.get(tx.nonce)
      if (!replaced && queue.size >= bounds.mostPerSender) {
        onSqueezed(tx, 'sender')
        return false
      }
      if (replaced) remove(replaced.hash)
      queue.set(tx.nonce, tx)
      senders.set(tx.from, queue)
      byHash.set(tx.hash, tx)
      bytes += bytesOf(tx)
      // The oldest that does not touch the plan goes first; a flood cannot push out what matters.
      while (byHash.size > bounds.most || (bytes > bounds.mostBytes && byHash.size > 1)) {
        const spared = oldestToSpare()
        if (!spared) break
        if (owed.has(spared.hash)) onSqueezed(spared, 'full')
        remove(spared.hash)
      }
      // Even one that cannot be kept is judged once.
      return true
    },
    has: (hash) => byHash.has(hash),
    before: (tx) => queueOf(tx, (nonce) => nonce < tx.nonce),
    after: (tx) => queueOf(tx, (nonce) => nonce > tx.nonce),
    touches: (hash) => {
      if (byHash.has(hash)) touching.add(hash)
    },
    touching: () => listed(touching),
    owe: (hash) => {
      if (byHash.has(hash)) owed.add(hash)
    },
    settle: (hash) => void owed.delete(hash),
    owed: () => listed(owed),
    drop: (sender, below) => {
      for (const tx of senders.get(sender)?.values() ?? []) if (tx.nonce < below) remove(tx.hash)
    },
    remove,
    size: () => byHash.size,
  }
}

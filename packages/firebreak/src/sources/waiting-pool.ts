// Remembers waiting transactions by sender and nonce, within a bound, so that a queue is judged as a queue.
import type { Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'

export interface WaitingPool {
  /** False when it is known already. A replacement at the same nonce takes the place of the old one. */
  readonly add: (tx: Transaction) => boolean
  /** The sender's waiting transactions before this nonce, in order. */
  readonly before: (tx: Transaction) => readonly Transaction[]
  readonly after: (tx: Transaction) => readonly Transaction[]
  /** Marks what touches the plan: it is judged again at every head. */
  readonly touches: (hash: Hex) => void
  readonly touching: () => readonly Transaction[]
  readonly drop: (sender: Address, below: bigint) => void
  readonly remove: (hash: Hex) => void
  readonly size: () => number
}

export function waitingPool(most: number): WaitingPool {
  const senders = new Map<Address, Map<bigint, Transaction>>()
  const byHash = new Map<Hex, Transaction>()
  const touching = new Set<Hex>()

  const remove = (hash: Hex): void => {
    const tx = byHash.get(hash)
    byHash.delete(hash)
    touching.delete(hash)
    if (!tx) return
    const queue = senders.get(tx.from)
    if (queue?.get(tx.nonce)?.hash === hash) queue.delete(tx.nonce)
    if (queue?.size === 0) senders.delete(tx.from)
  }

  const oldestToSpare = (): Hex => {
    for (const hash of byHash.keys()) if (!touching.has(hash)) return hash
    // Everything touches the plan: all of it was judged when it came, and memory has an end.
    const [oldest = '0x' as Hex] = byHash.keys()
    return oldest
  }

  const queueOf = (tx: Transaction, wanted: (nonce: bigint) => boolean): readonly Transaction[] =>
    [...(senders.get(tx.from)?.values() ?? [])].filter((one) => wanted(one.nonce)).sort((a, b) => (a.nonce < b.nonce ? -1 : 1))

  return {
    add: (tx) => {
      if (byHash.has(tx.hash)) return false
      const queue = senders.get(tx.from) ?? new Map<bigint, Transaction>()
      const replaced = queue.get(tx.nonce)
      if (replaced) remove(replaced.hash)
      queue.set(tx.nonce, tx)
      senders.set(tx.from, queue)
      byHash.set(tx.hash, tx)
      // The oldest that does not touch the plan goes first; a flood cannot push out what matters.
      if (byHash.size > most) remove(oldestToSpare())
      return true
    },
    before: (tx) => queueOf(tx, (nonce) => nonce < tx.nonce),
    after: (tx) => queueOf(tx, (nonce) => nonce > tx.nonce),
    touches: (hash) => {
      if (byHash.has(hash)) touching.add(hash)
    },
    touching: () => [...touching].flatMap((hash) => byHash.get(hash) ?? []),
    drop: (sender, below) => {
      for (const tx of senders.get(sender)?.values() ?? []) if (tx.nonce < below) remove(tx.hash)
    },
    remove,
    size: () => byHash.size,
  }
}

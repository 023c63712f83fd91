// The line in which waiting transactions wait to be judged: bounded, what may matter first, and nobody can stand in it alone.
import type { Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { ranks, type Rank } from './triage.ts'

export interface Line {
  /** Gives what had to leave because the line is full; that may be what was just added. */
  readonly add: (tx: Transaction, rank: Rank, tip: bigint) => readonly Transaction[]
  readonly next: () => Transaction | undefined
  readonly has: (hash: Hex) => boolean
  readonly length: () => number
  /** Empties the line; gives what stood in it. */
  readonly clear: () => readonly Transaction[]
}

interface Place {
  readonly tx: Transaction
  readonly worth: number
  readonly seq: number
}

/** Of seven that are judged, four are direct, two name the plan and one is anything else: no kind can keep another from its turn. */
const turns: readonly Rank[] = ['direct', 'names', 'direct', 'calls', 'direct', 'names', 'direct']
/** Each kind is sure of so much of the line. */
const shares: Readonly<Record<Rank, number>> = { direct: 0.5, names: 0.3, calls: 0.2 }

const before = (a: Place, b: Place): boolean => (a.worth === b.worth ? a.seq < b.seq : a.worth > b.worth)

export function lineOf(most: number): Line {
  const heaps: Record<Rank, Place[]> = { direct: [], names: [], calls: [] }
  const standing = new Set<Hex>()
  /** How often each sender stood in this line: who sends much has to share its own tip. */
  const stood = new Map<Address, number>()
  let seq = 0
  let turn = 0

  const size = (): number => ranks.reduce((sum, rank) => sum + heaps[rank].length, 0)

  /** The kind that exceeds its share loses its worst; one that is within its share loses nothing. */
  const makeRoom = (): readonly Transaction[] => {
    const over = [...ranks].reverse().find((rank) => heaps[rank].length > most * shares[rank]) ?? 'calls'
    const heap = heaps[over]
    const fair = Math.floor(most * shares[over])
    // Many at once, so that a flood costs one sorting and not one for each.
    const many = Math.min(Math.max(size() - most, Math.ceil(most / 16)), Math.max(heap.length - fair, 1))
    const sorted = heap.toSorted((a, b) => (before(a, b) ? -1 : 1))
    const left = sorted.splice(sorted.length - many)
    // What is sorted is a heap.
    heaps[over] = sorted
    for (const { tx } of left) standing.delete(tx.hash)
    return left.map(({ tx }) => tx)
  }

  return {
    add: (tx, rank, tip) => {
      if (standing.has(tx.hash)) return []
      const times = stood.get(tx.from) ?? 0
      stood.set(tx.from, times + 1)
      standing.add(tx.hash)
      raise(heaps[rank], { tx, worth: Number(tip) / (1 + times), seq: seq++ })
      return size() > most ? makeRoom() : []
    },
    next: () => {
      for (let i = 0; i < turns.length; i++) {
        const rank = turns[(turn + i) % turns.length]
        const place = rank && take(heaps[rank])
        if (!place) continue
        turn = (turn + i + 1) % turns.length
        standing.delete(place.tx.hash)
        return place.tx
      }
      return undefined
    },
    has: (hash) => standing.has(hash),
    length: size,
    clear: () => {
      const all = ranks.flatMap((rank) => heaps[rank].splice(0).map(({ tx }) => tx))
      standing.clear()
      stood.clear()
      return all
    },
  }
}

function raise(heap: Place[], place: Place): void {
  let at = heap.length
  heap.push(place)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (!parent || !before(place, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = place
}

function take(heap: Place[]): Place | undefined {
  const [first] = heap
  const last = heap.pop()
  if (!first || !last || heap.length === 0) return first
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    const better = right && left && before(right, left) ? right : left
    if (!better || !before(better, last)) break
    heap[at] = better
    at = better === left ? 2 * at + 1 : 2 * at + 2
  }
  heap[at] = last
  return first
}

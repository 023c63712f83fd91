// A moment is one thing that happened or is about to happen; taking a fact back is a fact of its own.
import type { Answers } from './call.ts'
import type { Answer, BlockRef, CallFrame, Grounds, Log, Transaction } from './chain.ts'
import type { Address, Hex } from './hex.ts'

interface Observed extends Grounds {
  readonly answers: ReadonlyMap<string, Answer>
  /** Only logs that somebody asked for, by `LogProbe.key`. */
  readonly logs: ReadonlyMap<string, readonly Log[]>
  /** What other chains said at the latest block of theirs that we know; only for detectors that ask for it. */
  readonly elsewhere?: ReadonlyMap<string, Elsewhere>
}

/** Another chain's latest block, and its answers to the reads that were asked for there. */
export interface Elsewhere extends Answers {
  readonly block: BlockRef
}

/** A mined transaction, the plan's addresses that it touched, and what its sender did before it in the same block. */
export interface Touched {
  readonly tx: Transaction
  readonly queue: readonly Transaction[]
  readonly touches: readonly Address[]
  /** Its call tree, where a detector wants it; absent when none does, or when the node gives none. */
  readonly frames?: readonly CallFrame[]
}

/** A block's post-state. */
export interface BlockMoment extends Observed {
  readonly kind: 'block'
  readonly chain: string
  readonly block: BlockRef
  /** Mined transactions that touched the plan's contracts, in block order. */
  readonly touched: readonly Touched[]
  /** From before the very first start: windows and prices learn from it, and nobody acts upon it. */
  readonly past?: boolean
}

/** Whether a waiting transaction could be in the next block; if not, it never makes us act. */
export type Includable = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** A waiting transaction's post-state on top of a block. */
export interface PendingMoment extends Observed {
  readonly kind: 'pending'
  readonly chain: string
  /** The block that it was simulated on. */
  readonly block: BlockRef
  /** Which of several imagined next blocks this is; absent for the likeliest. Contracts can look at the block that they are in. */
  readonly guess?: number
  readonly tx: Transaction
  /** The sender's earlier waiting transactions, which have to be included first. */
  readonly queue: readonly Transaction[]
  readonly includable: Includable
  readonly reverted: boolean
  /** Empty when the node has no call tracer. */
  readonly frames: readonly CallFrame[]
  /** Addresses of the plan that the transaction touched. */
  readonly touches: readonly Address[]
}

/** The clock moved on: what liveness is judged by. */
export interface TickMoment extends Observed {
  readonly kind: 'tick'
  readonly chain: string
  readonly block: BlockRef
  /** Milliseconds since the last head, and since the last waiting transaction, by our own clock. */
  readonly headAge: number
  readonly pendingAge: number
}

export type Moment = BlockMoment | PendingMoment | TickMoment

/** A moment as signals and the journal refer to it. */
export interface MomentRef {
  readonly kind: Moment['kind']
  readonly chain: string
  readonly block: { readonly number: bigint; readonly hash: Hex }
  readonly tx: Hex | undefined
}

/** Blocks that left the canonical chain. */
export interface Retraction {
  readonly kind: 'retraction'
  readonly chain: string
  readonly dropped: readonly BlockRef[]
  readonly head: BlockRef
}

/** Blocks that no node could give us any more: said, never skipped in silence. */
export interface Gap {
  readonly kind: 'gap'
  readonly chain: string
  readonly from: bigint
  readonly to: bigint
  readonly why: string
}

export type Happening = Moment | Retraction | Gap

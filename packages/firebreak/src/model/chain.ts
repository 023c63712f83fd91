// What nodes tell us, in plain data: blocks, logs, waiting transactions, call frames and answers to reads.
import type { Address, Hex } from './hex.ts'

/** Everything about a block that a judgement may depend on; parent links are what reorgs are told by. */
export interface BlockRef {
  readonly chain: string
  readonly number: bigint
  readonly hash: Hex
  readonly parent: Hex
  /** Seconds since 1970, as the block says. */
  readonly timestamp: bigint
  readonly baseFee: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly feeRecipient: Address
  readonly prevRandao: Hex
  /** How the block after it is imagined in simulations; absent for the ordinary guess. */
  readonly next?: BlockGuess
}

/** What nobody knows of a block before it is there. Contracts can look at all of it, and attackers do. */
export interface BlockGuess {
  /** After its parent. */
  readonly seconds: bigint
  readonly feeRecipient: Address
  readonly prevRandao: Hex
  readonly gasLimit: bigint
}

export interface Log {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  /** The transaction that emitted it. */
  readonly tx: Hex
}

/** A signed transaction, waiting or mined, with all that is needed to send or simulate it again. */
export interface Transaction {
  readonly hash: Hex
  readonly from: Address
  /** Absent when the transaction deploys a contract. */
  readonly to: Address | undefined
  readonly nonce: bigint
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  readonly maxFee: bigint
  readonly maxTip: bigint
  /** r, s and parity, as far as the node sent them: checked before we act, not before we judge. */
  readonly signature: { readonly r: Hex; readonly s: Hex; readonly yParity: number } | undefined
  /** The envelope as the node sent it (type, access list, chain id…), needed only to check the signature. */
  readonly envelope: Readonly<Record<string, unknown>>
}

/** One frame of a call tree, flattened in execution order; depth 0 is the transaction itself. */
export interface CallFrame {
  readonly depth: number
  readonly kind: 'call' | 'delegatecall' | 'staticcall' | 'callcode' | 'create' | 'selfdestruct'
  readonly from: Address
  readonly to: Address | undefined
  readonly selector: Hex
  /** The beginning of its calldata: the selector and three words. Absent where nobody kept it. */
  readonly input?: Hex
  readonly value: bigint
  readonly failed: boolean
}

/** Who vouches for an answer. */
export interface Grounds {
  /** The operators who say so, where it is not agreed: one alone, or some against others. Absent when two agree, when it was proven, and with one operator. */
  readonly alone?: string | undefined
}

/** The raw answer to one read; a read that reverted or burned its gas fails alone. */
export type Answer = { readonly ok: true; readonly data: Hex } | { readonly ok: false; readonly data: Hex }

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
  readonly value: bigint
  readonly failed: boolean
}

/** The raw answer to one read; a read that reverted or burned its gas fails alone. */
export type Answer = { readonly ok: true; readonly data: Hex } | { readonly ok: false; readonly data: Hex }

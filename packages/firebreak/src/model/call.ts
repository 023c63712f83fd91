// Descriptions of reads and writes: typed from the ABI in a plan, encoded once at start, and never a request by themselves.
import type { AbiEvent, AbiFunction } from 'abitype'
import type { Answer, Log } from './chain.ts'
import type { Address, Hex } from './hex.ts'

declare const result: unique symbol

/** A view that a plan refers to. The symbol carries the type of the result and is never a value. */
export interface Read<out = unknown> {
  readonly kind: 'read'
  readonly chain: string
  readonly to: Address
  readonly fn: AbiFunction
  readonly args: readonly unknown[]
  readonly [result]?: out | undefined
}

/** A state-changing call that a plan refers to. */
export interface Write {
  readonly kind: 'write'
  readonly chain: string
  readonly to: Address
  readonly fn: AbiFunction
  readonly args: readonly unknown[]
}

/** An event that a detector wants to see, from one address. The symbol carries the type of its arguments and is never a value. */
export interface EventRef<args = Readonly<Record<string, unknown>>> {
  readonly kind: 'event'
  readonly chain: string
  readonly address: Address
  readonly event: AbiEvent
  readonly [result]?: args | undefined
}

export type Decoded<out> = { readonly ok: true; readonly value: out } | { readonly ok: false; readonly why: string }

/** Where answers are looked up: a block moment, a pending moment or a simulation all are one. */
export interface Answers {
  readonly answers: ReadonlyMap<string, Answer>
}

/** A read, encoded: `key` de-duplicates it, `of` finds and decodes its answer. */
export interface Probe<out = unknown> {
  readonly key: string
  readonly to: Address
  readonly data: Hex
  /** A storage slot of `to` instead of a view: 32 bytes, and the same as `data`. */
  readonly slot?: Hex
  /** In a person's words: `market.totalAssets()`. */
  readonly label: string
  readonly of: (moment: Answers) => Decoded<out>
}

export interface LogSource {
  readonly logs: ReadonlyMap<string, readonly Log[]>
}

/** An event, with a decoder compiled for it; `of` gives the decoded arguments by name together with the raw log. */
export interface LogProbe<args = Readonly<Record<string, unknown>>> {
  readonly key: string
  readonly address: Address
  readonly topic: Hex
  readonly of: (moment: LogSource) => readonly { readonly args: args; readonly log: Log }[]
}

/** A write, encoded. */
export interface EncodedCall {
  readonly to: Address
  readonly data: Hex
  readonly label: string
}

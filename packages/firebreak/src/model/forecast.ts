// What governance has decided upon, or may decide: calls that are carried out in simulation long before they can be on the chain.
import type { Answer, BlockRef, Grounds, Log } from './chain.ts'
import type { Address, Hex } from './hex.ts'

export interface ForecastCall {
  readonly to: Address
  readonly value: bigint
  readonly data: Hex
  /** It works only as part of the executor's own ceremony, which is not played: its failure says nothing. */
  readonly mayFail: boolean
}

/** A call that stops an operation before it is executed, and the read that says that it is stopped. Plain data: it is kept in the record. */
export interface Stop {
  /** The operation that it stops. */
  readonly operation: string
  readonly label: string
  readonly call: { readonly to: Address; readonly data: Hex; readonly label: string }
  /** What the call may use, once it has been tried. */
  readonly gas?: bigint | undefined
  /** A read of one word that then gives one of `is`. */
  readonly holds: { readonly key: string; readonly to: Address; readonly data: Hex; readonly label: string; readonly is: bigint }
}

/** One operation, to be tried once for each `key`. */
export interface Forecast {
  readonly key: string
  /** The same as long as the operation is the same. */
  readonly operation: string
  /** In a person's words: `proposal 12 of dao`. */
  readonly label: string
  /** Whose calls these will be: a timelock, a governor, or whoever asked an access manager. */
  readonly executor: Address
  readonly calls: readonly ForecastCall[]
  /** The governance's own call that executes them, where only time stands before it. */
  readonly direct: { readonly to: Address; readonly value: bigint; readonly data: Hex } | undefined
  /** Who proposed it, and would send the transaction. */
  readonly by: Address | undefined
  /** Seconds since 1970: when it can be executed at the earliest. */
  readonly time: bigint
  readonly subjects: readonly Address[]
  readonly evidence: Readonly<Record<string, string | number | bigint | boolean>>
  /** The transaction that brought it up. */
  readonly culprits: readonly Hex[]
  /** How it can still be stopped, the first to be tried first. */
  readonly stops: readonly Stop[]
}

/** What the reads and logs of the plan are at a time, with or without the calls. */
export interface Played {
  readonly answers: ReadonlyMap<string, Answer>
  readonly logs: ReadonlyMap<string, readonly Log[]>
  /** Why the calls fail, if they do. */
  readonly fails: string | undefined
}

export type ForecastOutcome =
  | (Grounds & {
      readonly ok: true
      readonly block: BlockRef
      /** Through the governance's own function, or by an understudy in the executor's place. */
      readonly way: 'direct' | 'understudy'
      /** The same time without the calls: what happens anyway is not their doing. */
      readonly control: Played
      readonly played: Played
    })
  /** The node could not be asked: it is tried again at the next block. */
  | { readonly ok: false; readonly why: string }

// A desire that is looked after: what was sent for it, by which authority, and what people were asked.
import type { Brake, Desire, Intent, Receipt } from '../model/brake.ts'
import type { EncodedCall } from '../model/call.ts'
import type { Address, Hex } from '../model/hex.ts'

export interface Wanted {
  desire: Desire
  readonly brake: Brake
  intents: Intent[]
  /** Sent by a key that no longer acts for it, and perhaps mined all the same. */
  former: readonly Intent[]
  pulls: number
  receipt: Receipt | undefined
  /** Signing takes a moment: a block that arrives meanwhile must not start a second effect. */
  signing: boolean
  /** Who brings it about at present. */
  authority: string
  /** What the authority's key sends instead of the brake's own calls. */
  outer: Outer | undefined
  /** Authorities whose effects came to nothing on the chain. */
  readonly failed: Set<string>
  /** What people have before them. */
  asked: Asked | undefined
  /** What was done so that an authority may act (scheduled, proposed, queued), by its calldata: the transaction that did it. */
  prepared?: Map<Hex, Hex>
  /** What was said last about an authority that cannot act, so that it is said once. */
  readonly told: Map<string, string>
}

export interface Outer {
  readonly calls: readonly EncodedCall[]
  readonly completes: boolean
}

export interface Asked {
  readonly id: Hex
  readonly authority: string
  readonly has: readonly Address[]
  readonly refused: readonly string[]
}

/** What the desire is about: the brake's calls, or, when people asked to release it, its undo. */
export const ownCalls = ({ desire, brake }: Pick<Wanted, 'desire' | 'brake'>): Brake['calls'] =>
  desire.does === 'undo' ? brake.undo : brake.calls

/** What is sent for it. */
export const callsOf = (one: Pick<Wanted, 'desire' | 'brake' | 'outer'>): Brake['calls'] => one.outer?.calls ?? ownCalls(one)

/** The name that the gas of these calls is measured under; what only prepares is never measured. */
export const gasName = (brake: string, does: Desire['does'], by?: string): string => {
  const what = does === 'undo' ? `undo ${brake}` : brake
  return by === undefined ? what : `${what} by ${by}`
}

export const gasNameOf = (one: Pick<Wanted, 'desire' | 'brake' | 'outer' | 'authority'>): string =>
  one.outer === undefined
    ? gasName(one.brake.name, one.desire.does)
    : one.outer.completes
      ? gasName(one.brake.name, one.desire.does, one.authority)
      : `prepare ${one.brake.name}`

/** Whether an effect is one of those that are wanted now: the call may have become another while it was under way. */
export function isOf(intent: Intent, one: Pick<Wanted, 'outer'>): boolean {
  const { outer } = intent
  if (!outer || !one.outer) return outer === undefined && one.outer === undefined
  return one.outer.calls.some((call) => call.to === outer.to && call.data === outer.data)
}

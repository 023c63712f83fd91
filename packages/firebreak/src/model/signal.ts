// A detector's finding about a moment, with its name in the plan.
import type { Finding } from './detector.ts'
import type { Hex } from './hex.ts'
import type { MomentRef } from './moment.ts'

export interface Signal extends Finding {
  /** Derived from watch and moment, so that a replay gives the same. */
  readonly id: Hex
  /** The watch's name in the plan, or `firebreak` for what the engine says of itself. */
  readonly watch: string
  readonly kind: string
  readonly moment: MomentRef
  /** Milliseconds, from the input that carried the moment. */
  readonly at: number
  /** Senders and attack contracts behind the culprits: what correlation goes by. */
  readonly actors: readonly Hex[]
}

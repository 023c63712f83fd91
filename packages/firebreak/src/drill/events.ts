// What happens in a drill, as it happens: what the command line and the demo tell their stories from.
import type { Effect, Input } from '../engine/inputs.ts'
import type { Dollars } from '../model/money.ts'
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'

/** One transaction of a block: whose it was, and whether it did what it meant to. */
export interface MinedTransaction {
  readonly hash: Hex
  readonly role: 'attack' | 'brake' | 'other'
  readonly ok: boolean
}

export interface MinedBlock {
  readonly number: bigint
  readonly txs: readonly MinedTransaction[]
  /** Since the attack began, at the end of this block. */
  readonly lost: Dollars
}

export type DrillEvent =
  | { readonly kind: 'building'; readonly drill: string; readonly about: string }
  | { readonly kind: 'built'; readonly plan: ResolvedPlan; readonly head: bigint }
  | { readonly kind: 'act'; readonly name: string }
  /** Hidden: it goes to a builder, and nobody sees it before it is mined. */
  | { readonly kind: 'attack'; readonly round: number; readonly hidden: boolean; readonly txs: readonly Hex[]; readonly name?: string }
  /** So many waiting transactions of other people, around the attack. */
  | { readonly kind: 'flood'; readonly count: number }
  | { readonly kind: 'noAttack'; readonly round: number; readonly why: string }
  | { readonly kind: 'engine'; readonly input: Input; readonly effects: readonly Effect[] }
  | { readonly kind: 'trouble'; readonly what: string }
  | { readonly kind: 'block'; readonly watched: boolean; readonly block: MinedBlock }
  /** From here on the same again, from the same snapshot, without Firebreak. */
  | { readonly kind: 'alone' }

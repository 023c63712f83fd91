// What the chain is asked before a brake is pulled, and what was chosen from the answers.
import type { Answer, BlockRef } from './chain.ts'
import type { Address, Hex } from './hex.ts'
import type { Dollars } from './money.ts'

/** One call of a trial, as explicit as a real transaction: nothing is left for a node to fill in. */
export interface TrialCall {
  readonly from: Address
  readonly to: Address | undefined
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  readonly maxFee: bigint
  readonly maxTip: bigint
  readonly nonce: bigint
}

/** Blocks simulated one after another on top of `base`; holdings are read at the end of each. */
export interface Trial {
  readonly id: string
  readonly base: BlockRef
  /** Empty for a control run. */
  readonly brakes: readonly string[]
  /** `as seen`, or the mutation in words; trials of one form are compared with that form's control run. */
  readonly form: string
  readonly steps: readonly (readonly TrialCall[])[]
  /** Rewritten code of attack contracts. */
  readonly code: Readonly<Record<Address, Hex>>
}

export type TrialOutcome =
  | {
      readonly ok: true
      readonly steps: readonly {
        readonly calls: readonly { readonly ok: boolean; readonly gasUsed: bigint; readonly why: string }[]
        readonly answers: ReadonlyMap<string, Answer>
      }[]
    }
  | { readonly ok: false; readonly why: string }

export interface Question {
  readonly id: string
  readonly incident: string
  readonly trials: readonly Trial[]
}

export interface Candidate {
  readonly brakes: readonly string[]
  /** The worst case over all applicable forms, in dollars. */
  readonly residual: Dollars
  readonly cost: Dollars
  /** Loss per form; only forms whose own control run loses count. */
  readonly forms: readonly { readonly form: string; readonly loss: Dollars }[]
  /** Why the brake itself would fail, if it would. */
  readonly fails: string | undefined
}

/** pull: automatic, inside the plan's bounds · propose: waits for people · hold: no act, and why. */
export type Verdict = 'pull' | 'propose' | 'hold'

export interface Decision {
  readonly id: string
  readonly incident: string
  readonly at: number
  readonly block: { readonly number: bigint; readonly hash: Hex }
  readonly verdict: Verdict
  readonly why: string
  /** The rule of the plan that was followed, counted from 0. */
  readonly rule: number
  readonly brakes: readonly string[]
  readonly proof: 'proven' | 'unproven'
  /** Loss of the control run that weighed most: what happens if nobody acts. */
  readonly predictedLoss: Dollars
  readonly confidence: number
  /** The likelihood above which pulling pays; absent where nothing was compared. */
  readonly breakEven: number | undefined
  readonly candidates: readonly Candidate[]
  /** Forms whose control run lost nothing: they prove nothing and are listed. */
  readonly inapplicable: readonly string[]
  /** Assets at risk for which no mutation applied. */
  readonly untested: readonly { readonly asset: string; readonly dollars: Dollars }[]
  /** Assets without a trusted price: their loss could not be counted. */
  readonly unpriced: readonly string[]
  readonly tipToBeat: bigint
}

// What the chain is asked before a brake is pulled, and what was chosen from the answers.
import type { EncodedCall } from './call.ts'
import type { Answer, BlockRef, Grounds, Transaction } from './chain.ts'
import type { Stop } from './forecast.ts'
import type { Address, Hex } from './hex.ts'
import type { Dollars } from './money.ts'

/** One call of a trial, with explicit gas and fees; only the nonce may be left to the node, which knows the state. */
export interface TrialCall {
  readonly from: Address
  readonly to: Address | undefined
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  readonly maxFee: bigint
  readonly maxTip: bigint
  readonly nonce: bigint | undefined
  /** Access list, authorizations and blobs, as the node sent them. */
  readonly extras?: Readonly<Record<string, unknown>> | undefined
  /** A brake's own call: where its gas was measured, it is simulated with what it is sent with, or a key with little would seem to have none. */
  readonly ours?: { readonly brake: string; readonly call: number } | undefined
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
  /** Single storage words that stand for the consent that a route waits for. */
  readonly storage?: StorageWords | undefined
  /** An account that sends what others agreed on, and is lent coins for its gas; never an attacker's, an authority's or anybody's own. */
  readonly lends?: Address | undefined
}

/** By contract and slot. */
export type StorageWords = Readonly<Record<Address, Readonly<Record<Hex, Hex>>>>

export type TrialOutcome = Grounds &
  (
    | {
        readonly ok: true
        readonly steps: readonly {
          readonly calls: readonly { readonly ok: boolean; readonly gasUsed: bigint; readonly why: string }[]
          readonly answers: ReadonlyMap<string, Answer>
        }[]
      }
    | { readonly ok: false; readonly why: string }
  )

/** The attack as it was seen: what has to be carried out on `base` to repeat it. */
export interface Attack {
  readonly origin: 'pending' | 'mined'
  /** The state before the attack. */
  readonly base: BlockRef
  /** The block that it could be repeated on; the same as `base` for a pending attack. */
  readonly head: BlockRef
  /** The sender's queue, the attack last. */
  readonly txs: readonly Transaction[]
  /** Code of the contracts that belong to the attacker. */
  readonly code: Readonly<Record<Address, Hex>>
}

/** A brake's calls as its authority would have them sent, once everybody has agreed. */
export interface Way {
  readonly authority: string
  readonly from: Address
  readonly calls: readonly EncodedCall[]
  readonly storage: StorageWords
  /** `from` is nobody in particular, and has no coins of its own. */
  readonly lends?: true | undefined
}

/** One attack and the brakes that may answer it; what to simulate follows from it alone. */
export interface Question {
  readonly id: string
  readonly incident: string
  readonly attack: Attack
  /** Brakes that the matching rules name, in the plan's order. */
  readonly candidates: readonly string[]
  /** Brakes that we want already and that do not hold at a base, by its hash: part of every trial there, the control run too. */
  readonly standing: Readonly<Record<Hex, readonly string[]>>
  /** Amounts of the plan's holdings by block hash, in the plan's order; absent where a read failed. */
  readonly before: Readonly<Record<Hex, readonly (bigint | undefined)[]>>
  /** Trusted dollars per whole token, by asset. */
  readonly prices: Readonly<Record<string, Dollars>>
  /** Present values of the levers that move a parameter, by brake. */
  readonly levers: Readonly<Record<string, bigint>>
  /** How a brake would come about, by brake, where it is more than its calls from its first authority's own key. */
  readonly ways?: Readonly<Record<string, Way>> | undefined
}

export interface Candidate {
  readonly brakes: readonly string[]
  /** The worst case over all applicable forms, in dollars. */
  readonly residual: Dollars
  readonly cost: Dollars
  /** The most that it saves in one of the forms. */
  readonly saves: Dollars
  /** Loss per form; only forms whose own control run loses count. */
  readonly forms: readonly { readonly form: string; readonly loss: Dollars }[]
  /** Why the brake itself would fail, if it would. */
  readonly fails: string | undefined
}

/** What the trials showed, before the plan's bounds are applied. */
export interface Comparison {
  readonly proof: 'proven' | 'unproven'
  readonly why: string
  /** The cheapest sufficient set; absent when nothing was proven or nothing suffices. */
  readonly chosen: readonly string[] | undefined
  /** Where nothing suffices: the smallest set that leaves no more of any form than all together would. Absent when nothing helps. */
  readonly closest?: readonly string[] | undefined
  /** Loss of the attack exactly as seen, if nobody acts. */
  readonly predictedLoss: Dollars
  /** Loss of the worst form, if nobody acts. */
  readonly worstLoss: Dollars
  readonly candidates: readonly Candidate[]
  /** Forms whose control run lost nothing: they prove nothing and are listed. */
  readonly inapplicable: readonly string[]
  /** Assets at risk for which no mutation applied. */
  readonly untested: readonly { readonly asset: string; readonly dollars: Dollars }[]
  /** Assets without a trusted price: their loss could not be counted. */
  readonly unpriced: readonly string[]
}

/** What kept us from pulling by ourselves. `breakEven` alone is decided again when confidence rises. */
export type Obstacle =
  | 'noRule'
  /** No candidate that is not pulled already helps. */
  | 'noBrake'
  /** The plan leaves it to people. */
  | 'rule'
  /** A second guess without proof. */
  | 'unproven'
  | 'released'
  | 'breakEven'
  | 'budget'
  | 'coolDown'
  | 'pulls'
  /** It rests on one operator's word, or on a disputed one, and is about more than the plan allows for that. */
  | 'alone'

/** pull: automatic, inside the plan's bounds · propose: waits for people · hold: no act, and why. */
export type Verdict = 'pull' | 'propose' | 'hold'

export interface Decision {
  readonly id: string
  readonly incident: string
  readonly at: number
  readonly block: { readonly number: bigint; readonly hash: Hex }
  readonly verdict: Verdict
  /** Absent for a pull. */
  readonly obstacle: Obstacle | undefined
  readonly why: string
  /** The rule of the plan that was followed, counted from 0. */
  readonly rule: number
  readonly brakes: readonly string[]
  readonly confidence: number
  /** The suspicions that this settles, so that a restart does not decide them again. */
  readonly about: readonly string[]
  /** The likelihood above which pulling pays. */
  readonly breakEven: number | undefined
  readonly comparison: Comparison
  /** The operators on whose word alone it rests; absent when two agreed on everything behind it. */
  readonly alone?: string | undefined
  /** A first step: confidence does not justify yet what would suffice, and the rest follows as evidence grows. */
  readonly staged?: true | undefined
  /** What a veto stops; absent for every other brake. */
  readonly stop?: Stop | undefined
  readonly tipToBeat: bigint
  readonly feeToBeat: bigint
}

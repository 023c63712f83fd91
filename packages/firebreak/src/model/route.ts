// A route is how one authority brings calls about: by a key alone, through people's signatures, or through a delay.
import type { EncodedCall, Answers, Probe } from './call.ts'
import type { StorageWords } from './decision.ts'
import type { Address, Hex } from './hex.ts'
import type { Json } from './journal.ts'

/** A proposal that waits for people, as far as it has come. */
export interface Ask {
  /** What is signed or voted on: the same calls at the same turn always give the same id. */
  readonly id: Hex
  /** In one sentence. */
  readonly says: string
  /** How many have to agree, who did, and who may still. */
  readonly needs: number
  readonly has: readonly Address[]
  readonly lacks: readonly Address[]
  /** What came in and does not count, with the reason. */
  readonly refused: readonly { readonly from: string; readonly why: string }[]
  /** What a signer should know first: an unknown guard or module, a rival for the same nonce. */
  readonly notes: readonly string[]
  /** What a signer's tool needs to check and sign it by itself. */
  readonly proposal: Json
}

/** What an authority has to do next so that a brake's calls come about; pure, from reads at one block. */
export type RouteStep =
  /** Outer calls for the route's key to send, in order (schedule, execute, execTransaction…). `completes`: the last of them carries out the brake's calls. */
  | { readonly kind: 'send'; readonly calls: readonly EncodedCall[]; readonly completes: boolean }
  /** `until`: chain time in seconds, where it is known. */
  | { readonly kind: 'wait'; readonly until: bigint | undefined; readonly why: string }
  /** A proposal that waits for signatures. */
  | { readonly kind: 'people'; readonly ask: Ask }
  /** It cannot go on like this; the next authority in the brake's `by` is tried. */
  | { readonly kind: 'stuck'; readonly why: string; readonly mend: string }

/** The outer calls as they are once everybody has agreed and every delay is over: for simulations alone. */
export type Rehearsal =
  | {
      readonly ok: true
      readonly calls: readonly EncodedCall[]
      /** Storage words that stand for people's consent and for time gone by; nothing else is changed. */
      readonly storage: StorageWords
    }
  | { readonly ok: false; readonly why: string }

export interface Route {
  readonly authority: string
  /** The key authority that pays and sends the outer calls; undefined where people do it. */
  readonly sender: string | undefined
  /** Reads that `next`, `rehearse` and `delay` need, given what is known already: asked again with the answers until it names nothing new. */
  readonly reads: (calls: readonly EncodedCall[], known: Answers) => readonly Probe[]
  readonly next: (calls: readonly EncodedCall[], at: Answers & { readonly timestamp: bigint }) => RouteStep
  /** With `at` as close to the real thing as that state allows (real owners, real nonce); without, for comparisons that cannot read first. */
  readonly rehearse: (
    calls: readonly EncodedCall[],
    at: (Answers & { readonly timestamp?: bigint }) | undefined,
    /** A day of the chain's time at which the simulation may take place, for contracts where what was scheduled expires. */
    since?: bigint,
  ) => Rehearsal
  /** Milliseconds from wanting to holding that no haste shortens: timelock delay, voting period, signers' time. */
  readonly delay: (at: Answers, calls?: readonly EncodedCall[]) => { readonly ms: number; readonly why: string }
  /** What people should know about the authority itself: an unknown guard, a module that needs nobody's leave. */
  readonly findings: (at: Answers) => readonly string[]
}

// A question to several endpoints, what comes of it, and whoever decides between them.
import type { Difference } from './same.ts'
import type { Endpoint, Standings } from './standing.ts'

export interface Ask<value> {
  /** The block that it is about: what an endpoint does not know of one block is held against it once. */
  readonly about: string
  readonly among: readonly Endpoint[]
  /** Undefined: it does not know this (yet). */
  readonly ask: (endpoint: Endpoint) => Promise<value | undefined>
  readonly differ: (a: value, b: value) => Difference
  /** What is right, worked out from proofs; absent for what nobody answers for with its standing. */
  readonly prove?: (() => Promise<value | undefined>) | undefined
  /** What is proven may differ in what cannot be known exactly. */
  readonly differFromProof?: (a: value, b: value) => Difference
  /** Differences are told and settled; otherwise more operators win, and nobody is blamed. */
  readonly strict: boolean
  /** There are dozens of these at once: whoever is known to be slow is asked only when the others do not agree soon. */
  readonly sparing?: boolean | undefined
  /** What to make of answers that no two operators share. */
  readonly merge?: (values: readonly value[]) => value
  readonly onDispute: (dispute: Dispute) => void
  /** What was handed on by one word turned out to be so, or not. */
  readonly onSecondThought?: (kind: 'confirmed' | 'refuted', value: value) => void
}

export interface Dispute {
  readonly sides: readonly { readonly operators: readonly string[]; readonly says: string }[]
  readonly against: readonly string[]
  readonly settledBy: 'proof' | 'nothing'
}

export interface Ruling<value> {
  readonly value: value
  readonly alone: string | undefined
}

export interface Referee {
  readonly standings: Standings
  /** How many operators have to agree. */
  readonly needed: number
  readonly aloneAfterMs: number
  /** Something was handed on by one word; the promise ends when others have spoken, or will not any more. */
  readonly awaiting: (second: Promise<void>) => void
  readonly now: () => number
  readonly later: (ms: number, run: () => void) => () => void
  /** Proofs are worked out one after another: the first usually ends all the other disputes, too. */
  readonly inTurn: <value>(still: () => boolean, prove: () => Promise<value | undefined>) => Promise<value | undefined>
}

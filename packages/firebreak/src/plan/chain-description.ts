// What a plan says about a chain: its name, id, endpoints, what their agreement is worth, and what kind of chain it is.
import type { DollarText, Duration } from '../base/units.ts'
import type { Address } from '../model/hex.ts'
import type { EnvRef, FileRef, KeystoreRef } from './references.ts'

/** Endpoint URLs often carry an API key, so they are secrets: `env(…)` or `file(…)`, never text. */
export type UrlRef = EnvRef | FileRef

export interface Endpoint {
  readonly url: UrlRef
  /** Who runs it; endpoints of one operator count once. */
  readonly operator: string
}

/** What one operator's word is good for, where several could have given theirs. */
export interface AgreementDescription {
  /** How long a first answer waits for a second operator's; '300ms' unless given. */
  readonly aloneAfter?: Duration
  /** Exposure up to which a brake is pulled automatically on one operator's word; '$100,000' unless given. */
  readonly aloneUpTo?: DollarText
}

export interface ProfileDescription {
  /** 'none' where waiting transactions are seen by the sequencer alone; 'public' unless given. */
  readonly mempool?: 'public' | 'none'
  /** 'one' where one party orders all transactions, or the feed that says whether it is up (Chainlink's interface). */
  readonly sequencer?: 'one' | { readonly uptimeFeed: Address }
}

/** Who hands a brake to block builders without showing it to anybody else. */
export interface RelayDescription {
  readonly url: UrlRef
  /** Which request it takes; 'private-transaction' unless given. */
  readonly kind?: 'private-transaction' | 'bundle'
  /** Blocks without inclusion after which a brake goes to the public mempool, too; 3 unless given. */
  readonly publicAfter?: number
  /** A key that requests are signed with, and that does nothing else. */
  readonly auth?: EnvRef | FileRef | KeystoreRef
}

export interface ChainDescription<name extends string = string> {
  readonly kind: 'chain'
  readonly name: name
  readonly id: number
  readonly endpoints: readonly Endpoint[]
  readonly agreement: AgreementDescription
  readonly profile: ProfileDescription
  readonly relay?: RelayDescription
  readonly finality: number
}

// The resolved plan: every name settled, every call encoded, every fault already reported.
import type { Authority, Brake, SecretRef, Veto } from './brake.ts'
import type { Detector } from './detector.ts'
import type { Address, Hex } from './hex.ts'
import type { Asset, Dollars, Holding } from './money.ts'
import type { Voice } from './voice.ts'

export interface ResolvedChain {
  readonly name: string
  readonly id: number
  /** At least one, in the plan's order. */
  readonly endpoints: readonly { readonly url: SecretRef; readonly operator: string }[]
  readonly agreement: Agreement
  readonly profile: ChainProfile
  /** Absent where everything goes through the public mempool. */
  readonly relay?: RelayRef
  /** Blocks after which a branch cannot come back: detector states older than this are dropped. */
  readonly finality: number
}

/** What one operator's word is good for, where several could have given theirs. */
export interface Agreement {
  /** How long a first answer waits for a second operator's. */
  readonly aloneAfterMs: number
  /** Exposure up to which a brake is pulled automatically on such a word. */
  readonly aloneUpTo: Dollars
}

/** What kind of chain it is: which lines of defence there are at all. */
export interface ChainProfile {
  /** Whether waiting transactions can be seen by anybody. */
  readonly mempool: 'public' | 'none'
  /** Present where one party orders all transactions; the feed says whether it is up. */
  readonly sequencer: { readonly uptimeFeed: Address | undefined } | undefined
}

/** Who hands transactions to block builders without showing them to anybody else. */
export interface RelayRef {
  readonly url: SecretRef
  /** Which request it takes: `eth_sendPrivateTransaction` or `eth_sendBundle`. */
  readonly kind: 'private-transaction' | 'bundle'
  /** Blocks without inclusion after which a brake goes to the public mempool, too. */
  readonly publicAfter: number
  /** A key that requests are signed with and that can do nothing else. */
  readonly auth: SecretRef | undefined
}

export interface Rule {
  readonly watches: readonly string[]
  /** In the plan's own order, which holds when nothing can be proven. */
  readonly brakes: readonly string[]
  /** Against what governance is about to do; absent where the rule names none. */
  readonly vetoes?: readonly string[]
  readonly act:
    | { readonly kind: 'automatically'; readonly atMost: { readonly count: number; readonly perMs: number }; readonly coolDownMs: number }
    | { readonly kind: 'propose'; readonly to: string }
}

export interface Bounds {
  /** Residual up to which a brake is sufficient. */
  readonly tolerates: Dollars
  /** What untested value does to the choice. */
  readonly untested: 'report' | 'widen'
  readonly priceWindowBlocks: number
  /** Share of what is saved that may be spent on fees, in basis points, and the gas money that is never touched. */
  readonly feeShareBps: number
  readonly feeReserveWei: bigint
  /** Silence after which an incident that is contained closes by itself. */
  readonly quietMs: number
}

export interface ResolvedPlan {
  readonly name: string
  readonly hash: Hex
  readonly chains: readonly ResolvedChain[]
  readonly contracts: readonly { readonly name: string; readonly chain: string; readonly address: Address }[]
  readonly assets: readonly Asset[]
  readonly holdings: readonly Holding[]
  readonly watches: readonly {
    readonly name: string
    readonly detector: Detector
    /** It blocked the process in an earlier life and is not run until the plan changes. */
    readonly leftOut?: boolean
  }[]
  readonly authorities: readonly Authority[]
  readonly brakes: readonly Brake[]
  /** Absent where there are none. */
  readonly vetoes?: readonly Veto[]
  readonly rules: readonly Rule[]
  readonly bounds: Bounds
  /** Absent where nobody is told. */
  readonly voice?: Voice
  /** The canonical form that was hashed: what `accept` shows the difference of. */
  readonly canonical: string
}

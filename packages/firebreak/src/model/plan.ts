// The resolved plan: every name settled, every call encoded, every fault already reported.
import type { Authority, Brake, SecretRef } from './brake.ts'
import type { Detector } from './detector.ts'
import type { Address, Hex } from './hex.ts'
import type { Asset, Dollars, Holding } from './money.ts'

export interface ResolvedChain {
  readonly name: string
  readonly id: number
  readonly endpoint: { readonly url: SecretRef; readonly operator: string }
  /** Blocks after which a branch cannot come back: detector states older than this are dropped. */
  readonly finality: number
}

export interface Rule {
  readonly watches: readonly string[]
  /** In the plan's own order, which holds when nothing can be proven. */
  readonly brakes: readonly string[]
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
  readonly watches: readonly { readonly name: string; readonly detector: Detector }[]
  readonly authorities: readonly Authority[]
  readonly brakes: readonly Brake[]
  readonly rules: readonly Rule[]
  readonly bounds: Bounds
  /** The canonical form that was hashed: what `accept` shows the difference of. */
  readonly canonical: string
}

// Dollars and assets: every amount is a bigint, so that a loss of nothing is exactly nothing.
import type { Probe } from './call.ts'
import type { Address } from './hex.ts'

/** Dollars with 18 decimals: 10n ** 18n is one dollar. */
export type Dollars = bigint

export interface Amount {
  /** The asset's name in the plan. */
  readonly asset: string
  readonly amount: bigint
}

export interface Asset {
  readonly name: string
  readonly chain: string
  /** Absent for the chain's own coin. */
  readonly token: Address | undefined
  readonly decimals: number
  readonly price:
    | { readonly kind: 'fixed'; readonly dollars: Dollars }
    | { readonly kind: 'read'; readonly probe: Probe<bigint>; readonly decimals: number; readonly source: Address }
}

/** An asset held by a contract that the plan protects: what an attack can carry away. */
export interface Holding {
  readonly asset: string
  readonly chain: string
  readonly holder: Address
  readonly balance: Probe<bigint>
}

// `cancels(…)` and `cancelled()` describe a veto: a brake that stops what governance is about to do, whichever proposal that will be.
import type { Address } from '../model/hex.ts'

interface Place {
  readonly address: Address
  readonly chain: string
}

export interface CancelsDescription {
  readonly kind: 'cancels'
  readonly chain: string
  readonly places: readonly Place[]
}

export interface CancelledDescription {
  readonly kind: 'cancelled'
}

/**
 * The cancelling call of a governor, timelock or access manager, for the operation that a `governance` watch found to do harm.
 * @example veto: { call: cancels(dao, timelock), holds: cancelled(), by: 'guardian', falsePauseCosts: '$50/h' }
 */
export function cancels(first: Place, ...others: readonly Place[]): CancelsDescription {
  return { kind: 'cancels', chain: first.chain, places: [first, ...others].map(({ address, chain }) => ({ address, chain })) }
}

/** The operation is cancelled: its own contract says so. */
export function cancelled(): CancelledDescription {
  return { kind: 'cancelled' }
}

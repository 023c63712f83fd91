// `timelock(…)`, `accessManager(…)` and `governor(…)` say who acts after a delay: the contract, and the key that asks it to.
import type { Address } from '../model/hex.ts'
import type { ChainDescription } from './chain-description.ts'

export interface DelayedOptions {
  readonly address: Address
  readonly chain: ChainDescription
  /** The key of this plan that schedules, or proposes, and executes, and pays for it. */
  readonly sender: string
}

export interface GovernorOptions extends DelayedOptions {
  /** Whose governor it is; 'openzeppelin' unless given. */
  readonly flavour?: 'openzeppelin' | 'bravo'
}

export type DelayedDescription =
  | (DelayedOptions & { readonly kind: 'timelock' | 'accessManager' })
  | (GovernorOptions & { readonly kind: 'governor' })

/**
 * OpenZeppelin's TimelockController: what the sender schedules is executed after the contract's own delay.
 * @example timelock({ address: '0x…', chain: mainnet, sender: 'sentinel' })
 */
export function timelock(options: DelayedOptions): DelayedDescription {
  return { ...options, kind: 'timelock' }
}

/**
 * OpenZeppelin's AccessManager: the sender's role says what it may call at once, and what only after a delay.
 * @example accessManager({ address: '0x…', chain: mainnet, sender: 'sentinel' })
 */
export function accessManager(options: DelayedOptions): DelayedDescription {
  return { ...options, kind: 'accessManager' }
}

/**
 * OpenZeppelin's Governor or Compound's GovernorBravo: the sender proposes, queues and executes; people vote.
 * @example governor({ address: '0x…', chain: mainnet, sender: 'sentinel' })
 */
export function governor(options: GovernorOptions): DelayedDescription {
  return { ...options, kind: 'governor' }
}

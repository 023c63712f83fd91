// What the drill's parts share: a market, its users, and the protocol as it was deployed.
import type { Actor, Address } from 'firebreak'
import type { Coin } from '../shared/coins.ts'
import type { Contract } from '../shared/submit.ts'
import type { Contracts } from './contracts.ts'

export const marketNames = ['usdc', 'weth', 'wbtc', 'dai'] as const
export type MarketName = (typeof marketNames)[number]

export interface Market {
  readonly coin: Coin
  readonly cToken: Contract
  readonly token: Contract
  /** Mantissa: 0.7e18 lends 70 % of what is supplied. */
  readonly collateralFactor: bigint
}

/** The honest users, and the one whose collateral barely covers its debt. */
export interface People {
  readonly whale: Actor
  readonly supplier: Actor
  readonly borrower: Actor
  /** Borrows so much that a fall of its collateral by a few per cent makes it liquidatable. */
  readonly edge: Actor
  readonly edgeCollateral: Market
  readonly edgeDebt: Market
  readonly liquidator: Actor
}

export interface Protocol {
  readonly contracts: Contracts
  readonly admin: Actor
  readonly keeper: Actor
  readonly guardian: Actor
  readonly comptroller: Contract
  readonly oracle: Contract
  readonly lender: Address
  /** In the order in which they were listed. */
  readonly markets: readonly Market[]
  readonly listing: Market
  /** Whole dollars supplied to all markets in use together. */
  readonly supplied: bigint
  readonly people: People
  readonly deployment: Readonly<Record<string, unknown>>
}

/** As far as it stands while its first users arrive. */
export type Base = Pick<Protocol, 'contracts' | 'admin' | 'comptroller' | 'markets'>

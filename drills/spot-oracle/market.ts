// What the drill's parts share: the pool, its assets, the exchange and the users.
import type { Actor } from 'firebreak'
import type { Coin } from '../shared/coins.ts'
import type { Contract } from '../shared/submit.ts'
import type { Contracts } from './contracts.ts'

export const lendableNames = ['usdc', 'weth', 'wbtc', 'dai'] as const
export type LendableName = (typeof lendableNames)[number]

export interface Lendable {
  readonly coin: Coin
  readonly token: Contract
  readonly feed: Contract
}

export interface People {
  readonly whale: Actor
  readonly supplier: Actor
  readonly borrower: Actor
  /** Borrows dollars so near to the limit that a fall of ether by a few per cent makes it liquidatable. */
  readonly edge: Actor
  readonly liquidator: Actor
  readonly trader: Actor
}

export interface Protocol {
  readonly contracts: Contracts
  readonly admin: Actor
  readonly keeper: Actor
  readonly guardian: Actor
  readonly pool: Contract
  /** In the order in which they were listed. */
  readonly lendable: readonly Lendable[]
  readonly usdc: Lendable
  readonly weth: Lendable
  /** The token that a thin pair prices. */
  readonly reef: { readonly coin: Coin; readonly token: Contract; readonly factor: bigint }
  /** reef/weth, whose spot price the pool trusts. */
  readonly thin: Contract
  /** reef/weth at another exchange, which nobody trusts. */
  readonly other: Contract
  /** weth/usdc, deep enough to borrow a push from. */
  readonly deep: Contract
  /** Ether on one side of the thin pair. */
  readonly thinEther: bigint
  /** Whole dollars that the pool can lend out. */
  readonly supplied: bigint
  readonly people: People
  readonly deployment: Readonly<Record<string, unknown>>
}

/** As far as it stands while its first users arrive. */
export type Base = Omit<Protocol, 'people' | 'supplied' | 'deployment'>

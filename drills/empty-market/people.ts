// The honest users of the drill's markets: who supplies, who borrows, and how close to the edge.
import type { Actor, Kit } from 'firebreak'
import { amountOf, type Coin } from '../shared/coins.ts'
import { ask } from './compound.ts'
import type { Base, Market, People } from './market.ts'

const max = 2n ** 256n - 1n

/** Gives coins, with the approval that every user of a market has given at some time. */
export async function fund(kit: Kit, base: Base, who: Actor, market: Market, dollars: bigint): Promise<bigint> {
  const amount = amountOf(market.coin, dollars)
  await kit.call(base.admin, market.coin.address, market.token.abi, 'transfer', [who.address, amount])
  await kit.call(who, market.coin.address, market.token.abi, 'approve', [market.cToken.address, max])
  return amount
}

async function supply(kit: Kit, base: Base, who: Actor, market: Market, dollars: bigint): Promise<void> {
  await ask(kit, who, market.cToken, 'mint', [await fund(kit, base, who, market, dollars)])
}

const named = (markets: readonly Market[], name: Coin['name']): Market => {
  const market = markets.find(({ coin }) => coin.name === name)
  if (!market) throw new Error(`no market ${name}`)
  return market
}

/** Fills the markets and lets ordinary life go on for some blocks. */
export async function settle(kit: Kit, base: Base): Promise<{ readonly people: People; readonly supplied: bigint }> {
  const { random } = kit
  const { markets } = base
  const [whale, supplier, borrower] = [await kit.actor('whale'), await kit.actor('supplier'), await kit.actor('borrower')]
  const [edge, liquidator] = [await kit.actor('edge'), await kit.actor('liquidator')]

  let supplied = 0n
  for (const market of markets) {
    const total = random.big(2_000n, 12_000n) * 1_000n
    await supply(kit, base, whale, market, (total * 55n) / 100n)
    await supply(kit, base, supplier, market, (total * 45n) / 100n)
    supplied += total
  }

  // Everybody borrows the next market's asset against the one before it.
  for (const [i, market] of markets.entries()) {
    const next = markets[(i + 1) % markets.length] ?? market
    const dollars = random.big(300n, 900n) * 1_000n
    await supply(kit, base, borrower, market, dollars)
    await ask(kit, borrower, base.comptroller, 'enterMarkets', [[market.cToken.address]])
    await ask(kit, borrower, next.cToken, 'borrow', [amountOf(next.coin, (dollars * random.big(25n, 40n)) / 100n)])
    await kit.call(borrower, next.coin.address, next.token.abi, 'approve', [next.cToken.address, max])
    supplied += dollars
  }

  const [edgeCollateral, edgeDebt] = [named(markets, 'weth'), named(markets, 'usdc')]
  await supply(kit, base, edge, edgeCollateral, 60_000n)
  await ask(kit, edge, base.comptroller, 'enterMarkets', [[edgeCollateral.cToken.address]])
  const limit = (60_000n * edgeCollateral.collateralFactor) / 10n ** 18n
  await ask(kit, edge, edgeDebt.cToken, 'borrow', [amountOf(edgeDebt.coin, (limit * 97n) / 100n)])
  await fund(kit, base, liquidator, edgeDebt, 50_000n)
  supplied += 60_000n

  await kit.mine(random.whole(3, 9))
  const first = markets[0]
  if (first) await supply(kit, base, supplier, first, random.big(10n, 90n) * 1_000n)
  await kit.mine(random.whole(3, 9))
  return { people: { whale, supplier, borrower, edge, edgeCollateral, edgeDebt, liquidator }, supplied: supplied + 90_000n }
}

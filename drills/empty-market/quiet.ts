// The variant `quiet`: a busy week of ordinary life, as near to the plan's bounds as honest people come. Nothing here is a reason to act.
import type { Act, Kit } from 'firebreak'
import { amountOf } from '../shared/coins.ts'
import { submit } from '../shared/submit.ts'
import { cashOf } from './attack.ts'
import { outflow } from './bounds.ts'
import { number } from './compound.ts'
import { fund } from './people.ts'
import type { Market, Protocol } from './market.ts'

/** Long enough that what left before does not count any more. */
export const pastTheWindow = outflow.windowSeconds + 120

export function withdrawal(kit: Kit, protocol: Protocol, market: Market, percentOfBound: bigint): Act {
  return {
    name: `the whale withdraws ${market.coin.name} at ${percentOfBound} % of the bound`,
    run: async () => {
      await kit.wait(pastTheWindow)
      const amount = ((await cashOf(kit, market)) * outflow.ppm * percentOfBound) / 100_000_000n
      await submit(kit, protocol.people.whale, market.cToken, 'redeemUnderlying', [amount])
    },
  }
}

export function quietActs(kit: Kit, protocol: Protocol): readonly Act[] {
  const { people, markets, listing, admin, comptroller, contracts } = protocol
  const [first, second] = [markets[0], markets[1]]
  if (!first || !second) throw new Error('the drill needs two markets')
  return [
    {
      name: 'users supply, borrow and repay',
      run: async () => {
        await submit(kit, people.supplier, first.cToken, 'mint', [await fund(kit, protocol, people.supplier, first, 25_000n)])
        await submit(kit, people.borrower, second.cToken, 'borrow', [amountOf(second.coin, 5_000n)])
        await submit(kit, people.borrower, second.cToken, 'repayBorrow', [amountOf(second.coin, 3_000n)])
      },
    },
    withdrawal(kit, protocol, first, 90n),
    withdrawal(kit, protocol, second, 90n),
    {
      name: 'a flash loan is supplied and redeemed in one transaction',
      run: async () => {
        const visitor = await kit.actor('flash visitor')
        const address = await kit.deploy(contracts.FlashVisitor, [], visitor)
        await kit.call(admin, first.coin.address, first.token.abi, 'transfer', [address, amountOf(first.coin, 10n)])
        const args = [protocol.lender, first.coin.address, first.cToken.address, amountOf(first.coin, 400_000n)]
        await submit(kit, visitor, { address, abi: contracts.FlashVisitor.abi }, 'visit', args)
      },
    },
    ...liquidation(kit, protocol),
    ...upgrades(kit, protocol),
    ...[true, false].map((state) => ({
      name: `governance ${state ? 'pauses' : 'unpauses'} borrowing of ${second.coin.name} and seizing`,
      run: async () => {
        await submit(kit, admin, comptroller, '_setBorrowPaused', [second.cToken.address, state])
        await submit(kit, admin, comptroller, '_setSeizePaused', [state])
      },
    })),
    {
      name: 'the first honest supplier enters the new market',
      run: async () => {
        await submit(kit, people.supplier, listing.cToken, 'mint', [await fund(kit, protocol, people.supplier, listing, 50_000n)])
      },
    },
  ]
}

function liquidation(kit: Kit, protocol: Protocol): readonly Act[] {
  const { people, keeper, oracle } = protocol
  const { edge, edgeCollateral, edgeDebt, liquidator } = people
  const fallen = (edgeCollateral.coin.price * 92n * 10n ** BigInt(18 - edgeCollateral.coin.decimals)) / 100n
  return [
    {
      name: `${edgeCollateral.coin.name} falls by 8 % for everyone`,
      run: async () => {
        await submit(kit, keeper, oracle, 'post', [edgeCollateral.cToken.address, fallen])
      },
    },
    {
      name: 'a borrower is liquidated, and the liquidator takes its prize home',
      run: async () => {
        const debt = await number(kit, edgeDebt.cToken, 'borrowBalanceStored', [edge.address])
        await submit(kit, liquidator, edgeDebt.cToken, 'liquidateBorrow', [edge.address, (debt * 3n) / 10n, edgeCollateral.cToken.address])
        await kit.mine()
        const prize = await number(kit, edgeCollateral.cToken, 'balanceOf', [liquidator.address])
        if (prize === 0n) throw new Error('the borrower was not liquidated')
        await submit(kit, liquidator, edgeCollateral.cToken, 'redeem', [prize])
      },
    },
  ]
}

function upgrades(kit: Kit, protocol: Protocol): readonly Act[] {
  const { admin, comptroller, contracts, markets } = protocol
  const market = markets.at(-1)
  if (!market) return []
  return [
    {
      name: 'governance puts a new Comptroller behind the Unitroller',
      run: async () => {
        const brains = { address: await kit.deploy(contracts.Comptroller, [], admin), abi: contracts.Comptroller.abi }
        const unitroller = { address: comptroller.address, abi: contracts.Unitroller.abi }
        await submit(kit, admin, unitroller, '_setPendingImplementation', [brains.address])
        await submit(kit, admin, brains, '_become', [comptroller.address])
      },
    },
    {
      name: `governance gives ${market.coin.name} a new rate model and a new implementation`,
      run: async () => {
        const percent = 10n ** 16n
        const rates = await kit.deploy(
          contracts.JumpRateModelV2,
          [percent, 8n * percent, 120n * percent, 85n * percent, admin.address],
          admin,
        )
        const delegate = await kit.deploy(contracts.CErc20Delegate, [], admin)
        await submit(kit, admin, market.cToken, '_setInterestRateModel', [rates])
        await submit(kit, admin, { address: market.cToken.address, abi: contracts.CErc20Delegator.abi }, '_setImplementation', [
          delegate,
          true,
          '0x',
        ])
      },
    },
  ]
}

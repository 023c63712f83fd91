// The variant `quiet`: a busy week of ordinary life, as near to the plan's bounds as honest people come. Nothing here is a reason to act.
import type { Act, Kit } from 'firebreak'
import { amountOf } from '../shared/coins.ts'
import { submit } from '../shared/submit.ts'
import { cashOf } from './attack.ts'
import { outflow } from './bounds.ts'
import { reserves, trade } from './exchange.ts'
import type { Lendable, Protocol } from './market.ts'
import { fund } from './people.ts'

/** Long enough that what left before does not count any more. */
export const pastTheWindow = outflow.windowSeconds + 120

export function withdrawal(kit: Kit, protocol: Protocol, kind: Lendable, percentOfBound: bigint): Act {
  return {
    name: `the whale withdraws ${kind.coin.name} at ${percentOfBound} % of the bound`,
    run: async () => {
      await kit.wait(pastTheWindow)
      const amount = ((await cashOf(kit, protocol, kind)) * outflow.ppm * percentOfBound) / 100_000_000n
      await submit(kit, protocol.people.whale, protocol.pool, 'withdraw', [kind.coin.address, amount])
    },
  }
}

export function quietActs(kit: Kit, protocol: Protocol): readonly Act[] {
  const { people, lendable, pool, admin } = protocol
  const [first, second] = [lendable[0], lendable[1]]
  if (!first || !second) throw new Error('the drill needs two assets')
  return [
    {
      name: 'users deposit, borrow and repay',
      run: async () => {
        await submit(kit, people.supplier, pool, 'deposit', [
          first.coin.address,
          await fund(kit, protocol, people.supplier, first, 25_000n),
        ])
        await submit(kit, people.borrower, pool, 'borrow', [second.coin.address, amountOf(second.coin, 5_000n)])
        await submit(kit, people.borrower, pool, 'repay', [second.coin.address, amountOf(second.coin, 3_000n)])
      },
    },
    withdrawal(kit, protocol, first, 90n),
    withdrawal(kit, protocol, second, 90n),
    ...arbitrage(kit, protocol),
    ...liquidation(kit, protocol),
    ...upgrades(kit, protocol),
    ...[true, false].map((state) => ({
      name: `governance ${state ? 'pauses' : 'unpauses'} borrowing and deposits of reef`,
      run: async () => {
        await submit(kit, admin, pool, 'setBorrowsPaused', [state])
        await submit(kit, admin, pool, 'setDepositsPaused', [protocol.reef.coin.address, state])
      },
    })),
  ]
}

/** Somebody sells at the exchange that nobody trusts; a flash swap carries the difference to the one that the pool does. */
function arbitrage(kit: Kit, protocol: Protocol): readonly Act[] {
  const { people, reef, other, thin, contracts } = protocol
  return [
    {
      name: 'a trader sells reef at the other exchange',
      run: async () => {
        const { held } = await reserves(kit, other, reef.coin)
        await trade(kit, people.trader, other, reef.token, reef.coin, (held * 3n) / 100n)
      },
    },
    {
      name: 'a flash swap evens the two exchanges out',
      run: async () => {
        const runner = await kit.actor('arbitrageur')
        const address = await kit.deploy(contracts.Arbitrage, [], runner)
        const { held } = await reserves(kit, other, reef.coin)
        const args = [other.address, thin.address, reef.coin.address, (held * 12n) / 1000n]
        await submit(kit, runner, { address, abi: contracts.Arbitrage.abi }, 'run', args)
      },
    },
  ]
}

function liquidation(kit: Kit, protocol: Protocol): readonly Act[] {
  const { people, keeper, pool, weth, usdc } = protocol
  const { edge, liquidator } = people
  return [
    {
      name: 'ether falls by 8 % for everyone',
      run: async () => {
        await submit(kit, keeper, weth.feed, 'post', [(weth.coin.price * 92n) / 100n])
      },
    },
    {
      name: 'a borrower is liquidated',
      run: async () => {
        const debt = BigInt(String(await kit.read(pool.address, pool.abi, 'debtOf', [edge.address, usdc.coin.address])))
        await submit(kit, liquidator, pool, 'liquidate', [edge.address, usdc.coin.address, (debt * 3n) / 10n, weth.coin.address])
      },
    },
  ]
}

function upgrades(kit: Kit, protocol: Protocol): readonly Act[] {
  const { admin, keeper, pool, contracts, lendable } = protocol
  const kind = lendable.at(-1)
  if (!kind) return []
  return [
    {
      name: `governance gives ${kind.coin.name} a new rate model`,
      run: async () => {
        await submit(kit, admin, pool, 'setRates', [kind.coin.address, await kit.deploy(contracts.RateModel, [150n, 1_100n], admin)])
      },
    },
    {
      name: `governance moves ${kind.coin.name} to a new feed with the same price`,
      run: async () => {
        const price = await kit.read(kind.feed.address, kind.feed.abi, 'price')
        await submit(kit, admin, pool, 'setSource', [kind.coin.address, await kit.deploy(contracts.Feed, [price], keeper)])
      },
    },
  ]
}

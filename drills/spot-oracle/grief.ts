// The variant `grief`: people who want the plan to pause for nothing. No attack here can be included, and no push passes a bound.
import type { Act, Kit } from 'firebreak'
import { afterAGap, penniless, underpriced, unfunded, type Nuisance } from '../shared/nuisance.ts'
import { submit } from '../shared/submit.ts'
import { cashOf, equip, pledgeOf, prepare, pushOf, request, type Haul } from './attack.ts'
import { reserves, trade } from './exchange.ts'
import type { Protocol } from './market.ts'
import { pastTheWindow, withdrawal } from './quiet.ts'

export function griefActs(kit: Kit, protocol: Protocol): readonly Act[] {
  const { lendable, pool, people, thin, weth } = protocol
  const [first, second] = [lendable[0], lendable[1]]
  if (!first || !second) throw new Error('the drill needs two assets')

  /** The real attack on everything, complete and ready. */
  const staged = (name: string, send: Nuisance, times = 1n): Act => ({
    name,
    run: async () => {
      const from = await kit.actor(name)
      await equip(kit, protocol, from)
      const contract = await prepare(kit, protocol, from)
      const haul: Haul = {
        assets: lendable.map(({ coin }) => coin.address),
        amounts: await Promise.all(lendable.map(async (kind) => cashOf(kit, protocol, kind))),
        push: pushOf(protocol) * times,
        pledge: pledgeOf(protocol),
      }
      await send(kit, from, request(protocol, contract, haul, 2n * 10n ** 9n))
    },
  })

  return [
    staged('an attack after a nonce gap', afterAGap),
    staged('an underpriced attack', underpriced),
    staged('an attack from an account without money', unfunded),
    staged('an attack behind a transaction that gives its gas money away', penniless),
    staged(
      'an attack that reverts, because nobody lends that much',
      async (_, from, attack) => {
        await kit.broadcast(await kit.sign(from, attack))
      },
      1_000n,
    ),
    {
      name: 'somebody without collateral asks for everything',
      run: async () => {
        await submit(kit, await kit.actor('beggar'), pool, 'borrow', [first.coin.address, await cashOf(kit, protocol, first)])
      },
    },
    withdrawal(kit, protocol, first, 95n),
    withdrawal(kit, protocol, second, 95n),
    {
      name: 'a trader pushes the spot price by 90 % of the bound',
      run: async () => {
        await kit.wait(pastTheWindow)
        const { held } = await reserves(kit, thin, weth.coin)
        // 4.4 % more on one side: 9 % on the price, fee included.
        await trade(kit, people.trader, thin, weth.token, weth.coin, (held * 44n) / 1000n)
      },
    },
  ]
}

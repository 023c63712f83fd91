// The variant `grief`: people who want the plan to pause for nothing. No attack here can be included, and no push passes a bound.
import type { Act, Kit } from 'firebreak'
import { amountOf } from '../shared/coins.ts'
import { afterAGap, penniless, underpriced, unfunded, type Nuisance } from '../shared/nuisance.ts'
import { submit } from '../shared/submit.ts'
import { cashOf, donationOf, prepare, request } from './attack.ts'
import { priceStep, sharePrice } from './bounds.ts'
import { number } from './compound.ts'
import type { Protocol } from './market.ts'
import { pastTheWindow, withdrawal } from './quiet.ts'

export function griefActs(kit: Kit, protocol: Protocol): readonly Act[] {
  const { markets, listing, admin, keeper, oracle, contracts } = protocol
  const [first, second, last] = [markets[0], markets[1], markets.at(-1)]
  if (!first || !second || !last) throw new Error('the drill needs three markets')

  /** The real attack, complete and ready, sent in a way that keeps it out of every block. */
  const staged = (name: string, send: Nuisance): Act => ({
    name,
    run: async () => {
      const from = await kit.actor(name)
      await kit.call(admin, listing.coin.address, listing.token.abi, 'transfer', [from.address, 1_000_000n])
      const contract = await prepare(kit, protocol, from)
      const amounts = await Promise.all(markets.map(async (market) => cashOf(kit, market)))
      await send(kit, from, request(protocol, contract, { assets: markets.map((market) => market.coin.address), amounts }, 2n * 10n ** 9n))
    },
  })

  return [
    staged('an attack after a nonce gap', afterAGap),
    staged('an underpriced attack', underpriced),
    staged('an attack from an account without money', unfunded),
    staged('an attack behind a transaction that gives its gas money away', penniless),
    {
      name: 'an attack that reverts, because nobody lends that much',
      run: async () => {
        const from = await kit.actor('greedy')
        await kit.call(admin, listing.coin.address, listing.token.abi, 'transfer', [from.address, 1_000_000n])
        const address = await prepare(kit, protocol, from)
        const args = [markets.map((market) => market.coin.address), markets.map(() => 2n ** 128n), donationOf(protocol) * 10n]
        await submit(kit, from, { address, abi: contracts.DonationAttack.abi }, 'attack', args)
      },
    },
    {
      name: 'somebody without collateral asks for everything',
      run: async () => {
        await submit(kit, await kit.actor('beggar'), first.cToken, 'borrow', [await cashOf(kit, first)])
      },
    },
    withdrawal(kit, protocol, first, 95n),
    withdrawal(kit, protocol, second, 95n),
    {
      name: `a gift moves the rate of c${last.coin.name} by 90 % of the bound`,
      run: async () => {
        await kit.wait(pastTheWindow)
        const giver = await kit.actor('giver')
        const [cash, borrows, reserves] = [
          await cashOf(kit, last),
          await number(kit, last.cToken, 'totalBorrows'),
          await number(kit, last.cToken, 'totalReserves'),
        ]
        const gift = ((cash + borrows - reserves) * sharePrice.ppm * 90n) / 100_000_000n
        await kit.call(admin, last.coin.address, last.token.abi, 'transfer', [giver.address, gift + amountOf(last.coin, 1n)])
        await submit(kit, giver, last.token, 'transfer', [last.cToken.address, gift])
      },
    },
    {
      name: `the price of ${second.coin.name} is pushed by 90 % of the bound`,
      run: async () => {
        await kit.wait(pastTheWindow)
        const posted = second.coin.price * 10n ** BigInt(18 - second.coin.decimals)
        await submit(kit, keeper, oracle, 'post', [second.cToken.address, posted + (posted * priceStep.ppm * 90n) / 100_000_000n])
      },
    },
  ]
}

// The variant `aware`: the donation attack by somebody who has read the plan and Firebreak's code, and prepared both ways into the market.
import type { Address, Kit, Scene } from 'firebreak'
import { amountOf } from '../shared/coins.ts'
import { disguised } from '../shared/disguise.ts'
import { bitsOf, lootOf, roundsOf, type Aware, type Round } from '../shared/rounds.ts'
import { donationOf } from './attack.ts'
import { outflow } from './bounds.ts'
import type { Protocol } from './market.ts'

/** Dollars of the new asset for each contract: what one unit has to be worth for a moment, and what is supplied beforehand. */
const pocketMoney = 3_000n

export async function awareRobbery(kit: Kit, protocol: Protocol): Promise<Pick<Scene, 'lost'> & { readonly aware: Aware }> {
  const { contracts, markets, listing, admin, lender, comptroller } = protocol
  const { abi } = contracts.AwareAttack
  const robber = await kit.actor('knowing robber')
  const money = amountOf(listing.coin, pocketMoney)
  const rounds = roundsOf(kit, markets.length, outflow.ppm)
  const loot = lootOf(
    kit,
    contracts.Token,
    [...markets, listing].map((market) => market.coin),
  )
  const masks = rounds.map(() => kit.random.big(1n, 2n ** 256n - 1n))

  /** A fresh contract each time: the one before still owes what it took. */
  const prepare = async ({ ahead }: Round, mask: bigint): Promise<Address> => {
    const args = [lender, comptroller.address, listing.cToken.address, donationOf(protocol), mask]
    const contract = await kit.deploy(contracts.AwareAttack, args, robber)
    await kit.call(robber, listing.coin.address, listing.token.abi, 'transfer', [contract, money])
    await loot.expect(contract)
    if (ahead) await kit.call(robber, contract, abi, 'ahead', [])
    return contract
  }

  return {
    aware: async ({ tip, round }) => {
      const now = rounds[round]
      if (!now) return undefined
      // Bought on the open market.
      if (round === 0)
        await kit.call(admin, listing.coin.address, listing.token.abi, 'transfer', [robber.address, money * BigInt(rounds.length)])
      const to = await prepare(now, masks[round] ?? 1n)
      const { name, which, ppm, trick, hidden } = now
      const args = [bitsOf(which), ppm]
      const strike = await disguised(kit, { from: robber, to, abi, functionName: 'go', args, gas: 6_000_000n, tip, trick })
      return { name, hidden, ...strike }
    },
    lost: loot.taken,
  }
}

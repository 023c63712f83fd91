// The variant `aware`: the spot price attack by somebody who has read the plan and Firebreak's code, with collateral laid in beforehand too.
import type { Address, Kit, Scene } from 'firebreak'
import { disguised } from '../shared/disguise.ts'
import { bitsOf, lootOf, roundsOf, type Aware } from '../shared/rounds.ts'
import { pledgeOf, pushOf } from './attack.ts'
import { outflow } from './bounds.ts'
import type { Protocol } from './market.ts'

export async function awareRobbery(kit: Kit, protocol: Protocol): Promise<Pick<Scene, 'lost'> & { readonly aware: Aware }> {
  const { contracts, lendable, pool, thin, deep, reef, weth, admin } = protocol
  const { abi } = contracts.AwareAttack
  const robber = await kit.actor('knowing robber')
  const rounds = roundsOf(kit, lendable.length, outflow.ppm)
  const [push, pledge, fees] = [pushOf(protocol), pledgeOf(protocol), pushOf(protocol) / 20n]
  const times = BigInt(rounds.length)
  const loot = lootOf(kit, contracts.Token, [...lendable.map(({ coin }) => coin), reef.coin])
  const masks = rounds.map(() => kit.random.big(1n, 2n ** 256n - 1n))

  const deployed = async (round: number): Promise<Address> => {
    const addresses = [pool.address, thin.address, deep.address, reef.coin.address, weth.coin.address]
    const contract = await kit.deploy(contracts.AwareAttack, [...addresses, push, pledge, masks[round] ?? 1n], robber)
    await kit.call(robber, reef.coin.address, reef.token.abi, 'transfer', [contract, pledge])
    await kit.call(robber, weth.coin.address, weth.token.abi, 'transfer', [contract, fees])
    await loot.expect(contract)
    if (rounds[round]?.ahead) await kit.call(robber, contract, abi, 'ahead', [])
    return contract
  }
  /** Everything is in place before the first stroke: no brake can keep what was laid in from being there. */
  let laidIn: readonly Address[] = []

  return {
    aware: async ({ tip, round }) => {
      const now = rounds[round]
      if (!now) return undefined
      if (round === 0) {
        // Bought on the open market.
        await kit.call(admin, reef.coin.address, reef.token.abi, 'transfer', [robber.address, pledge * times])
        await kit.call(admin, weth.coin.address, weth.token.abi, 'transfer', [robber.address, fees * times])
        const contractsOfRounds: Address[] = []
        for (const nth of rounds.keys()) contractsOfRounds.push(await deployed(nth))
        laidIn = contractsOfRounds
      }
      const to = laidIn[round]
      if (!to) throw new Error('nothing was laid in for this round')
      const { name, which, ppm, trick, hidden } = now
      const args = [bitsOf(which), ppm]
      const strike = await disguised(kit, { from: robber, to, abi, functionName: 'go', args, gas: 4_000_000n, tip, trick })
      return { name, hidden, ...strike }
    },
    lost: loot.taken,
  }
}

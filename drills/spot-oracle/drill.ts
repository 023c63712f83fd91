// The drill `spot-oracle`: a lending pool believes the last trade of a thin Uniswap v2 pair.
import { defineDrill } from 'firebreak'
import { robbery } from './attack.ts'
import { awareRobbery } from './aware.ts'
import { griefActs } from './grief.ts'
import { deployProtocol } from './protocol.ts'
import { quietActs } from './quiet.ts'

export default defineDrill({
  name: 'spot-oracle',
  about:
    'A lending pool trusts the spot price of a thin Uniswap v2 pair; a flash swap pushes it for one transaction and borrows everything; taking the token out of use as collateral stops it.',
  plan: 'plan.ts',
  scene: async (kit) => {
    const protocol = await deployProtocol(kit)
    const { attack, lost } = await robbery(kit, protocol)
    const knowing = await awareRobbery(kit, protocol)
    return {
      deployment: protocol.deployment,
      keys: { GUARDIAN_KEY: protocol.guardian.privateKey },
      attack,
      aware: knowing.aware,
      quiet: () => quietActs(kit, protocol),
      grief: () => griefActs(kit, protocol),
      lost: async () => (await lost()) + (await knowing.lost()),
    }
  },
})

// The drill `empty-market`: a market of the original Compound v2 is listed before anybody supplies to it.
import { defineDrill } from 'firebreak'
import { robbery } from './attack.ts'
import { awareRobbery } from './aware.ts'
import { griefActs } from './grief.ts'
import { deployProtocol } from './protocol.ts'
import { quietActs } from './quiet.ts'

export default defineDrill({
  name: 'empty-market',
  about:
    'Compound v2 lists a market that is still empty; a donation makes two units of its cToken worth millions; pausing mints there stops it.',
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

// The plan of the whole-path scene, as a team would write it into a file of its own.
import type { Address } from '../../src/model/hex.ts'

export interface PlanOptions {
  readonly name?: string
  readonly quiet?: string
  readonly finality?: number
  readonly atMost?: string
  readonly atMostPulls?: number
  readonly lasts?: string
  /** Where the chain is asked, and further options of it, as they stand in a plan. */
  readonly rpc?: string
  /** Another watch, as it stands in a plan: `name: detector({…}),` */
  readonly watch?: string
  /** What is told to whom, as it stands in a plan. */
  readonly voice?: string
}

interface Deployed {
  readonly vault: Address
  readonly coin: Address
  readonly guardian: Address
  readonly chainId: number
  readonly decimals: number
}

export function planText(at: Deployed, options: PlanOptions = {}): string {
  const { name = 'vault', quiet = '1h', finality = 12, atMost = '4/day', atMostPulls = 4, lasts = '4h', watch = '', voice } = options
  return `import { asset, definePlan, ${watch ? 'detector, ' : ''}env, evm, fixed, key, outflow${voice ? ', webhook' : ''} } from 'firebreak'

const vaultAbi = [
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
  { type: 'function', name: 'unpause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
] as const
const coinAbi = [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
] as const

const local = evm('local', { id: ${at.chainId}, rpc: ${options.rpc ?? "env('SCENE_RPC')"}, finality: ${finality} })
const vault = local.at('${at.vault}', vaultAbi)
const coin = local.at('${at.coin}', coinAbi)

export default definePlan({
  name: '${name}',
  contracts: { vault },
  assets: { coin: asset({ token: coin, decimals: ${at.decimals}, price: fixed('$1'), heldBy: [vault] }) },
  watch: { drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '5%' }), ${watch} },
  authorities: { guardian: key({ address: '${at.guardian}', signer: env('GUARDIAN_KEY'), chain: local }) },
  brakes: {
    pause: {
      call: vault.write.pause(),
      holds: vault.read.paused(),
      undo: vault.write.unpause(),
      by: 'guardian',
      falsePauseCosts: '$100/h',
      lasts: '${lasts}',
      atMostPulls: ${atMostPulls},
    },
  },
  respond: (on) => [on('drain').pull('pause').automatically({ atMost: '${atMost}' })],
  bounds: { priceWindow: 5, quiet: '${quiet}' },${voice ? `\n  voice: ${voice},` : ''}
})
`
}

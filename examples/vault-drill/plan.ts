// The plan of the example's vault, for a drill: the same lines, with addresses from the scene.
import { asset, definePlan, env, evm, fixed, invariant, key, outflow, type Address } from 'firebreak'
import { coinAbi } from '../vault/abis/coin.ts'
import { vaultAbi } from '../vault/abis/vault.ts'

interface Deployment {
  readonly chainId: number
  readonly vault: Address
  readonly coin: Address
  readonly guardian: Address
}

export default (at: Deployment) => {
  const local = evm('local', { id: at.chainId, rpc: env('DRILL_RPC') })
  const vault = local.at(at.vault, vaultAbi)
  const coin = local.at(at.coin, coinAbi)
  return definePlan({
    name: 'vault',
    contracts: { vault, coin },
    assets: { coin: asset({ token: coin, decimals: 6, price: fixed('$1'), heldBy: [vault] }) },
    watch: {
      solvent: invariant({ assets: vault.read.totalAssets(), owed: vault.read.totalCredit() }, (now) => now.assets >= now.owed),
      drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '20%' }),
    },
    authorities: { guardian: key({ address: at.guardian, signer: env('GUARDIAN_KEY'), chain: local }) },
    brakes: {
      pauseVault: { call: vault.write.pause(), holds: vault.read.paused(), by: 'guardian', falsePauseCosts: '$500/h', lasts: '4h' },
    },
    respond: (on) => [on('solvent', 'drain').pull('pauseVault').automatically({ atMost: '2/day' })],
  })
}

// What Firebreak protects, what it watches, and what it may do. Check it with: firebreak check --plan firebreak.plan.ts
import { asset, definePlan, env, evm, fixed, invariant, key, outflow } from 'firebreak'
import { coinAbi } from './abis/coin.ts'
import { vaultAbi } from './abis/vault.ts'

const local = evm('local', { id: 31337, rpc: env('RPC_URL') })
const vault = local.at('0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512', vaultAbi)
const coin = local.at('0x5FbDB2315678afecb367f032d93F642f64180aa3', coinAbi)

export default definePlan({
  name: 'vault',
  contracts: { vault, coin },
  assets: {
    // What is at stake, and what it is worth.
    coin: asset({ token: coin, decimals: 6, price: fixed('$1'), heldBy: [vault] }),
  },
  watch: {
    // What must always hold: the vault has what it owes.
    solvent: invariant({ assets: vault.read.totalAssets(), owed: vault.read.totalCredit() }, (now) => now.assets >= now.owed),
    // Nobody needs a fifth of it within ten minutes.
    drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '20%' }),
  },
  authorities: {
    // A key from the environment is for trying out. Otherwise: keystore('keys/guardian.json', env('GUARDIAN_PASSWORD'))
    guardian: key({ address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', signer: env('GUARDIAN_KEY'), chain: local }),
  },
  brakes: {
    pauseVault: {
      call: vault.write.pause(),
      holds: vault.read.paused(),
      by: 'guardian',
      // What an hour of needless pause costs: weighed against the loss that it avoids.
      falsePauseCosts: '$500/h',
      lasts: '4h',
    },
  },
  respond: (on) => [on('solvent', 'drain').pull('pauseVault').automatically({ atMost: '2/day' })],
})

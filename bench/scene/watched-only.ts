// The plan of the `judge` bench: six reads of a vault, and no brakes, so that judging is all there is to do.
import { balanceProbe } from '../../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeRead } from '../../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../packages/firebreak/src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../packages/firebreak/src/chain/codec/event-probe.ts'
import { asset, definePlan, env, evm, fixed, invariant, outflow, type Watch } from '../../packages/firebreak/src/index.ts'
import type { ResolvedPlan } from '../../packages/firebreak/src/model/plan.ts'
import { resolvePlan } from '../../packages/firebreak/src/plan/resolve.ts'
import { tokenAbi, vaultAbi } from './abi.ts'
import type { BenchScene, Side } from './scene.ts'

export function watchedOnly(scene: BenchScene, side: Side): ResolvedPlan {
  const chain = evm('bench', { id: scene.chainId, rpc: env('BENCH_RPC') })
  const vault = chain.at(side.vault, vaultAbi)
  const tokens = scene.tokens.map((address) => chain.at(address, tokenAbi))
  const watch: Record<string, Watch> = {}
  tokens.forEach((token, i) => {
    watch[`drain${i}`] = outflow({ from: vault, asset: `coin${i}`, window: '1h', above: '20%' })
    watch[`booked${i}`] = invariant({ booked: vault.read.booked(token.address) }, ({ booked }) => booked >= 0n)
  })
  const plan = definePlan({
    name: 'bench',
    contracts: { vault },
    assets: Object.fromEntries(tokens.map((token, i) => [`coin${i}`, asset({ token, decimals: 18, price: fixed('$1'), heldBy: [vault] })])),
    watch,
    authorities: {},
    brakes: {},
    respond: () => [],
  })
  return resolvePlan(plan, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan
}

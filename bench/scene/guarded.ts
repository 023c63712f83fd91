// The benches' plan: fifty watches over one vault, and six brakes of which two stop the attack.
import { balanceProbe } from '../../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeRead } from '../../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../packages/firebreak/src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../packages/firebreak/src/chain/codec/event-probe.ts'
import {
  asset,
  definePlan,
  env,
  evm,
  fixed,
  flashLoan,
  invariant,
  key,
  liveness,
  oracle,
  outflow,
  sharePrice,
  type Watch,
} from '../../packages/firebreak/src/index.ts'
import type { ResolvedPlan } from '../../packages/firebreak/src/model/plan.ts'
import { resolvePlan } from '../../packages/firebreak/src/plan/resolve.ts'
import { feedAbi, tokenAbi, vaultAbi } from './abi.ts'
import type { BenchScene, Side } from './scene.ts'

const watches = 50
const windows = ['10m', '30m', '1h', '2h', '4h', '8h', '12h'] as const
const shares = ['1%', '2%', '3%', '4%', '5%', '6%'] as const

export function guarded(scene: BenchScene, side: Side): ResolvedPlan {
  const chain = evm('bench', { id: scene.chainId, rpc: env('BENCH_RPC') })
  const vault = chain.at(side.vault, vaultAbi)
  const feed = chain.at(scene.feed, feedAbi)
  const tokens = scene.tokens.map((address) => chain.at(address, tokenAbi))
  const names = tokens.map((_, i) => `coin${i}`)

  const watch: Record<string, Watch> = {}
  tokens.forEach((token, i) => {
    const name = names[i] ?? ''
    for (const window of windows) watch[`drain${i}in${window}`] = outflow({ from: vault, asset: name, window, above: '20%' })
    for (const share of shares) {
      watch[`rate${i}by${share}`] = sharePrice({ of: { rate: vault.read.rate(token.address) }, maxStep: '20%', maxDrop: share })
    }
    watch[`covered${i}`] = invariant(
      { booked: vault.read.booked(token.address), has: token.read.balanceOf(vault.address) },
      ({ booked, has }) => booked <= has,
    )
    watch[`supply${i}`] = invariant(
      { supply: token.read.totalSupply(), has: token.read.balanceOf(vault.address) },
      ({ supply, has }) => has <= supply,
    )
  })
  watch['owner'] = invariant({ owner: vault.read.owner() }, ({ owner }) => owner === scene.owner)
  watch['price'] = oracle({ feed: feed.read.latestAnswer(), decimals: 8, step: '5%' })
  watch['flash'] = flashLoan({ on: [vault], kind: 'erc3156' })
  watch['heads'] = liveness({ heads: '10m', chain: 'bench' })
  watch['guardian'] = invariant({ guardian: vault.read.guardian() }, ({ guardian }) => guardian === side.guardian)
  const count = Object.keys(watch).length
  if (count !== watches) throw new Error(`the bench's plan has ${count} watches, not ${watches}`)

  const part = (index: bigint, falsePauseCosts: `$${number}/h`) => ({
    call: vault.write.pause(index),
    holds: vault.read.paused(index),
    by: 'guardian' as const,
    falsePauseCosts,
  })
  const plan = definePlan({
    name: 'bench',
    contracts: { vault },
    assets: Object.fromEntries(
      tokens.map((token, i) => [names[i] ?? '', asset({ token, decimals: 18, price: fixed('$1'), heldBy: [vault] })]),
    ),
    watch,
    authorities: { guardian: key({ address: side.guardian, signer: env('BENCH_KEY'), chain }) },
    brakes: {
      deposits: part(0n, '$10/h'),
      withdrawals: part(1n, '$50/h'),
      borrows: part(2n, '$20/h'),
      rewards: part(3n, '$5/h'),
      bridge: part(4n, '$30/h'),
      everything: part(5n, '$100/h'),
    },
    respond: (on) => [
      on('owner', ...Object.keys(watch).filter((name) => name !== 'owner'))
        .pull('deposits', 'withdrawals', 'borrows', 'rewards', 'bridge', 'everything')
        .automatically({ atMost: '1000000/day' }),
    ],
  })
  const resolved = resolvePlan(plan, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan
  // No protocol is attacked two thousand times: only here may a brake be pulled as often as that.
  return { ...resolved, brakes: resolved.brakes.map((brake) => ({ ...brake, atMostPulls: Number.MAX_SAFE_INTEGER })) }
}

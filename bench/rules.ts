// `rules`: a block of 300 logs seen by 10,000 log-triggered detectors of which 10 match, against the same with those 10 alone.
import { balanceProbe } from '../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeEvent } from '../packages/firebreak/src/chain/codec/event-probe.ts'
import { encodeRead } from '../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../packages/firebreak/src/chain/codec/encode-write.ts'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import { watchedAddresses } from '../packages/firebreak/src/engine/watched.ts'
import { watching } from '../packages/firebreak/src/engine/reach.ts'
import { definePlan, detector, env, evm, type Watch } from '../packages/firebreak/src/index.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Address, Hex } from '../packages/firebreak/src/model/hex.ts'
import type { ResolvedPlan } from '../packages/firebreak/src/model/plan.ts'
import { resolvePlan } from '../packages/firebreak/src/plan/resolve.ts'
import { atMost, quantile, rounded, type BenchOptions, type Figures } from './figures.ts'
import { tokenAbi, vaultAbi } from './scene/abi.ts'
import { busyBlock, transactions } from './scene/busy-block.ts'
import { buildScene, type BenchScene } from './scene/scene.ts'

const many = 10_000
const matching = 10
const blockCount = 10

/** The first ten listen to the tokens that every block moves, the others to contracts that are silent. */
function planOf(scene: BenchScene, detectors: number): ResolvedPlan {
  const chain = evm('bench', { id: scene.chainId, rpc: env('BENCH_RPC') })
  const vault = chain.at(scene.sides.ours.vault, vaultAbi)
  const watch: Record<string, Watch> = {}
  for (let i = 0; i < detectors; i++) {
    const silent: Address = `0x${(i + 0x1000).toString(16).padStart(40, '0')}`
    const token = chain.at(scene.tokens[i < matching ? i % scene.tokens.length : -1] ?? silent, tokenAbi)
    watch[`moves${i}`] = detector({
      kind: 'moves',
      when: 'emitted',
      logs: { transfers: token.event('Transfer') },
      start: 0n,
      step: (sum, now) => ({ state: now.transfers.reduce((all, { args }) => all + args.value, sum) }),
    })
  }
  const plan = definePlan({ name: 'bench', contracts: { vault }, watch, authorities: {}, brakes: {}, respond: () => [] })
  return resolvePlan(plan, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan
}

export async function rules({ runs = 60, say }: BenchOptions): Promise<Figures> {
  const chain = await startAnvil({ noMining: true, baseFee: 0n, accounts: transactions })
  const rpc = connect(chain.ipcPath, 'bench')
  try {
    say('rules: building the scene')
    const request = (method: string, params: readonly unknown[]): Promise<unknown> => rpc.request(method, params)
    const scene = await buildScene(request, 31_337)
    const node = nodeOf('bench', rpc, await probe(rpc), { onTrouble: say, setInterval: () => () => {} })
    const hashes: Hex[] = []
    for (let i = 0; i < blockCount; i++) hashes.push(await busyBlock(request, scene))
    const sides = [matching, many].map((count) => {
      const plan = planOf(scene, count)
      const watched = watchedAddresses(plan, 'bench')
      const times: number[] = []
      const own: number[] = []
      const pass = async (counts: boolean): Promise<void> => {
        const watcher = watching(plan, 'bench')
        let parent: Hex | undefined
        const start = performance.now()
        let ours = 0
        for (const hash of hashes) {
          const before = performance.now()
          const needs = watcher.needs(parent)
          const asking = performance.now()
          const moment = await node.observe(hash, needs, watched)
          if (!moment) throw new Error('a block that was just mined is not known')
          const answered = performance.now()
          watcher.reach(moment)
          ours += asking - before + (performance.now() - answered)
          parent = hash
        }
        if (counts) times.push((performance.now() - start) / hashes.length)
        if (counts) own.push((ours * 1_000) / hashes.length)
        const state = JSON.stringify(watcher.at(parent ?? '0x')?.states[0], (_, value: unknown) =>
          typeof value === 'bigint' ? `${value}` : value,
        )
        if (!/[1-9]/.test(state)) throw new Error(`the detectors saw nothing: ${state}`)
      }
      return { times, own, pass }
    })
    const warmUp = Math.ceil(runs / 4)
    for (let run = 0; run < runs + warmUp; run++) for (const { pass } of sides) await pass(run >= warmUp)
    const [few, all] = sides.map(({ times, own }) => ({ whole: quantile(times, 0.5), own: quantile(own, 0.5) }))
    if (!few || !all) throw new Error('nothing was measured')
    return {
      bench: 'rules',
      about: `a block of 300 logs, asked for and seen by ${many} log-triggered detectors of which ${matching} match; the floor is the ${matching} alone`,
      runs,
      figures: {
        manyMs: rounded(all.whole, 3),
        fewMs: rounded(few.whole, 3),
        manyOwnMicros: rounded(all.own, 1),
        fewOwnMicros: rounded(few.own, 1),
      },
      ratios: [atMost('times the few', all.whole / few.whole, 1.3)],
    }
  } finally {
    await rpc.close()
    await chain.stop()
  }
}

// `memory`: 100,000 moments through the whole engine on a real chain, with reorgs of depth 64: what stays on the heap.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { validSignature } from '../packages/firebreak/src/chain/signature.ts'
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import { startEngine } from '../packages/firebreak/src/engine.ts'
import { realContext } from '../packages/firebreak/src/engine/context.ts'
import { openJournal } from '../packages/firebreak/src/journal/sqlite/journal.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Transaction } from '../packages/firebreak/src/model/chain.ts'
import { atMost, rounded, type BenchOptions, type Figures } from './figures.ts'
import { buildScene } from './scene/scene.ts'
import { perRun, waitingTransactions } from './scene/waiting.ts'
import { watchedOnly } from './scene/watched-only.ts'

const reorgDepth = 64
const reorgEvery = 16
const mostMegabytes = 512

interface Sample {
  readonly moments: number
  readonly heap: number
  readonly resident: number
}

export async function memory({ runs = 120, say }: BenchOptions): Promise<Figures> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'))
  const chain = await startAnvil({ noMining: true, baseFee: 0n })
  const rpc = connect(chain.ipcPath, 'bench')
  const journal = openJournal(join(folder, 'bench.journal'))
  try {
    say('memory: building the scene')
    const scene = await buildScene((method, params) => rpc.request(method, params), 31_337)
    const plan = watchedOnly(scene, scene.sides.ours)
    const context = realContext(say)
    const real = nodeOf('bench', rpc, await probe(rpc), {
      onTrouble: context.trouble,
      setInterval: (run, ms) => context.every(ms, run),
    })
    let hear: (tx: Transaction) => void = () => {}
    let [moments, reorgs] = [0, 0]
    const engine = await startEngine({
      plan,
      nodes: new Map([
        ['bench', { ...real, onPending: (listener) => Promise.resolve(void (hear = listener)), waiting: () => Promise.resolve([]) }],
      ]),
      journal,
      signers: new Map(),
      context,
      validSignature,
      gasOf: () => 1_500_000n,
      onInput: (input) => {
        if (input.kind !== 'happening') return
        if (input.happening.kind === 'retraction') reorgs += input.happening.dropped.length
        else moments++
      },
    })
    const samples: Sample[] = []
    for (let run = 0; run < runs; run++) {
      // They are never mined, so that the pool holds a thousand, which every block judges again.
      if (run < 2) for (const tx of waitingTransactions(scene, run)) hear(tx)
      await engine.settled()
      if (run % reorgEvery === reorgEvery - 1 && run > reorgDepth) await rpc.request('anvil_reorg', [reorgDepth, []])
      else await rpc.request('evm_mine', [])
      await engine.settled()
      collect()
      const { heapUsed, external, rss } = process.memoryUsage()
      samples.push({ moments, heap: (heapUsed + external) / 1_048_576, resident: rss / 1_048_576 })
      if (run % 50 === 49)
        say(`memory: ${moments} moments, ${reorgs} blocks taken back, ${Math.round(samples.at(-1)?.heap ?? 0)} MB on the heap`)
    }
    await engine.stop()
    const half = samples.slice(samples.length / 2)
    const slope = slopeOf(half) * 10_000
    const most = Math.max(...samples.map((one) => one.resident))
    return {
      bench: 'memory',
      about: `${moments} moments (${2 * perRun} waiting transactions at each block), ${reorgs} blocks taken back by reorgs of depth ${reorgDepth}; heap after collection`,
      runs,
      figures: {
        moments,
        blocksTakenBack: reorgs,
        heapMb: rounded(samples.at(-1)?.heap ?? 0, 1),
        mostResidentMb: Math.round(most),
      },
      ratios: [atMost('MB per 10,000, 2nd half', slope, 1), atMost('of 512 MB, at most', most / mostMegabytes, 1)],
    }
  } finally {
    journal.close()
    await rpc.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Least squares: megabytes per moment. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (one: Sample) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const [x, y] = [mean((one) => one.moments), mean((one) => one.heap)]
  const spread = samples.reduce((sum, one) => sum + (one.moments - x) ** 2, 0)
  return samples.reduce((sum, one) => sum + (one.moments - x) * (one.heap - y), 0) / spread
}

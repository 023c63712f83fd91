// `replay`: a recording of busy blocks and their waiting transactions, decided again, against the time that the chain took.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { validSignature } from '../packages/firebreak/src/chain/signature.ts'
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import { startEngine } from '../packages/firebreak/src/engine.ts'
import { realContext } from '../packages/firebreak/src/engine/context.ts'
import { recorder, replay as repeat } from '../packages/firebreak/src/engine/recording.ts'
import { openJournal } from '../packages/firebreak/src/journal/sqlite/journal.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Transaction } from '../packages/firebreak/src/model/chain.ts'
import { atLeast, quantile, rounded, type BenchOptions, type Figures } from './figures.ts'
import { busyBlock, transactions } from './scene/busy-block.ts'
import { guarded } from './scene/guarded.ts'
import { buildScene } from './scene/scene.ts'
import { waitingTransactions } from './scene/waiting.ts'

const blockCount = 20
const waitingEach = 200
const secondsPerBlock = 12

export async function replay({ runs = 5, say }: BenchOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'))
  const chain = await startAnvil({ noMining: true, baseFee: 0n, accounts: transactions })
  const rpc = connect(chain.ipcPath, 'bench')
  const journal = openJournal(join(folder, 'bench.journal'))
  const file = join(folder, 'bench.recording')
  try {
    say('replay: recording')
    const request = (method: string, params: readonly unknown[]): Promise<unknown> => rpc.request(method, params)
    const scene = await buildScene(request, 31_337)
    const plan = guarded(scene, scene.sides.ours)
    const context = realContext(say)
    const real = nodeOf('bench', rpc, await probe(rpc), { onTrouble: say, setInterval: (run, ms) => context.every(ms, run) })
    let hear: (tx: Transaction) => void = () => {}
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
      recorder: recorder(file),
    })
    // They are never mined: every block judges them again, so that all blocks after the first have two hundred waiting.
    for (const tx of waitingTransactions(scene, 0).slice(0, waitingEach)) hear(tx)
    for (let block = 0; block < blockCount; block++) {
      await busyBlock(request, scene)
      await engine.settled()
    }
    await engine.stop()
    const times: number[] = []
    let inputs = 0
    for (let run = 0; run < runs; run++) {
      const start = performance.now()
      const result = await repeat(file, plan)
      times.push(performance.now() - start)
      if (result.differs) throw new Error(`the replay differs at line ${result.differs.line}`)
      inputs = result.inputs
    }
    const took = quantile(times, 0.5)
    return {
      bench: 'replay',
      about: `${blockCount} blocks of 300 logs with ${waitingEach} waiting transactions each, 50 detectors, decided again from a recording; against ${secondsPerBlock} s a block`,
      runs,
      figures: { inputs, recordingMb: rounded((await stat(file)).size / 1_048_576, 1), msPerBlock: rounded(took / blockCount) },
      ratios: [atLeast('times real time', (blockCount * secondsPerBlock * 1_000) / took, 20)],
    }
  } finally {
    journal.close()
    await rpc.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

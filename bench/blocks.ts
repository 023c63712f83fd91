// `blocks`: recorded blocks of 300 logs through parsing, decoding and 50 detectors, against JSON.parse of the same bytes alone.
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import type { Outcome, Rpc } from '../packages/firebreak/src/chain/transport/rpc.ts'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { watching } from '../packages/firebreak/src/engine/reach.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Address, Hex } from '../packages/firebreak/src/model/hex.ts'
import { atLeast, quantile, rounded, type BenchOptions, type Figures } from './figures.ts'
import { busyBlock, logsEach, transactions } from './scene/busy-block.ts'
import { guarded } from './scene/guarded.ts'
import { buildScene } from './scene/scene.ts'

const blockCount = 20

/** One block as it came over the wire: the answer to the batch of block, logs and reads. */
interface Recorded {
  readonly hash: Hex
  readonly text: string
}

export async function blocks({ runs = 100, say }: BenchOptions): Promise<Figures> {
  const chain = await startAnvil({ noMining: true, baseFee: 0n, accounts: transactions })
  const rpc = connect(chain.ipcPath, 'bench')
  try {
    say('blocks: recording')
    const scene = await buildScene((method, params) => rpc.request(method, params), 31_337)
    const plan = guarded(scene, scene.sides.ours)
    const can = await probe(rpc)
    const watched = new Set<Address>([scene.sides.ours.vault])
    const quiet = { onTrouble: say, setInterval: () => () => {} }
    const recorded: Recorded[] = []
    const recording: Rpc = {
      ...rpc,
      batch: async (calls) => {
        const outcomes = await rpc.batch(calls)
        const [call] = calls
        const answers = outcomes.map((outcome, i) => ({ jsonrpc: '2.0', id: i, result: outcome.ok ? outcome.result : null }))
        recorded.push({ hash: call?.params[0] as Hex, text: JSON.stringify(answers) })
        return outcomes
      },
    }
    const node = nodeOf('bench', recording, can, quiet)
    const first = watching(plan, 'bench')
    let logs = 0
    for (let i = 0; i < blockCount; i++) {
      const hash = await busyBlock((method, params) => rpc.request(method, params), scene)
      const moment = await node.observe(hash, first.needs(undefined), watched)
      if (!moment) throw new Error('the block that was just mined is not known')
      first.reach(moment)
      logs = [...moment.logs.values()].reduce((sum, some) => sum + some.length, 0)
    }
    if (logs !== transactions * logsEach) throw new Error(`a block has ${logs} logs`)

    const playing = new Map(recorded.map((one) => [one.hash, one.text]))
    const player: Rpc = { ...rpc, batch: (calls) => Promise.resolve(outcomesOf(playing.get(calls[0]?.params[0] as Hex) ?? '[]')) }
    const replayed = nodeOf('bench', player, can, quiet)
    const times = { ours: [] as number[], floor: [] as number[] }
    const warmUp = Math.ceil(runs / 5)
    for (let run = 0; run < runs + warmUp; run++) {
      const watcher = watching(plan, 'bench')
      let [ours, floor] = [0, 0]
      let parent: Hex | undefined
      for (const { hash, text } of recorded) {
        const start = performance.now()
        JSON.parse(text)
        const parsed = performance.now()
        const moment = await replayed.observe(hash, watcher.needs(parent), watched)
        if (moment) watcher.reach(moment)
        ours += performance.now() - parsed
        floor += parsed - start
        parent = hash
      }
      if (run < warmUp) continue
      times.ours.push(ours / blockCount)
      times.floor.push(floor / blockCount)
    }
    const median = { ours: quantile(times.ours, 0.5), floor: quantile(times.floor, 0.5) }
    return {
      bench: 'blocks',
      about: 'recorded blocks of 300 logs → parsed, decoded, seen by 50 detectors; the floor is JSON.parse of the same bytes',
      runs,
      figures: {
        bytes: recorded[0]?.text.length ?? 0,
        oursMs: rounded(median.ours, 3),
        floorMs: rounded(median.floor, 3),
        blocksPerSecond: Math.round(1_000 / median.ours),
      },
      ratios: [atLeast('speed of JSON.parse', median.floor / median.ours, 0.4)],
    }
  } finally {
    await rpc.close()
    await chain.stop()
  }
}

function outcomesOf(text: string): readonly Outcome[] {
  const answers: readonly { readonly result: unknown }[] = JSON.parse(text)
  return answers.map(({ result }) => ({ ok: true, result }))
}

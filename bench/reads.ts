// `reads`: a block with 1,000 reads, asked for and taken apart in one batch, against the bare requests with JSON.parse alone.
import { encodeRead } from '../packages/firebreak/src/chain/codec/encode-read.ts'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import type { RpcCall } from '../packages/firebreak/src/chain/transport/rpc.ts'
import { evm, env } from '../packages/firebreak/src/index.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Address, Hex } from '../packages/firebreak/src/model/hex.ts'
import { atMost, quantile, rounded, type BenchOptions, type Figures } from './figures.ts'
import { tokenAbi } from './scene/abi.ts'
import { bare } from './scene/bare.ts'
import { buildScene } from './scene/scene.ts'

const count = 1_000

export async function reads({ runs = 200, say }: BenchOptions): Promise<Figures> {
  const chain = await startAnvil({ noMining: true, baseFee: 0n })
  const rpc = connect(chain.ipcPath, 'bench')
  const script = await bare(chain.ipcPath)
  try {
    say('reads: building the scene')
    const scene = await buildScene((method, params) => rpc.request(method, params), 31_337)
    const home = evm('bench', { id: scene.chainId, rpc: env('BENCH_RPC') })
    const token = home.at(scene.tokens[0], tokenAbi)
    const probes = Array.from({ length: count }, (_, i) => {
      const who: Address = `0x${(i + 0x1000).toString(16).padStart(40, '0')}`
      return encodeRead(token.read.balanceOf(who))
    })
    const needs = { reads: probes, logs: [] }
    const watched = new Set<Address>([scene.sides.ours.vault])
    let asked: readonly string[] = []
    let askedOf: Hex = '0x'
    const node = nodeOf(
      'bench',
      {
        ...rpc,
        batch: (calls: readonly RpcCall[]) => {
          asked = calls.map(({ method, params }) => `"method":"${method}","params":${JSON.stringify(params)}`)
          return rpc.batch(calls)
        },
      },
      await probe(rpc),
      { onTrouble: say, setInterval: () => () => {} },
    )
    const times = { ours: [] as number[], floor: [] as number[] }
    const warmUp = Math.ceil(runs / 4)
    for (let run = 0; run < runs + warmUp; run++) {
      await rpc.request('evm_mine', [])
      const { hash } = (await rpc.request('eth_getBlockByNumber', ['latest', false])) as { readonly hash: Hex }
      const ours = async (): Promise<number> => {
        const start = performance.now()
        const moment = await node.observe(hash, needs, watched)
        const took = performance.now() - start
        askedOf = hash
        if (moment?.answers.size !== count) throw new Error(`${moment?.answers.size} of ${count} reads were answered`)
        return took
      }
      const floor = async (): Promise<number> => {
        const bodies = asked.map((body) => body.replaceAll(askedOf, hash))
        const start = performance.now()
        await script.batch(bodies)
        return performance.now() - start
      }
      // Whoever asks first warms the node for the other: they take turns.
      const sides = [
        { ask: ours, into: times.ours },
        { ask: floor, into: times.floor },
      ]
      for (const { ask, into } of run % 2 === 0 ? sides : sides.toReversed()) {
        const took = await ask()
        if (run >= warmUp) into.push(took)
      }
    }
    const median = { ours: quantile(times.ours, 0.5), floor: quantile(times.floor, 0.5) }
    return {
      bench: 'reads',
      about: `${count} reads at a block with its header, transactions and logs, in one batch; the floor sends the same bytes and parses the JSON`,
      runs,
      figures: { oursMs: rounded(median.ours, 3), floorMs: rounded(median.floor, 3) },
      ratios: [atMost('times the bare request', median.ours / median.floor, 1.3)],
    }
  } finally {
    script.close()
    await rpc.close()
    await chain.stop()
  }
}

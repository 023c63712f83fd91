// `endpoints`: containment through three endpoints of which one is 200 ms slow, against the same through one.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import { startProxy } from '../../packages/firebreak/src/local-chain/ipc-proxy.ts'
import { delay } from '../../packages/firebreak/src/local-chain/rules.ts'
import { atMost, quantile, rounded, type BenchOptions, type Figures } from '../figures.ts'
import { buildScene, type Request } from '../scene/scene.ts'
import { arenaOf } from './arena.ts'
import { contestant } from './contestant.ts'

const warmUp = 30
const slowMs = 200

export async function endpoints({ runs = 300, say }: BenchOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'))
  const chain = await startAnvil({ noMining: true, baseFee: 0n, memoryCapMb: 6_000 })
  const slow = await startProxy({ upstream: chain.ipcPath, rules: [delay(slowMs)] })
  const rpc = connect(chain.ipcPath, 'bench')
  const request: Request = (method, params) => rpc.request(method, params)
  const troubles: string[] = []
  // Both are our own program: `ours` has the three, `floor` the one.
  const sides = { ours: contestant('ours.ts', troubles), floor: contestant('ours.ts', troubles) }
  try {
    say('endpoints: building the scene')
    const scene = await buildScene(request, 31_337)
    const arena = arenaOf(request, scene, sides)
    const start = { kind: 'start', scene, folder, rounds: [] } as const
    sides.ours.send({ ...start, side: 'ours', paths: [chain.ipcPath, chain.ipcPath, slow.ipcPath] })
    sides.floor.send({ ...start, side: 'floor', paths: [chain.ipcPath] })
    await Promise.all([sides.ours.next('ready'), sides.floor.next('ready')])
    const times = { ours: [] as number[], floor: [] as number[] }
    for (let i = 0; i < warmUp + runs; i++) {
      const took = await arena.round(i % 2 === 0 ? ['ours', 'floor'] : ['floor', 'ours'])
      if (i < warmUp) continue
      times.ours.push(took.ours ?? NaN)
      times.floor.push(took.floor ?? NaN)
      if ((i + 1 - warmUp) % 100 === 0) say(`endpoints: ${i + 1 - warmUp} of ${runs} runs`)
    }
    const [three, one] = [quantile(times.ours, 0.5), quantile(times.floor, 0.5)]
    return {
      bench: 'endpoints',
      about: `containment through three endpoints of which one answers ${slowMs} ms late, all of one node; the floor is the same through one`,
      runs,
      figures: {
        threeMedianMs: rounded(three),
        oneMedianMs: rounded(one),
        threeP95Ms: rounded(quantile(times.ours, 0.95)),
        oneP95Ms: rounded(quantile(times.floor, 0.95)),
        troubles: troubles.length,
      },
      ratios: [atMost('median, times that with one', three / one, 1.5)],
    }
  } finally {
    if (troubles.length > 0) say(`endpoints: ${troubles.length} troubles, the first: ${troubles[0]}`)
    await Promise.all(Object.values(sides).map((side) => side.end()))
    await rpc.close()
    await slow.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

// `containment`: from the notification of an attack to the pausing transaction in the mempool, against a bare script under the same traffic.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import type { Address } from '../../packages/firebreak/src/model/hex.ts'
import { atMost, quantile, rounded, type BenchOptions, type Figures } from '../figures.ts'
import { buildScene, type Request } from '../scene/scene.ts'
import { arenaOf } from './arena.ts'
import { accounts, background } from './background.ts'
import { contestant } from './contestant.ts'

const perSecond = 200
const warmUp = 40

export async function containment({ runs = 2_000, say }: BenchOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'))
  const chain = await startAnvil({ noMining: true, accounts, baseFee: 0n, memoryCapMb: 6_000 })
  const rpc = connect(chain.ipcPath, 'bench')
  const request: Request = (method, params) => rpc.request(method, params)
  const troubles: string[] = []
  const sides = { ours: contestant('ours.ts', troubles), floor: contestant('floor.ts', troubles) }
  try {
    say('containment: building the scene')
    const scene = await buildScene(request, 31_337)
    const arena = arenaOf(request, scene, sides)
    const start = { kind: 'start', paths: [chain.ipcPath], scene, folder } as const
    sides.ours.send({ ...start, side: 'ours', rounds: [] })
    await sides.ours.next('ready')
    for (let i = 0; i < warmUp; i++) await arena.round(['ours'])
    sides.ours.send({ kind: 'record' })
    await sides.ours.next('ready')
    await arena.round(['ours'])
    const recorded = (await sides.ours.next('recorded')).rounds
    // Judgement and first trials need nothing of one another: a bare script sends them together.
    const rounds = [recorded.slice(0, -1).flat(), recorded.at(-1) ?? []]
    say(`containment: ${rounds.map((round) => round.length).join(' + ')} simulations for each attack`)
    sides.floor.send({ ...start, side: 'floor', rounds })
    await sides.floor.next('ready')
    const traffic = background(request, (await request('eth_accounts', [])) as readonly Address[], scene.tokens, perSecond, (what) =>
      troubles.push(what),
    )
    traffic.resume()
    for (let i = 0; i < warmUp; i++) await arena.round(['ours', 'floor'])
    const times: Record<keyof typeof sides, number[]> = { ours: [], floor: [] }
    const [began, before] = [performance.now(), traffic.sent()]
    for (let i = 0; i < runs; i++) {
      // Whoever comes second meets what the first has left in the caches: they take turns.
      const took = await arena.round(i % 2 === 0 ? ['ours', 'floor'] : ['floor', 'ours'])
      times.ours.push(took.ours ?? NaN)
      times.floor.push(took.floor ?? NaN)
      if ((i + 1) % 200 === 0) say(`containment: ${i + 1} of ${runs} runs`)
    }
    const sent = (await traffic.stop()) - before
    const seconds = (performance.now() - began) / 1_000
    const at = (side: keyof typeof sides, share: number): number => quantile(times[side], share)
    return {
      bench: 'containment',
      about:
        'an attack is notified → the pausing transaction is in the mempool; 50 detectors, 6 brakes, durable intent, 200 transactions a second',
      runs,
      figures: {
        simulations: rounds.flat().length,
        backgroundPerSecond: Math.round(sent / seconds),
        oursMedianMs: rounded(at('ours', 0.5)),
        floorMedianMs: rounded(at('floor', 0.5)),
        oursP95Ms: rounded(at('ours', 0.95)),
        floorP95Ms: rounded(at('floor', 0.95)),
        troubles: troubles.length,
      },
      ratios: [atMost('median', at('ours', 0.5) / at('floor', 0.5), 1.5), atMost('p95', at('ours', 0.95) / at('floor', 0.95), 2)],
    }
  } finally {
    if (troubles.length > 0) say(`containment: ${troubles.length} troubles, the first: ${troubles[0]}`)
    await Promise.all(Object.values(sides).map((side) => side.end()))
    await rpc.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

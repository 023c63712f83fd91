// `containment`: from the notification of an attack to the pausing transaction in the mempool, against a bare script under the same traffic.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import type { Address, Hex } from '../../packages/firebreak/src/model/hex.ts'
import { atMost, quantile, rounded, type BenchOptions, type Figures } from '../figures.ts'
import { attackData, buildScene, releaseData, type BenchScene, type Request, type Side } from '../scene/scene.ts'
import { accounts, background } from './background.ts'
import type { FromSide, ToSide } from './messages.ts'

const perSecond = 200
const patienceMs = 30_000
const warmUp = 40

/** A contestant in a process of its own. */
interface Contestant {
  readonly send: (message: ToSide) => void
  readonly next: <kind extends FromSide['kind']>(kind: kind) => Promise<Extract<FromSide, { kind: kind }>>
  readonly end: () => Promise<void>
}

function contestant(file: string, troubles: string[]): Contestant {
  const child: ChildProcess = fork(join(import.meta.dirname, file), [], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...(process.env['BENCH_NODE_ARGS']?.split(' ') ?? [])],
  })
  const heard: FromSide[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message) => {
    const said = message as FromSide
    if (said.kind === 'trouble') troubles.push(`${file}: ${said.what}`)
    else heard.push(said)
    for (const wake of waiting) wake()
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    send: (message) => void child.send(message),
    next: (kind) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () =>
            finish(() =>
              reject(new Error(`${file} did not say '${kind}' in time; ${troubles.slice(-3).join('; ') || 'no troubles told'}`)),
            ),
          patienceMs,
        )
        const finish = (settle: () => void): void => {
          clearTimeout(late)
          waiting.delete(look)
          settle()
        }
        const look = (): void => {
          const at = heard.findIndex((one) => one.kind === kind)
          const [found] = at < 0 ? [] : heard.splice(at, 1)
          if (found) finish(() => resolve(found as never))
        }
        waiting.add(look)
        look()
      }),
    end: async () => {
      if (child.connected) child.send({ kind: 'stop' } satisfies ToSide)
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(kill)
    },
  }
}

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
    const start = { kind: 'start', ipcPath: chain.ipcPath, scene, folder } as const
    sides.ours.send({ ...start, rounds: [] })
    await sides.ours.next('ready')
    for (let i = 0; i < warmUp; i++) await arena.round(['ours'])
    sides.ours.send({ kind: 'record' })
    await sides.ours.next('ready')
    await arena.round(['ours'])
    const recorded = (await sides.ours.next('recorded')).rounds
    // Judgement and first trials need nothing of one another: a bare script sends them together.
    const rounds = [recorded.slice(0, -1).flat(), recorded.at(-1) ?? []]
    say(`containment: ${rounds.map((round) => round.length).join(' + ')} simulations for each attack`)
    sides.floor.send({ ...start, rounds })
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

type Name = 'ours' | 'floor'

/** One round: attacks on the vaults of these sides one after the other, a block, the owner's release, another block. */
function arenaOf(
  request: Request,
  scene: BenchScene,
  sides: Readonly<Record<Name, Contestant>>,
): { readonly round: (names: readonly Name[]) => Promise<Partial<Record<Name, number>>> } {
  const data = attackData(scene)
  const nonces = new Map<Address, number>()
  const signed = async (key: Hex, tx: { readonly to: Address; readonly data: Hex; readonly tip: bigint }): Promise<Hex> => {
    const account = privateKeyToAccount(key)
    const nonce = nonces.get(account.address) ?? Number(await request('eth_getTransactionCount', [account.address, 'latest']))
    nonces.set(account.address, nonce + 1)
    return account.signTransaction({
      type: 'eip1559',
      chainId: scene.chainId,
      to: tx.to,
      data: tx.data,
      nonce,
      gas: 300_000n,
      maxFeePerGas: tx.tip,
      maxPriorityFeePerGas: tx.tip,
    })
  }
  const mined = async (names: readonly Name[]): Promise<void> => {
    await request('evm_mine', [])
    const block = Number(await request('eth_blockNumber', []))
    for (const name of names) sides[name].send({ kind: 'reach', block })
    for (const name of names) await sides[name].next('reached')
  }
  return {
    round: async (names) => {
      const took: Partial<Record<Name, number>> = {}
      const attacks = await Promise.all(names.map((name) => attack(scene.sides[name])))
      for (const [i, name] of names.entries()) {
        await request('eth_sendRawTransaction', [attacks[i]])
        took[name] = (await sides[name].next('sent')).ms
        await new Promise((done) => setTimeout(done, 10))
      }
      await mined(names)
      for (const name of names)
        await request('eth_sendRawTransaction', [
          await signed(scene.ownerKey, { to: scene.sides[name].vault, data: releaseData, tip: 2_000_000_000n }),
        ])
      await mined(names)
      return took
    },
  }

  function attack(side: Side): Promise<Hex> {
    return signed(side.attackerKey, { to: side.vault, data, tip: 3_000_000_000n })
  }
}

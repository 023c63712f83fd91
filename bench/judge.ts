// `judge`: pending transactions judged per second, six reads, 32 in flight, against a bare script that sends the same requests.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeOf } from '../packages/firebreak/src/chain/node.ts'
import { validSignature } from '../packages/firebreak/src/chain/signature.ts'
import { probe } from '../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../packages/firebreak/src/chain/transport/connect.ts'
import type { Rpc, RpcCall } from '../packages/firebreak/src/chain/transport/rpc.ts'
import { startEngine } from '../packages/firebreak/src/engine.ts'
import { realContext } from '../packages/firebreak/src/engine/context.ts'
import { watching } from '../packages/firebreak/src/engine/reach.ts'
import { openJournal } from '../packages/firebreak/src/journal/sqlite/journal.ts'
import { startAnvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import type { Transaction } from '../packages/firebreak/src/model/chain.ts'
import { atLeast, quantile, type BenchOptions, type Figures } from './figures.ts'
import { bare, type Bare } from './scene/bare.ts'
import { perRun, waitingTransactions } from './scene/waiting.ts'
import { watchedOnly } from './scene/watched-only.ts'
import { buildScene } from './scene/scene.ts'

const inFlight = 32
const warmUp = 4

/** What our side asked about one transaction: first beside one another, then the judgement. */
interface Asked {
  readonly first: string
  readonly account: readonly string[]
  readonly judge: string
}

export async function judge({ runs = 20, say }: BenchOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'))
  const chain = await startAnvil({ noMining: true, baseFee: 0n })
  const rpc = connect(chain.ipcPath, 'bench')
  const script = await bare(chain.ipcPath)
  const journal = openJournal(join(folder, 'bench.journal'))
  try {
    say('judge: building the scene')
    const scene = await buildScene((method, params) => rpc.request(method, params), 31_337)
    const plan = watchedOnly(scene, scene.sides.ours)
    const reads = watching(plan, 'bench').needs(undefined).reads.length
    if (reads !== 6) throw new Error(`the bench's plan asks ${reads} reads`)
    const can = await probe(rpc)
    const context = realContext(say)
    const recorder = recorded(rpc)
    const real = nodeOf('bench', recorder.rpc, can, { onTrouble: context.trouble, setInterval: () => () => {} })
    let hear: (tx: Transaction) => void = () => {}
    let [judged, wanted] = [0, 0]
    let done: () => void = () => {}
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
        if (input.kind === 'happening' && input.happening.kind === 'pending' && ++judged === wanted) done()
      },
    })
    await engine.settled()
    const rates = { ours: [] as number[], floor: [] as number[] }
    for (let run = 0; run < runs + warmUp; run++) {
      const txs = waitingTransactions(scene, run)
      recorder.forget()
      const finished = new Promise<void>((resolve) => {
        ;[judged, wanted, done] = [0, txs.length, resolve]
      })
      const start = performance.now()
      for (const tx of txs) hear(tx)
      await finished
      const between = performance.now()
      const asked = recorder.asked(txs)
      const again = performance.now()
      await askBare(script, asked)
      const end = performance.now()
      if (run < warmUp) continue
      rates.ours.push((txs.length * 1_000) / (between - start))
      rates.floor.push((txs.length * 1_000) / (end - again))
    }
    await engine.stop()
    const median = { ours: quantile(rates.ours, 0.5), floor: quantile(rates.floor, 0.5) }
    return {
      bench: 'judge',
      about: `${perRun} waiting transactions at a time, six reads, ${inFlight} in flight; the floor is a bare script that sends the same requests`,
      runs,
      figures: { oursPerSecond: Math.round(median.ours), floorPerSecond: Math.round(median.floor) },
      ratios: [atLeast('share of the floor', median.ours / median.floor, 0.7)],
    }
  } finally {
    script.close()
    journal.close()
    await rpc.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The real transport, with a memory of what was asked about whom. */
function recorded(rpc: Rpc): {
  readonly rpc: Rpc
  readonly forget: () => void
  readonly asked: (txs: readonly Transaction[]) => readonly Asked[]
} {
  const traces = new Map<string, readonly unknown[]>()
  const accounts = new Map<string, readonly RpcCall[]>()
  const judgements = new Map<string, readonly unknown[]>()
  const body = ({ method, params }: RpcCall): string => `"method":"${method}","params":${JSON.stringify(params)}`
  const senderOf = (params: readonly unknown[]): string => {
    const [call] = params as readonly [{ from?: string; blockStateCalls?: readonly { calls: readonly { from: string }[] }[] }]
    return call.from ?? call.blockStateCalls?.[0]?.calls[0]?.from ?? ''
  }
  return {
    rpc: {
      ...rpc,
      request: (method, params, options) => {
        if (method === 'debug_traceCall') traces.set(senderOf(params), params)
        if (method === 'eth_simulateV1') judgements.set(senderOf(params), params)
        return rpc.request(method, params, options)
      },
      batch: (calls, options) => {
        const [call] = calls
        if (call?.method === 'eth_getTransactionCount') accounts.set(String(call.params[0]), calls)
        return rpc.batch(calls, options)
      },
    },
    forget: () => [traces, accounts, judgements].forEach((one) => one.clear()),
    asked: (txs) =>
      txs.map(({ from }) => {
        const [trace, account, judgement] = [traces.get(from), accounts.get(from), judgements.get(from)]
        if (!trace || !account || !judgement) throw new Error(`not everything was asked about ${from}`)
        return {
          first: body({ method: 'debug_traceCall', params: trace }),
          account: account.map(body),
          judge: body({ method: 'eth_simulateV1', params: judgement }),
        }
      }),
  }
}

async function askBare(script: Bare, asked: readonly Asked[]): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let one = asked[next++]; one; one = asked[next++]) {
      await Promise.all([script.batch(one.account), script.send(one.first)])
      await script.send(one.judge)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

// Our contestant: the real engine with the real journal, and two stamps around it: notification in, pausing transaction accepted.
import { join } from 'node:path'
import { quorum } from '../../packages/firebreak/src/chain/quorum/quorum.ts'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { probe } from '../../packages/firebreak/src/chain/transport/capabilities.ts'
import type { Rpc } from '../../packages/firebreak/src/chain/transport/rpc.ts'
import { nodeOf } from '../../packages/firebreak/src/chain/node.ts'
import { validSignature } from '../../packages/firebreak/src/chain/signature.ts'
import { startEngine, type Engine } from '../../packages/firebreak/src/engine.ts'
import { realContext } from '../../packages/firebreak/src/engine/context.ts'
import { openJournal } from '../../packages/firebreak/src/journal/sqlite/journal.ts'
import { keySigner } from '../../packages/firebreak/src/responders/authorities/key.ts'
import { guarded } from '../scene/guarded.ts'
import { listen, tell, type ToSide } from './messages.ts'

interface Stopwatch {
  readonly record: () => void
  /** The real transport, watched. */
  readonly watched: (rpc: Rpc) => Rpc
}

/** From the first notification of an attack, by whichever endpoint, to the first answer of a node that has the brake. */
function stopwatch(attacker: string): Stopwatch {
  let began: number | undefined
  let simulations = 0
  let recording: string[][] | undefined
  let wanted = false
  let open = 0
  let last: unknown

  /** Simulations that are sent while none is open depend on the answers before them: a new round. */
  const simulated = (params: readonly unknown[], answer: Promise<unknown>): void => {
    if (began === undefined) return
    simulations++
    if (!recording) return
    if (open === 0) recording.push([])
    recording.at(-1)?.push(`"method":"eth_simulateV1","params":${JSON.stringify(params)}`)
    open++
    void answer.finally(() => open--)
  }
  const sent = (raw: unknown): void => {
    if (began === undefined) return
    tell({ kind: 'sent', ms: performance.now() - began, raw: String(raw), simulations })
    began = undefined
    if (recording) tell({ kind: 'recorded', rounds: recording })
    recording = undefined
  }
  /** Several endpoints announce the same attack; only its first notification counts. */
  const notified = (hash: unknown): void => {
    if (hash === last) return
    last = hash
    ;[began, simulations] = [performance.now(), 0]
    if (wanted) [recording, wanted, open] = [[], false, 0]
  }

  return {
    record: () => {
      wanted = true
    },
    watched: (rpc) => ({
      ...rpc,
      subscribe:
        rpc.subscribe &&
        (async (params, onMessage) => {
          if (!rpc.subscribe) throw new Error('the transport no longer subscribes')
          return rpc.subscribe(params, (message) => {
            if (typeof message === 'object' && message !== null && 'from' in message && message.from === attacker && 'hash' in message)
              notified(message.hash)
            onMessage(message)
          })
        }),
      request: async (method, params, options) => {
        const answer = rpc.request(method, params, options)
        if (method === 'eth_simulateV1') simulated(params, answer)
        if (method === 'eth_sendRawTransaction') {
          const attack = last
          // A node that has it already has it, too; the slow one's answer may come when another attack is under way.
          await answer.catch(() => undefined).then(() => attack === last && sent(params[0]))
        }
        return answer
      },
    }),
  }
}

async function start(message: ToSide & { readonly kind: 'start' }): Promise<{ readonly engine: Engine; readonly record: () => void }> {
  const { scene } = message
  const side = scene.sides[message.side]
  const plan = guarded(scene, side)
  const context = realContext((what) => tell({ kind: 'trouble', what }))
  const watch = stopwatch(side.attacker.toLowerCase())
  const endpoints = await Promise.all(
    message.paths.map(async (path, i) => {
      const name = `endpoint ${i + 1}`
      const real = connect(path, name)
      const can = await probe(real)
      const rpc = watch.watched(real)
      const node = nodeOf('bench', rpc, can, {
        oneOfSeveral: message.paths.length > 1,
        onTrouble: context.trouble,
        setInterval: (run, ms) => context.every(ms, run),
      })
      return { name, operator: name, node, rpc, can }
    }),
  )
  const [only] = endpoints
  if (!only) throw new Error('no endpoint was named')
  const node =
    endpoints.length === 1
      ? only.node
      : quorum('bench', endpoints, {
          agreement: { aloneAfterMs: 300, aloneUpTo: 0n },
          chainId: scene.chainId,
          onTrouble: context.trouble,
          now: () => performance.now(),
          later: (ms, run) => {
            const timer = setTimeout(run, ms)
            return () => clearTimeout(timer)
          },
        })
  const engine = await startEngine({
    plan,
    nodes: new Map([['bench', node]]),
    journal: openJournal(join(message.folder, `${message.side}.journal`)),
    signers: new Map([['guardian', keySigner(side.guardianKey, side.guardian, scene.chainId, 'authorities.guardian')]]),
    context,
    validSignature,
    gasOf: () => 1_500_000n,
  })
  return { engine, record: watch.record }
}

async function reach(engine: Engine, block: number): Promise<void> {
  const until = Date.now() + 20_000
  while (Date.now() < until) {
    await engine.settled()
    if (engine.counts().every((one) => one.head >= block)) {
      await engine.settled()
      return tell({ kind: 'reached', block })
    }
    await new Promise((done) => setTimeout(done, 1))
  }
  throw new Error(`the engine did not reach block ${block}`)
}

let running: Awaited<ReturnType<typeof start>> | undefined
listen(async (message) => {
  switch (message.kind) {
    case 'start':
      running = await start(message)
      return tell({ kind: 'ready' })
    case 'reach':
      return running && reach(running.engine, message.block)
    case 'record':
      running?.record()
      return tell({ kind: 'ready' })
    case 'stop':
      await running?.engine.stop()
      tell({ kind: 'stopped' })
      return process.disconnect()
    default:
      return message satisfies never
  }
})

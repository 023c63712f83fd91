// Plays a drill's variants: the attack in public or unseen, people's ordinary business, people who want a pause; with and without Firebreak.
import { keccak256 } from 'viem/utils'
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Engine } from '../engine.ts'
import type { Proxy } from '../local-chain/ipc-proxy.ts'
import type { Dollars } from '../model/money.ts'
import type { Hex } from '../model/hex.ts'
import type { Chronicle } from './chronicle.ts'
import type { Act, Scene, Variant } from './define.ts'
import type { DrillEvent } from './events.ts'
import type { LocalKit } from './kit.ts'
import type { Observed } from './observe.ts'

export interface Run {
  readonly kit: LocalKit
  readonly scene: Scene
  readonly rpc: Rpc
  readonly proxy: Proxy
  readonly engine: Engine
  readonly watch: Observed
  readonly chronicle: Chronicle
  readonly tell: (event: DrillEvent) => void
}

const attackTip = 3_000_000_000n
/** Repetitions pay less: whoever comes second with a brake in the pool is behind it. */
const tipOf = (round: number): bigint => (round === 0 ? attackTip : attackTip / 3n)
const patienceMs = 20_000

/** Plays a variant while Firebreak watches; gives the attack's transactions. */
export async function perform(run: Run, variant: Variant): Promise<readonly Hex[]> {
  await caughtUp(run)
  if (variant === 'public') return attackInPublic(run)
  if (variant === 'private') return attackInPrivate(run)
  await play(run, variant === 'quiet' ? run.scene.quiet() : run.scene.grief())
  return []
}

async function headOf(rpc: Rpc): Promise<bigint> {
  return BigInt(String(await rpc.request('eth_blockNumber', [])))
}

/** Waits until the engine has seen the chain's head, then until it has nothing left to do. */
async function caughtUp({ engine, rpc }: Run): Promise<void> {
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const head = await headOf(rpc)
    await engine.settled()
    if (engine.counts().every((one) => one.head >= head)) {
      await engine.settled()
      return
    }
    await pause(5)
  }
  throw new Error('Firebreak did not reach the head of the local chain')
}

/** Waits until the engine has heard of these waiting transactions. */
async function heard(run: Run, hashes: readonly Hex[]): Promise<void> {
  const until = Date.now() + 2_000
  while (Date.now() < until && !hashes.every((hash) => run.watch.heard(hash))) {
    await pause(2)
    await run.engine.settled()
  }
  await run.engine.settled()
}

async function mineAndCatchUp(run: Run, blocks = 1): Promise<void> {
  await run.kit.mine(blocks)
  await caughtUp(run)
  await run.chronicle.take(true)
}

async function attackInPublic(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch, chronicle } = run
  const raws = await scene.attack({ tip: attackTip, round: 0 })
  await caughtUp(run)
  await chronicle.take(true)
  const hashes = raws.map((raw) => keccak256(raw))
  chronicle.expect(hashes)
  tell({ kind: 'attack', round: 0, hidden: false, txs: hashes })
  watch.attackBegins(await headOf(run.rpc))
  for (const raw of raws) await kit.broadcast(raw)
  await heard(run, hashes)
  await mineAndCatchUp(run)
  await mineAndCatchUp(run, 2)
  return hashes
}

async function attackInPrivate(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch, chronicle } = run
  const all: Hex[] = []
  for (const round of [0, 1]) {
    const raws = await scene.attack({ tip: tipOf(round), round }).catch((error: unknown) => {
      // The first round has to work; that a later one cannot even be put together is what a brake is for.
      if (round === 0) throw error
      tell({ kind: 'noAttack', round, why: error instanceof Error ? error.message : String(error) })
      return []
    })
    await caughtUp(run)
    await chronicle.take(true)
    const hashes = raws.map((raw) => keccak256(raw))
    chronicle.expect(hashes)
    tell({ kind: 'attack', round, hidden: true, txs: hashes })
    if (round === 0) watch.attackBegins(await headOf(run.rpc))
    for (const [i, raw] of raws.entries()) {
      const hash = hashes[i]
      if (hash) {
        run.proxy.hide(hash)
        all.push(hash)
      }
      await kit.broadcast(raw)
    }
    await mineAndCatchUp(run)
  }
  await mineAndCatchUp(run)
  return all
}

async function play(run: Run, acts: readonly Act[]): Promise<void> {
  await run.chronicle.take(true)
  for (const act of acts) {
    run.tell({ kind: 'act', name: act.name })
    await act.run()
    await pause(20)
    await run.engine.settled()
    await mineAndCatchUp(run)
  }
}

/** The same attack when nobody watches. */
export async function performAlone(
  { kit, scene, rpc, chronicle }: Pick<Run, 'kit' | 'scene' | 'rpc' | 'chronicle'>,
  variant: Variant,
): Promise<Dollars> {
  const before = await scene.lost()
  for (const round of variant === 'private' ? [0, 1] : [0]) {
    const raws = await scene.attack({ tip: tipOf(round), round })
    await chronicle.take(false)
    chronicle.expect(raws.map((raw) => keccak256(raw)))
    for (const raw of raws) await rpc.request('eth_sendRawTransaction', [raw])
    await kit.mine()
    await chronicle.take(false)
  }
  return (await scene.lost()) - before
}

/** Both rounds in one block. The second is signed on a state in which the first has happened, which is then taken back. */
export async function performInOneBlock({ kit, scene, rpc }: Pick<Run, 'kit' | 'scene' | 'rpc'>): Promise<Dollars> {
  const before = await scene.lost()
  const send = async (raws: readonly Hex[]): Promise<void> => {
    for (const raw of raws) await rpc.request('eth_sendRawTransaction', [raw])
  }
  const first = await scene.attack({ tip: tipOf(0), round: 0 })
  const ahead = await rpc.request('evm_snapshot', [])
  await send(first)
  await kit.mine()
  const second = await scene.attack({ tip: tipOf(1), round: 1 })
  await rpc.request('evm_revert', [ahead])
  await rpc.request('anvil_dropAllTransactions', [])
  await send([...first, ...second])
  await kit.mine()
  return (await scene.lost()) - before
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

// A drill while it runs: what its variants are played with, and waiting for the engine.
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Engine } from '../engine.ts'
import type { Proxy } from '../local-chain/ipc-proxy.ts'
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Chronicle } from './chronicle.ts'
import type { Scene } from './define.ts'
import type { DrillEvent } from './events.ts'
import type { LocalKit } from './kit.ts'
import type { Observed } from './observe.ts'

export interface Run {
  readonly kit: LocalKit
  readonly scene: Scene
  readonly rpc: Rpc
  readonly proxy: Pick<Proxy, 'hide'>
  readonly engine: Engine
  readonly watch: Observed
  readonly chronicle: Chronicle
  readonly plan: ResolvedPlan
  /** How many transactions a flood has. */
  readonly flood: number
  readonly tell: (event: DrillEvent) => void
}

export const attackTip = 3_000_000_000n
const patienceMs = 20_000

export async function headOf(rpc: Rpc): Promise<bigint> {
  return BigInt(String(await rpc.request('eth_blockNumber', [])))
}

/** Waits until the engine has seen the chain's head, then until it has nothing left to do. */
export async function caughtUp({ engine, rpc }: Run): Promise<void> {
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

/** True as soon as it is so, false when the time is over. */
export async function until(ms: number, isSo: () => Promise<boolean>, everyMs = 3): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(everyMs)) if (await isSo()) return true
  return false
}

/** Waits until the engine has heard of these waiting transactions, or has looked at as many and has nothing more to do. */
export async function heard({ engine, watch }: Run, hashes: readonly Hex[], looked: number): Promise<void> {
  const done = (): boolean => hashes.every((hash) => watch.heard(hash)) || examined({ engine }) >= looked + hashes.length
  await until(2_000, async () => {
    await engine.settled()
    return done()
  })
  await engine.settled()
}

/** How many waiting transactions the engine has looked at. */
export const examined = ({ engine }: Pick<Run, 'engine'>): number => engine.counts().reduce((sum, one) => sum + one.examined, 0)

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

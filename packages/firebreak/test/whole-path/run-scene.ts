// Runs a test on a scene with a strict proxy before its node, and ends everything that was started, whatever happens.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startProxy, type Proxy } from '../../src/local-chain/ipc-proxy.ts'
import type { Rule } from '../../src/local-chain/rules.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import type { Address } from '../../src/model/hex.ts'
import { startFirebreak, type Firebreak, type StartOptions } from './processes.ts'
import { startScene, type Scene, type SceneOptions } from './scene.ts'
import { until } from './until.ts'

export interface Stage {
  readonly scene: Scene
  readonly proxy: Proxy
  /** Behind the proxy unless another endpoint is given. */
  readonly firebreak: (options?: Partial<StartOptions>) => Firebreak
}

export async function onStage(
  options: SceneOptions & { readonly rules?: readonly Rule[] },
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const scene = await startScene(options)
  const started: Firebreak[] = []
  let proxy: Proxy | undefined
  try {
    proxy = await startProxy({ upstream: scene.anvil().ipcPath, rules: [...(options.rules ?? []), ...strictNode()] })
    const endpoint = proxy.ipcPath
    const firebreak: Stage['firebreak'] = (more = {}) => {
      const one = startFirebreak(scene, { endpoint, ...more })
      started.push(one)
      return one
    }
    await act({ scene, proxy, firebreak })
  } catch (error) {
    // What it said is most of what a failure tells.
    for (const one of started) process.stderr.write(`--- firebreak ${one.pid} said:\n${one.said()}${one.troubles()}\n`)
    throw error
  } finally {
    for (const one of started) one.kill()
    await Promise.all(started.map((one) => one.exited))
    await proxy?.close()
    await scene.stop()
  }
}

/** Back to an earlier state of the chain, with an empty pool and no journal. */
export async function rewind(scene: Scene, snapshot: unknown): Promise<unknown> {
  await scene.rpc.request('evm_revert', [snapshot])
  await scene.rpc.request('anvil_dropAllTransactions', [])
  await scene.kit.afterRevert()
  await rm(join(scene.folder, '.firebreak'), { recursive: true, force: true })
  return scene.rpc.request('evm_snapshot', [])
}

/** What waits in the node's pool from this account. */
export async function waitingFrom(scene: Scene, from: Address): Promise<readonly Readonly<Record<string, string>>[]> {
  const content = (await scene.rpc.request('txpool_content', [])) as Record<
    'pending' | 'queued',
    Record<string, Record<string, Record<string, string>>>
  >
  return [content.pending, content.queued].flatMap((part) =>
    Object.entries(part).flatMap(([sender, queue]) => (sender.toLowerCase() === from.toLowerCase() ? Object.values(queue) : [])),
  )
}

export const brakeWaits = (scene: Scene): Promise<void> =>
  until('the brake in the pool', async () => (await waitingFrom(scene, scene.guardian.address)).length > 0)

/** Until Firebreak has asked nothing for a while: it has seen all that there is. */
export async function quiet(proxy: Proxy): Promise<void> {
  let seen = -1
  let since = Date.now()
  await until('Firebreak to have seen everything', () => {
    if (proxy.count() !== seen) [seen, since] = [proxy.count(), Date.now()]
    return Date.now() - since > 400
  })
}

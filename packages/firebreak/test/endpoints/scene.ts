// The vault under attack, seen through several endpoints of which some lie, lag or die; the engine runs in this process.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { balanceProbe } from '../../src/chain/codec/balance-read.ts'
import { encodeRead } from '../../src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../src/chain/codec/event-probe.ts'
import { knownSecrets } from '../../src/base/secrets.ts'
import type { Engine } from '../../src/engine.ts'
import { realContext } from '../../src/engine/context.ts'
import { goLive } from '../../src/engine/live.ts'
import { recorder } from '../../src/engine/recording.ts'
import { startProxy, type Proxy } from '../../src/local-chain/ipc-proxy.ts'
import type { Rule } from '../../src/local-chain/rules.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import type { Decision } from '../../src/model/decision.ts'
import type { Entry } from '../../src/model/journal.ts'
import type { ResolvedPlan } from '../../src/model/plan.ts'
import type { Signal } from '../../src/model/signal.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { planText } from '../whole-path/plan-text.ts'
import { startScene, type Scene } from '../whole-path/scene.ts'
import { until } from '../whole-path/until.ts'

export interface Through {
  readonly operator: string
  readonly rules?: readonly Rule[]
}

export interface Seen {
  readonly scene: Scene
  readonly plan: ResolvedPlan
  readonly engine: Engine
  readonly proxies: readonly Proxy[]
  readonly troubles: readonly string[]
  readonly entries: () => readonly Entry[]
  readonly signals: (kind: string) => readonly Signal[]
  readonly decisions: () => readonly Decision[]
  readonly said: () => string
  readonly recording: string
}

export interface SceneWords {
  readonly aloneAfter?: string
  readonly aloneUpTo?: string
  readonly warmUp?: number
}

/** Endpoints in the plan's order, all of the same anvil. */
export async function through(endpoints: readonly Through[], words: SceneWords, act: (seen: Seen) => Promise<void>): Promise<void> {
  const scene = await startScene()
  const proxies: Proxy[] = []
  let engine: Engine | undefined
  const troubles: string[] = []
  try {
    for (const { rules = [] } of endpoints)
      proxies.push(await startProxy({ upstream: scene.anvil().ipcPath, rules: [...rules, ...strictNode()] }))
    const list = endpoints.map(({ operator }, i) => `{ url: env('RPC_${i}'), operator: '${operator}' }`).join(', ')
    const agreement = `{ aloneAfter: '${words.aloneAfter ?? '150ms'}', aloneUpTo: '${words.aloneUpTo ?? '$1,000'}' }`
    await writeFile(
      scene.plan,
      planText(
        { vault: scene.vault, coin: scene.coin, guardian: scene.guardian.address, chainId: 31_337, decimals: 6 },
        { rpc: `[${list}], agreement: ${agreement}` },
      ),
    )
    const loaded = await loadPlan(scene.plan)
    const { plan } = resolvePlan(loaded.definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, loaded.sources)
    const journal = openJournal(join(scene.folder, 'endpoints.journal'))
    const recording = join(scene.folder, 'recording')
    const live = await goLive({
      plan,
      journal,
      armed: true,
      secrets: knownSecrets(),
      secret: (ref) => {
        if (ref.kind !== 'env') throw new Error('only variables here')
        return ref.name === 'GUARDIAN_KEY' ? scene.guardian.privateKey : (proxies[Number(ref.name.slice(4))]?.ipcPath ?? '')
      },
      context: realContext((what) => troubles.push(what)),
      warmUp: words.warmUp ?? 3,
      recorder: recorder(recording),
    })
    engine = live.engine
    const entries = (): readonly Entry[] => {
      journal.flush()
      return [...journal.read()]
    }
    const bodies = <body>(kind: string): readonly body[] => entries().flatMap((entry) => (entry.kind === kind ? [entry.body as body] : []))
    const decisions = (): readonly Decision[] => bodies<Decision>('decision')
    await act({
      scene,
      plan,
      engine,
      proxies,
      troubles,
      entries,
      signals: (kind) => bodies<Signal>('signal').filter((signal) => signal.watch === 'firebreak' && signal.kind === kind),
      decisions,
      said: () =>
        [
          ...bodies<Signal>('signal').map((one) => `signal ${one.watch} ${one.kind}: ${one.summary}`),
          ...decisions().map((one) => `decision ${one.verdict} ${one.obstacle ?? ''} ${one.alone ?? ''}: ${one.why}`),
          ...troubles,
        ].join('\n'),
      recording,
    })
  } catch (error) {
    process.stderr.write(`--- trouble:\n${troubles.join('\n')}\n`)
    throw error
  } finally {
    await engine?.stop().catch(() => undefined)
    for (const proxy of proxies) await proxy.close()
    await scene.stop()
  }
}

/** Waits, and says what was seen when it was in vain. */
export async function eventually(seen: Seen, what: string, holds: () => boolean | Promise<boolean>, ms = 6_000): Promise<void> {
  await until(what, holds, ms).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${seen.said()}`)
  })
}

/** A public attack: it waits in the pool, and is mined after the brake if there is one. */
export async function attack({ scene }: Seen): Promise<void> {
  await scene.kit.broadcast((await scene.attack()).raw)
}

export const pulled = (seen: Seen): boolean => seen.decisions().some((one) => one.verdict === 'pull')
export const proposed = (seen: Seen): Decision | undefined => seen.decisions().find((one) => one.verdict === 'propose')

/** A private one: no endpoint shows it before it is mined. */
export async function privateAttack({ scene, proxies }: Seen): Promise<void> {
  const { raw, hash } = await scene.attack()
  for (const proxy of proxies) proxy.hide(hash)
  await scene.kit.broadcast(raw)
  await scene.kit.mine()
}

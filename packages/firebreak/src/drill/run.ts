// Runs a drill against its plan on a fresh local chain: with Firebreak, and once more without it, from the same snapshot.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { existsSync } from 'node:fs'
import { keccak256 } from 'viem/utils'
import { balanceProbe } from '../chain/codec/balance-read.ts'
import { encodeEvent } from '../chain/codec/event-probe.ts'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { encodeWrite } from '../chain/codec/encode-write.ts'
import { connect } from '../chain/transport/connect.ts'
import type { Rpc } from '../chain/transport/rpc.ts'
import { knownSecrets } from '../base/secrets.ts'
import type { Engine } from '../engine.ts'
import { realContext } from '../engine/context.ts'
import type { Effect, Input } from '../engine/inputs.ts'
import { goLive } from '../engine/live.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { startAnvil } from '../local-chain/anvil.ts'
import { startProxy, type Proxy } from '../local-chain/ipc-proxy.ts'
import { strictNode } from '../local-chain/strict-node.ts'
import { UserError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import { loadPlan } from '../plan/load.ts'
import { resolvePlan } from '../plan/resolve.ts'
import type { Act, Drill, Scene, Variant } from './define.ts'
import { makeKit, type LocalKit } from './kit.ts'
import { watchRun, type Observed } from './observe.ts'
import { outcomeOf, type DrillResult } from './result.ts'

export interface DrillOptions {
  readonly folder: string
  readonly variant: Variant
  readonly seed: number
  /** What happens, for people: one line each. */
  readonly tell?: (line: string) => void
  /** Everything that went into and came out of the engine, for recordings and tests. */
  readonly onInput?: (input: Input, effects: readonly Effect[]) => void
  readonly chainId?: number
}

/** Loads the drill of a folder; it may live anywhere. */
export async function loadDrill(folder: string): Promise<{ readonly drill: Drill; readonly planFile: string }> {
  const path = resolve(folder)
  const file = join(path, 'drill.ts')
  if (!existsSync(file))
    throw new UserError({
      path: folder,
      wrong: 'holds no drill.ts',
      mend: 'give the folder of a drill: one with drill.ts and a plan beside it',
    })
  const loaded: unknown = await import(pathToFileURL(file).href)
  const drill = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
  if (!isDrill(drill))
    throw new UserError({ path: file, wrong: 'its default export is not a drill', mend: 'write `export default defineDrill({ … })`' })
  return { drill, planFile: join(path, drill.plan) }
}

function isDrill(value: unknown): value is Drill {
  return (
    typeof value === 'object' &&
    value !== null &&
    'scene' in value &&
    typeof value.scene === 'function' &&
    'plan' in value &&
    typeof value.plan === 'string'
  )
}

const attackTip = 3_000_000_000n
const patienceMs = 20_000

export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { variant, seed, tell = () => {} } = options
  const { drill, planFile } = await loadDrill(options.folder)
  const chainId = options.chainId ?? 31_337
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-drill-'))
  const chain = await startAnvil({ noMining: true, chainId })
  const rpc = connect(chain.ipcPath, 'drill')
  const proxy = await startProxy({ upstream: chain.ipcPath, rules: strictNode() })
  try {
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId })
    tell(`building the scene: ${drill.about}`)
    const scene = await drill.scene(kit)
    const before = await rpc.request('evm_snapshot', [])
    const loaded = await loadPlan(planFile, { deployment: scene.deployment })
    const { plan } = resolvePlan(loaded.definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, loaded.sources)

    const secrets = knownSecrets(Object.values(scene.keys))
    const journal = openJournal(join(folder, 'drill.journal'), { refuse: secrets.found })
    const watch = watchRun(tell)
    const { engine } = await goLive({
      plan,
      journal,
      armed: true,
      secrets,
      secret: (ref) => (ref.kind === 'env' && scene.keys[ref.name] !== undefined ? scene.keys[ref.name]! : proxy.ipcPath),
      context: realContext((what) => watch.trouble(what)),
      onInput: (input, effects) => {
        watch.onInput(input, effects)
        options.onInput?.(input, effects)
      },
    })
    const run: Run = { kit, scene, rpc, proxy, engine, watch, tell }
    const lostBefore = await scene.lost()
    const attacks = await perform(run, variant)
    const lost = (await scene.lost()) - lostBefore
    await engine.stop()
    journal.close()

    tell('once more without Firebreak, from the same snapshot')
    await rpc.request('evm_revert', [before])
    await rpc.request('anvil_dropAllTransactions', [])
    kit.forgetSigned()
    const lostWithout = variant === 'public' || variant === 'private' ? await performAlone(kit, scene, rpc, variant) : 0n
    return await outcomeOf({ drill: drill.name, variant, seed, plan, watch, attacks, lost, lostWithout, rpc })
  } finally {
    await proxy.close()
    await rpc.close()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Run {
  readonly kit: LocalKit
  readonly scene: Scene
  readonly rpc: Rpc
  readonly proxy: Proxy
  readonly engine: Engine
  readonly watch: Observed
  readonly tell: (line: string) => void
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
    await new Promise((done) => setTimeout(done, 5))
  }
  throw new Error('Firebreak did not reach the head of the local chain')
}

/** Waits until the engine has heard of these waiting transactions. */
async function heard(run: Run, hashes: readonly Hex[]): Promise<void> {
  const until = Date.now() + 2_000
  while (Date.now() < until && !hashes.every((hash) => run.watch.heard(hash))) {
    await new Promise((done) => setTimeout(done, 2))
    await run.engine.settled()
  }
  await run.engine.settled()
}

async function perform(run: Run, variant: Variant): Promise<readonly Hex[]> {
  await caughtUp(run)
  if (variant === 'public') return attackInPublic(run)
  if (variant === 'private') return attackInPrivate(run)
  await perform1(run, variant === 'quiet' ? run.scene.quiet() : run.scene.grief())
  return []
}

async function attackInPublic(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch } = run
  const raws = await scene.attack({ tip: attackTip, round: 0 })
  await caughtUp(run)
  const hashes = raws.map((raw) => keccak256(raw))
  tell('the attack enters the mempool')
  watch.attackBegins(await headOf(run.rpc))
  for (const raw of raws) await kit.broadcast(raw)
  await heard(run, hashes)
  tell('a block is mined')
  await kit.mine()
  await caughtUp(run)
  await kit.mine(2)
  await caughtUp(run)
  return hashes
}

async function attackInPrivate(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch } = run
  const all: Hex[] = []
  for (const round of [0, 1]) {
    // Repetitions pay less: whoever comes second with a brake in the pool is behind it.
    const raws = await scene.attack({ tip: round === 0 ? attackTip : attackTip / 3n, round }).catch(() => [])
    await caughtUp(run)
    tell(round === 0 ? 'the attack goes to a builder, unseen' : 'the attack is repeated, unseen, with a lower tip')
    if (round === 0) watch.attackBegins(await headOf(run.rpc))
    for (const raw of raws) {
      const hash = keccak256(raw)
      run.proxy.hide(hash)
      all.push(hash)
      await kit.broadcast(raw)
    }
    await kit.mine()
    await caughtUp(run)
  }
  await kit.mine()
  await caughtUp(run)
  return all
}

async function perform1(run: Run, acts: readonly Act[]): Promise<void> {
  for (const act of acts) {
    run.tell(act.name)
    await act.run()
    await new Promise((done) => setTimeout(done, 20))
    await run.engine.settled()
    await run.kit.mine()
    await caughtUp(run)
  }
}

/** The same attack when nobody watches. */
async function performAlone(kit: LocalKit, scene: Scene, rpc: Rpc, variant: Variant): Promise<bigint> {
  const before = await scene.lost()
  for (const round of variant === 'private' ? [0, 1] : [0]) {
    for (const raw of await scene.attack({ tip: attackTip, round })) await rpc.request('eth_sendRawTransaction', [raw])
    await kit.mine()
  }
  return (await scene.lost()) - before
}

// Runs a drill against its plan on a fresh local chain: with Firebreak, and once more without it, from the same snapshot.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { balanceProbe } from '../chain/codec/balance-read.ts'
import { encodeEvent } from '../chain/codec/event-probe.ts'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { encodeWrite } from '../chain/codec/encode-write.ts'
import { connect } from '../chain/transport/connect.ts'
import { knownSecrets } from '../base/secrets.ts'
import { realContext } from '../engine/context.ts'
import type { Effect, Input } from '../engine/inputs.ts'
import { goLive } from '../engine/live.ts'
import { recorder } from '../engine/recording.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { startAnvil } from '../local-chain/anvil.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { loadPlan } from '../plan/load.ts'
import { resolvePlan } from '../plan/resolve.ts'
import { attacked, type Scene, type Variant } from './define.ts'
import { startEndpoints, type EndpointOptions } from './endpoints.ts'
import type { DrillEvent, MinedBlock } from './events.ts'
import { makeKit } from './kit.ts'
import { failed, loadDrill, sceneOf } from './load.ts'
import { chronicleOf } from './chronicle.ts'
import { watchRun, type Observed } from './observe.ts'
import { floodSize } from './perform-flood.ts'
import { perform, performAlone, performInOneBlock } from './perform.ts'
import { outcomeOf, type DrillResult, type Waiting } from './result.ts'
import type { Run } from './running.ts'
import type { PendingCounts } from '../sources/tally.ts'
import { verdictOn } from './verdict.ts'

export interface DrillOptions extends EndpointOptions {
  readonly folder: string
  readonly variant: Variant
  readonly seed: number
  /** What happens, as it happens. */
  readonly tell?: (event: DrillEvent) => void
  /** Everything that went into and came out of the engine, for tests. */
  readonly onInput?: (input: Input, effects: readonly Effect[]) => void
  /** Where a recording of the run with Firebreak is written; what the plan was made for goes beside it. */
  readonly record?: string
  readonly chainId?: number
  /** Other people's transactions in `flood`. */
  readonly flood?: number
}

export interface DrillReport {
  readonly result: DrillResult
  /** Why it counts as failed; empty when it was passed. */
  readonly wrong: readonly string[]
  readonly plan: ResolvedPlan
  readonly watch: Observed
  /** From the attack's first block on. */
  readonly blocks: readonly MinedBlock[]
  readonly blocksAlone: readonly MinedBlock[]
  /** What the attack's first round took. */
  readonly firstLoss: Dollars
  /** Private only: what both rounds take when they share one block, where nobody can stand between them. */
  readonly inOneBlock: Dollars | undefined
}

/** A plan that is a function needs this to be read again: `firebreak replay` looks for it beside a recording. */
export const deploymentBeside = (recording: string): string => `${recording}.deployment.json`

export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { variant, seed, tell = () => {} } = options
  const { drill, planFile, folder } = await loadDrill(options.folder)
  const chainId = options.chainId ?? 31_337
  const scratch = await mkdtemp(join(tmpdir(), 'firebreak-drill-'))
  const chain = await startAnvil({ noMining: true, chainId })
  const rpc = connect(chain.ipcPath, 'drill')
  const endpoints = await startEndpoints(chain.ipcPath, options)
  /** What fails in here is the drill's own code, and said so. */
  const own = <result>(what: string, part: () => Promise<result>): Promise<result> =>
    part().catch((error: unknown) => {
      throw failed(folder, what, error)
    })
  try {
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId })
    tell({ kind: 'building', drill: drill.name, about: drill.about })
    const given: unknown = await own('its scene failed', async () => drill.scene(kit))
    const scene = guarded(sceneOf(given, folder), own)
    let start = await rpc.request('evm_snapshot', [])
    const loaded = await loadPlan(planFile, { deployment: scene.deployment })
    const resolved = resolvePlan(loaded.definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, loaded.sources)
    const plan = endpoints.planOf(resolved.plan)
    tell({ kind: 'built', plan, head: BigInt(String(await rpc.request('eth_blockNumber', []))) })
    if (options.record) await writeFile(deploymentBeside(options.record), `${JSON.stringify(scene.deployment, null, 2)}\n`)

    const watch = watchRun()
    const secrets = knownSecrets(Object.values(scene.keys))
    const journal = openJournal(join(scratch, 'drill.journal'), { refuse: secrets.found })
    const guardians = new Set(plan.authorities.map((one): Address => one.address))
    const chronicle = chronicleOf({ rpc, scene, guardians, tell })
    const { engine } = await goLive({
      plan,
      journal,
      armed: true,
      secrets,
      // An environment variable that is none of the scene's keys can only be the node.
      secret: (ref) => (ref.kind === 'env' ? scene.keys[ref.name] : undefined) ?? endpoints.urlOf(ref.kind === 'env' ? ref.name : ''),
      context: realContext((what) => tell({ kind: 'trouble', what })),
      ...(options.record ? { recorder: recorder(options.record) } : {}),
      onInput: (input, effects) => {
        watch.onInput(input, effects)
        tell({ kind: 'engine', input, effects })
        options.onInput?.(input, effects)
      },
    })
    endpoints.beginToLie()
    const run: Run = { kit, scene, rpc, proxy: endpoints, engine, watch, chronicle, plan, flood: options.flood ?? floodSize, tell }
    const lostBefore = await scene.lost()
    const attacks = await perform(run, variant)
    const lost = (await scene.lost()) - lostBefore
    const blocks = chronicle.taken()
    const places = new Map<Hex, { block: bigint; index: number }>()
    for (const { number, txs } of blocks) for (const [index, { hash }] of txs.entries()) places.set(hash, { block: number, index })
    const waiting = waitingOf(engine.counts())
    await engine.stop()
    journal.close()

    const backToTheStart = async (): Promise<void> => {
      await rpc.request('evm_revert', [start])
      // A snapshot is used up by going back to it.
      start = await rpc.request('evm_snapshot', [])
      await rpc.request('anvil_dropAllTransactions', [])
      await kit.afterRevert()
    }
    let lostWithout = 0n
    let inOneBlock: Dollars | undefined
    if (attacked(variant)) {
      tell({ kind: 'alone' })
      await backToTheStart()
      lostWithout = await performAlone({ kit, scene, rpc, chronicle }, variant)
    }
    const blocksAlone = chronicle.taken()
    if (variant === 'private') {
      await backToTheStart()
      inOneBlock = await performInOneBlock({ kit, scene, rpc })
    }
    const lostBy = (number: bigint): Dollars => blocks.findLast((block) => block.number <= number)?.lost ?? 0n
    const placeOf = (tx: Hex) => Promise.resolve(places.get(tx))
    const result = await outcomeOf({
      drill: drill.name,
      variant,
      seed,
      watch,
      attacks,
      lost,
      lostWithout,
      lostBy,
      ...(waiting ? { waiting } : {}),
      placeOf,
    })
    const firstLoss = blocks.find((block) => block.txs.some((tx) => tx.role === 'attack'))?.lost ?? 0n
    return { result, wrong: verdictOn(result, firstLoss), plan, watch, blocks, blocksAlone, firstLoss, inOneBlock }
  } finally {
    await endpoints.close()
    await rpc.close()
    await chain.stop()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Of all chains together; a drill has one. */
function waitingOf(counts: readonly PendingCounts[]): Waiting | undefined {
  const [only] = counts
  if (!only) return undefined
  const { seen, examined, judged, inLine, dropped, passed } = only
  return { seen, examined, judged, inLine, dropped, passed }
}

/** The scene, with every failure of its own code named as such. */
function guarded(scene: Scene, own: <result>(what: string, part: () => Promise<result>) => Promise<result>): Scene {
  const acts = (name: 'quiet' | 'grief') => () =>
    scene[name]().map((act) => ({ name: act.name, run: () => own(`its act '${act.name}' failed`, async () => act.run()) }))
  const { aware } = scene
  return {
    ...scene,
    attack: (round) => own('its attack failed', async () => scene.attack(round)),
    ...(aware ? { aware: (round) => own('its aware attack failed', async () => aware(round)) } : {}),
    lost: () => own('its lost() failed', async () => scene.lost()),
    quiet: acts('quiet'),
    grief: acts('grief'),
  }
}

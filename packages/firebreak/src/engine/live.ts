// From a resolved plan to a running engine on real nodes: unlocks and locks keys, connects, measures gas, starts.
import { validSignature } from '../chain/signature.ts'
import { keysOf } from '../base/keys.ts'
import type { Secrets } from '../base/secrets.ts'
import { startEngine, type Engine } from '../engine.ts'
import type { Context } from './context.ts'
import type { EngineOptions } from './options.ts'
import type { SecretRef } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { lockKeys } from '../responders/authorities/key-lock.ts'
import type { Signer } from '../responders/authorities/key.ts'
import { routesOf } from '../responders/authorities/routes.ts'
import { proposalFolder } from '../responders/proposals/folder.ts'
import { proposals, type Proposals } from '../responders/proposals/proposals.ts'
import { transactionService } from '../responders/proposals/service.ts'
import { connectAll, type Connected } from './connect.ts'
import { gasTable, type GasTable } from './gas-table.ts'
import { measureGas } from './readiness.ts'
import { relaysOf } from './relays.ts'
import { unlock } from './unlock.ts'
import { workingOf } from './ways.ts'

export interface LiveOptions {
  readonly plan: ResolvedPlan
  readonly journal: EngineOptions['journal']
  readonly armed: boolean
  readonly secret: (ref: SecretRef) => string
  readonly secrets: Secrets
  readonly context: Context
  /** Where keys are locked for one writer each; without it they are not, which is for chains that nobody else can reach. */
  readonly keyLocks?: string
  /** The folder where people find what they are asked; without it nobody is asked, and only keys act. */
  readonly proposals?: string
  /** Gas of the brakes' calls; measured by simulation at the start unless given. */
  readonly gasOf?: EngineOptions['gasOf']
  readonly warmUp?: number
  readonly recorder?: EngineOptions['recorder']
  readonly onInput?: EngineOptions['onInput']
  readonly onMoment?: EngineOptions['onMoment']
  /** Connected and locked, before anything is watched: what still speaks against it is thrown here. */
  readonly beforeStart?: (nodes: ReadonlyMap<string, Connected>) => Promise<void>
}

export interface Live {
  readonly engine: Engine
  readonly nodes: ReadonlyMap<string, Connected>
  readonly gas: GasTable
}

export async function goLive(options: LiveOptions): Promise<Live> {
  const { plan, context } = options
  const signers = options.armed ? await unlock(plan, options) : new Map<string, Signer>()
  const nodes = await connectAll(plan, options)
  let lock: { readonly release: () => void } | undefined
  try {
    if (options.armed && options.keyLocks !== undefined) lock = await lockAll(plan, nodes, options.keyLocks)
    await options.beforeStart?.(nodes)
    const gas = gasTable()
    let measured: Awaited<ReturnType<typeof measureGas>> = new Map()
    if (options.armed && !options.gasOf)
      measured = await measureGas(plan, nodes).catch((error: unknown) => {
        context.trouble(`the gas of the brakes could not be measured: ${error instanceof Error ? error.message : String(error)}`)
        return measured
      })
    gas.learn(measured)
    const asking = options.armed && options.proposals !== undefined ? proposalsOf(options, options.proposals) : undefined
    const engine = await startEngine({
      plan,
      nodes: new Map([...nodes].map(([name, { node }]) => [name, node])),
      journal: options.journal,
      signers,
      ...(options.armed ? { relays: relaysOf(plan, options) } : {}),
      ...(options.armed ? { proposals: asking, routes: routesOf(plan.authorities, asking) } : {}),
      context,
      validSignature,
      gasOf: options.gasOf ?? gas.of,
      ...(options.warmUp === undefined ? {} : { warmUp: options.warmUp }),
      ...(options.recorder ? { recorder: options.recorder } : {}),
      ...(options.onInput ? { onInput: options.onInput } : {}),
      ...(options.onMoment ? { onMoment: options.onMoment } : {}),
    })
    const working = workingOf(plan, measured)
    if (Object.keys(working).length > 0) engine.submit({ kind: 'ways', at: context.now(), working })
    const stop = async (): Promise<void> => {
      await engine.stop()
      lock?.release()
    }
    return { engine: { ...engine, stop }, nodes, gas }
  } catch (error) {
    lock?.release()
    for (const { node } of nodes.values()) await node.close()
    throw error
  }
}

/** Files beside the journal, and the transaction services that Safes of the plan name. */
function proposalsOf({ plan, secret, secrets, context }: LiveOptions, folder: string): Proposals {
  const opened = (ref: SecretRef): string => {
    const value = secret(ref)
    secrets.add(value)
    return value
  }
  const services = plan.authorities.flatMap((one) =>
    one.kind === 'safe' && one.service
      ? [[one.address, transactionService(opened(one.service), one.serviceKey && opened(one.serviceKey))] as const]
      : [],
  )
  return proposals({ folder: proposalFolder(folder), services: new Map(services), onTrouble: context.trouble })
}

async function lockAll(
  plan: ResolvedPlan,
  nodes: ReadonlyMap<string, Connected>,
  folder: string,
): Promise<{ readonly release: () => void }> {
  const keys = await Promise.all(
    keysOf(plan.authorities).map(async ({ name, address, chain }) => {
      const connected = nodes.get(chain)
      const genesis = await connected?.node.header(0n).catch(() => undefined)
      return { authority: name, address, chainId: connected?.can.chainId ?? 0, genesis: genesis?.hash }
    }),
  )
  return lockKeys(folder, keys)
}

// From a resolved plan to a running engine on real nodes: connects, checks that the chain is the plan's, unlocks keys, opens the journal.
import { nodeOf } from '../chain/node.ts'
import { validSignature } from '../chain/signature.ts'
import { connect } from '../chain/transport/connect.ts'
import { probe, type Capabilities } from '../chain/transport/capabilities.ts'
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Secrets } from '../base/secrets.ts'
import { startEngine, type Context, type Engine, type EngineOptions } from '../engine.ts'
import type { SecretRef } from '../model/brake.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { keySigner, type Signer } from '../responders/authorities/key.ts'
import type { Node } from '../stages.ts'

export interface LiveOptions {
  readonly plan: ResolvedPlan
  readonly journal: EngineOptions['journal']
  readonly armed: boolean
  readonly secret: (ref: SecretRef) => string
  readonly secrets: Secrets
  readonly context: Context
  readonly gasOf: EngineOptions['gasOf']
  readonly warmUp?: number
  readonly recorder?: EngineOptions['recorder']
  readonly onInput?: EngineOptions['onInput']
  readonly onMoment?: EngineOptions['onMoment']
}

export interface Connected {
  readonly node: Node
  readonly rpc: Rpc
  readonly can: Capabilities
}

/** Connects to every chain of the plan and refuses one that is not the chain that the plan means. */
export async function connectAll(plan: ResolvedPlan, options: Pick<LiveOptions, 'secret' | 'secrets' | 'context'>): Promise<ReadonlyMap<string, Connected>> {
  const nodes = new Map<string, Connected>()
  try {
    for (const chain of plan.chains) {
      const url = options.secret(chain.endpoint.url)
      options.secrets.add(url)
      const rpc = connect(url, chain.name)
      const can = await probe(rpc).catch(async (error: unknown) => {
        await rpc.close()
        throw new UserError({
          path: `chains.${chain.name}.rpc`,
          wrong: options.secrets.redact(error instanceof Error ? error.message : String(error)),
          mend: 'start the node, or correct the endpoint that the reference points to',
        })
      })
      const node = nodeOf(chain.name, rpc, can, { onTrouble: options.context.trouble, setInterval: (run, ms) => options.context.every(ms, run) })
      nodes.set(chain.name, { node, rpc, can })
      if (can.chainId !== chain.id)
        throw new UserError({ path: `chains.${chain.name}.id`, wrong: `the plan says ${chain.id}, the node serves chain ${can.chainId}`, mend: 'correct the id in the plan, or the endpoint' })
    }
    return nodes
  } catch (error) {
    for (const { node } of nodes.values()) await node.close()
    throw error
  }
}

/** Keys are unlocked only when armed: in shadow none is ever read. */
export function unlock(plan: ResolvedPlan, options: Pick<LiveOptions, 'secret' | 'secrets'>): ReadonlyMap<string, Signer> {
  const signers = new Map<string, Signer>()
  for (const authority of plan.authorities) {
    const chain = plan.chains.find((one) => one.name === authority.chain)
    if (!chain) continue
    const secret = options.secret(authority.secret)
    options.secrets.add(secret)
    signers.set(authority.name, keySigner(secret, authority.address, chain.id, `authorities.${authority.name}.signer`))
  }
  return signers
}

export async function goLive(options: LiveOptions): Promise<{ readonly engine: Engine; readonly nodes: ReadonlyMap<string, Connected> }> {
  const { plan, context } = options
  const signers = options.armed ? unlock(plan, options) : new Map<string, Signer>()
  const nodes = await connectAll(plan, options)
  try {
    const engine = await startEngine({
      plan,
      nodes: new Map([...nodes].map(([name, { node }]) => [name, node])),
      journal: options.journal,
      signers,
      context,
      validSignature,
      gasOf: options.gasOf,
      ...(options.warmUp === undefined ? {} : { warmUp: options.warmUp }),
      ...(options.recorder ? { recorder: options.recorder } : {}),
      ...(options.onInput ? { onInput: options.onInput } : {}),
      ...(options.onMoment ? { onMoment: options.onMoment } : {}),
    })
    return { engine, nodes }
  } catch (error) {
    for (const { node } of nodes.values()) await node.close()
    throw error
  }
}

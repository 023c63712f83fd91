// Connects to every chain of a plan, and refuses a node that serves another chain than the plan means.
import { nodeOf } from '../chain/node.ts'
import { connect } from '../chain/transport/connect.ts'
import { probe, type Capabilities } from '../chain/transport/capabilities.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, RpcError, type Rpc } from '../chain/transport/rpc.ts'
import type { Secrets } from '../base/secrets.ts'
import type { Context } from './context.ts'
import type { SecretRef } from '../model/brake.ts'
import { UserError, type Fault } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Node } from '../stages.ts'

export interface ConnectOptions {
  readonly secret: (ref: SecretRef) => string
  readonly secrets: Secrets
  readonly context: Context
}

export interface Connected {
  readonly node: Node
  readonly rpc: Rpc
  readonly can: Capabilities
}

/** What a person can do about a node that fails while nothing can go on without it; undefined for any other error. */
export function nodeFault(error: unknown, chain?: string): Fault | undefined {
  const silent = error instanceof NodeUnreachable || error instanceof NodeTimeout
  if (!silent && !(error instanceof MalformedAnswer || error instanceof RpcError)) return undefined
  return {
    path: `chains.${chain ?? error.label}.rpc`,
    wrong: error.message,
    mend: silent
      ? 'start the node, or correct the endpoint that the reference points to'
      : 'see what this endpoint answers (does it want a key, or has it run out?), or point the reference to another node',
  }
}

/** Connects to every chain of the plan and refuses one that is not the chain that the plan means. */
export async function connectAll(plan: ResolvedPlan, options: ConnectOptions): Promise<ReadonlyMap<string, Connected>> {
  const nodes = new Map<string, Connected>()
  try {
    for (const chain of plan.chains) {
      const url = options.secret(chain.endpoint.url)
      options.secrets.add(url)
      const rpc = connect(url, chain.name)
      const can = await probe(rpc).catch(async (error: unknown) => {
        await rpc.close()
        const fault = nodeFault(error, chain.name)
        throw fault ? new UserError({ ...fault, wrong: options.secrets.redact(fault.wrong) }) : error
      })
      const node = nodeOf(chain.name, rpc, can, {
        onTrouble: options.context.trouble,
        setInterval: (run, ms) => options.context.every(ms, run),
      })
      nodes.set(chain.name, { node, rpc, can })
      if (can.chainId !== chain.id)
        throw new UserError({
          path: `chains.${chain.name}.id`,
          wrong: `the plan says ${chain.id}, the node serves chain ${can.chainId}`,
          mend: 'correct the id in the plan, or the endpoint',
        })
    }
    return nodes
  } catch (error) {
    for (const { node } of nodes.values()) await node.close()
    throw error
  }
}

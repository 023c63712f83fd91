// Connects to every chain of a plan, and refuses a node that serves another chain than the plan means.
import { nodeOf } from '../chain/node.ts'
import { quorum, type Endpoint } from '../chain/quorum/quorum.ts'
import { connect } from '../chain/transport/connect.ts'
import { probe, type Capabilities } from '../chain/transport/capabilities.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, RpcError, type Rpc } from '../chain/transport/rpc.ts'
import type { Secrets } from '../base/secrets.ts'
import type { Context } from './context.ts'
import type { SecretRef } from '../model/brake.ts'
import { UserError, type Fault } from '../model/errors.ts'
import type { ResolvedChain, ResolvedPlan } from '../model/plan.ts'
import type { Node } from '../stages.ts'

const latecomersMs = 3_000

export interface ConnectOptions {
  readonly secret: (ref: SecretRef) => string
  readonly secrets: Secrets
  readonly context: Context
}

export interface Connected {
  readonly node: Node
  /** For what no `Node` is asked: with several endpoints, one of them. */
  readonly rpc: Rpc
  /** What any of the endpoints can do. */
  readonly can: Capabilities
  readonly endpoints: readonly (Endpoint & { readonly reached: boolean })[]
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

/** Connects to every chain of the plan and refuses an endpoint that serves another chain than the plan means. */
export async function connectAll(plan: ResolvedPlan, options: ConnectOptions): Promise<ReadonlyMap<string, Connected>> {
  const nodes = new Map<string, Connected>()
  try {
    for (const chain of plan.chains) nodes.set(chain.name, await connectChain(chain, options))
    return nodes
  } catch (error) {
    for (const { node } of nodes.values()) await node.close()
    throw error
  }
}

/** One endpoint is the node itself, with nothing around it; several check each other. */
async function connectChain(chain: ResolvedChain, options: ConnectOptions): Promise<Connected> {
  const rpcs = chain.endpoints.map(({ url }, i) => {
    const place = options.secret(url)
    options.secrets.add(place)
    return connect(place, chain.endpoints.length === 1 ? chain.name : `${chain.name} (${nameOf(chain, i)})`)
  })
  try {
    const probed = await probeAll(rpcs, options.context)
    const reached = probed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const [best] = reached
    if (!best) throw faultOf(chain, probed[0], options.secrets)
    probed.forEach((one, i) => {
      if (one.status === 'rejected')
        options.context.trouble(
          `${chain.name}: the endpoint ${nameOf(chain, i)} is not there: ${options.secrets.redact(one.reason instanceof Error ? one.reason.message : String(one.reason))}`,
        )
      else if (one.value.chainId !== chain.id)
        throw new UserError({
          path: `chains.${chain.name}.id`,
          wrong: `the plan says ${chain.id}, the ${chain.endpoints.length === 1 ? 'node' : `endpoint ${nameOf(chain, i)}`} serves chain ${one.value.chainId}`,
          mend: 'correct the id in the plan, or the endpoint',
        })
    })
    const endpoints = rpcs.map((rpc, i): Endpoint & { readonly reached: boolean } => {
      const one = probed[i]
      // One that is away is taken for as able as another, and is set aside until it answers for this chain.
      const can = one?.status === 'fulfilled' ? one.value : best
      const node = nodeOf(chain.name, rpc, can, {
        oneOfSeveral: rpcs.length > 1,
        onTrouble: options.context.trouble,
        setInterval: (run, ms) => options.context.every(ms, run),
      })
      return { name: nameOf(chain, i), operator: chain.endpoints[i]?.operator ?? '', node, rpc, can, reached: one?.status === 'fulfilled' }
    })
    const [only] = endpoints
    if (!only) throw new Error(`the chain ${chain.name} has no endpoint`)
    if (endpoints.length === 1) return { node: only.node, rpc: only.rpc, can: only.can, endpoints }
    const node = quorum(chain.name, endpoints, {
      agreement: chain.agreement,
      chainId: chain.id,
      away: endpoints.filter((one) => !one.reached),
      onTrouble: options.context.trouble,
      now: () => performance.now(),
      later: (ms, run) => once(options.context, ms, run),
    })
    const present = endpoints.find((one) => one.reached) ?? only
    return { node, rpc: present.rpc, can: together(reached), endpoints }
  } catch (error) {
    for (const rpc of rpcs) await rpc.close()
    throw error
  }
}

/** Once one has answered, the others have a few seconds more: whoever is slow or dead does not keep us from starting. */
async function probeAll(rpcs: readonly Rpc[], context: Context): Promise<readonly PromiseSettledResult<Capabilities>[]> {
  const probing = rpcs.map((rpc) => probe(rpc))
  const first = Promise.any(probing).catch(() => undefined)
  const late = first.then(
    () => new Promise<never>((_, reject) => void once(context, latecomersMs, () => reject(new Error('it has not answered so far')))),
  )
  late.catch(() => undefined)
  return Promise.allSettled(rpcs.length === 1 ? probing : probing.map((one) => Promise.race([one, late])))
}

/** Gives the way to call it off; nobody stays alive for it. */
function once(context: Context, ms: number, run: () => void): () => void {
  const stop = context.every(ms, () => {
    stop()
    run()
  })
  return stop
}

/** As people are told: the operator, numbered where it runs several. */
function nameOf({ endpoints }: ResolvedChain, index: number): string {
  const operator = endpoints[index]?.operator ?? ''
  const before = endpoints.slice(0, index).filter((one) => one.operator === operator).length
  return before === 0 ? operator : `${operator} (${before + 1})`
}

function faultOf(chain: ResolvedChain, failed: PromiseSettledResult<unknown> | undefined, secrets: Secrets): unknown {
  const error: unknown = failed?.status === 'rejected' ? failed.reason : undefined
  const fault = nodeFault(error, chain.name)
  return fault ? new UserError({ ...fault, wrong: secrets.redact(fault.wrong) }) : error
}

/** What any of them can do. */
const together = (all: readonly Capabilities[]): Capabilities =>
  all.reduce((sum, one) => ({
    chainId: sum.chainId,
    clientVersion: `${sum.clientVersion}, ${one.clientVersion}`,
    simulateV1: sum.simulateV1 || one.simulateV1,
    simulateDeploys: sum.simulateDeploys || one.simulateDeploys,
    callWithCodeOverride: sum.callWithCodeOverride || one.callWithCodeOverride,
    traceCall: sum.traceCall || one.traceCall,
    subscribeHeads: sum.subscribeHeads || one.subscribeHeads,
    subscribePendingFull: sum.subscribePendingFull || one.subscribePendingFull,
    pendingHashes: sum.pendingHashes || one.pendingHashes,
    txpoolContent: sum.txpoolContent || one.txpoolContent,
    receipts: sum.receipts || one.receipts,
    proofs: sum.proofs || one.proofs,
  }))

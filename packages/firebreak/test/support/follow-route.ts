// Test support: a local chain, and what a responder does with a route, step by step: read, do what is next, let time pass.
import { decodeErrorResult, encodeFunctionData, type Abi } from 'viem'
import type { Actor } from '../../src/drill/define.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import { RpcError, type Rpc } from '../../src/chain/transport/rpc.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import type { Answers, EncodedCall, Probe } from '../../src/model/call.ts'
import type { Answer } from '../../src/model/chain.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { Route, RouteStep } from '../../src/model/route.ts'

export interface RouteChain {
  readonly kit: LocalKit
  readonly rpc: Rpc
  readonly stop: () => Promise<void>
}

export async function startRouteChain(seed = 1): Promise<RouteChain> {
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(anvil.ipcPath, 'test')
  const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId: 31_337 })
  return {
    kit,
    rpc,
    stop: async () => {
      await rpc.close()
      await anvil.stop()
    },
  }
}

export function callOf(to: Address, abi: unknown, functionName: string, args: readonly unknown[] = []): EncodedCall {
  return { to, data: encodeFunctionData({ abi: abi as Abi, functionName, args }), label: `vault.${functionName}(${args.join(', ')})` }
}

export type At = Answers & { readonly timestamp: bigint }

/** Everything that the route wants to know, asked until it names nothing new. */
export async function readFor({ rpc }: RouteChain, route: Route, calls: readonly EncodedCall[]): Promise<At> {
  const answers = new Map<string, Answer>()
  for (;;) {
    const missing = route.reads(calls, { answers }).filter((probe) => !answers.has(probe.key))
    if (missing.length === 0) break
    for (const probe of missing) answers.set(probe.key, await answerTo(rpc, probe))
  }
  const head = (await rpc.request('eth_getBlockByNumber', ['latest', false])) as { readonly timestamp: string }
  return { answers, timestamp: BigInt(head.timestamp) }
}

async function answerTo(rpc: Rpc, probe: Probe): Promise<Answer> {
  try {
    return { ok: true, data: (await rpc.request('eth_call', [{ to: probe.to, data: probe.data }, 'latest'])) as Hex }
  } catch (error) {
    if (error instanceof RpcError) return { ok: false, data: '0x' }
    throw error
  }
}

export async function nextStep(chain: RouteChain, route: Route, calls: readonly EncodedCall[]): Promise<RouteStep> {
  return route.next(calls, await readFor(chain, route, calls))
}

/** Goes on until people are asked, it is stuck, or it is done; time is let pass where the route waits for it. */
export async function followRoute(
  chain: RouteChain,
  route: Route,
  calls: readonly EncodedCall[],
  sender: Actor,
  { most = 12 } = {},
): Promise<readonly RouteStep[]> {
  const steps: RouteStep[] = []
  while (steps.length < most) {
    const at = await readFor(chain, route, calls)
    const step = route.next(calls, at)
    steps.push(step)
    if (step.kind === 'people' || step.kind === 'stuck') return steps
    if (step.kind === 'wait') {
      if (step.until === undefined) await chain.kit.mine(1)
      else await chain.kit.wait(Number(step.until - at.timestamp))
      continue
    }
    for (const call of step.calls) await chain.kit.send(sender, { to: call.to, data: call.data })
    if (step.completes) return steps
  }
  return steps
}

/** Carries the rehearsal out as a simulation would: with its words of storage, from the sender; the reason when it fails. */
export async function rehearsed(chain: RouteChain, route: Route, calls: readonly EncodedCall[], from: Address): Promise<string> {
  const at = await readFor(chain, route, calls)
  const rehearsal = route.rehearse(calls, at)
  if (!rehearsal.ok) return rehearsal.why
  const overrides = Object.fromEntries(Object.entries(rehearsal.storage).map(([address, words]) => [address, { stateDiff: words }]))
  const simulated = (await chain.rpc.request('eth_simulateV1', [
    { blockStateCalls: [{ stateOverrides: overrides, calls: rehearsal.calls.map((call) => ({ from, to: call.to, data: call.data })) }] },
    'latest',
  ])) as readonly { readonly calls: readonly { readonly status: string; readonly returnData: Hex }[] }[]
  const failed = simulated[0]?.calls.find((call) => call.status !== '0x1')
  return failed ? reasonIn(failed.returnData) : 'works'
}

function reasonIn(data: Hex): string {
  try {
    const { args } = decodeErrorResult({ abi: [{ type: 'error', name: 'Error', inputs: [{ type: 'string' }] }], data })
    return String(args[0])
  } catch {
    return data
  }
}

// Four ways in which one of several endpoints may lie, whatever the protocol: consistent in itself, and false.
import { isRecord, NodeRefused, type AskNode, type Reply, type Rule } from '../local-chain/rules.ts'

export const lies = ['reads', 'logs', 'simulation', 'blocks'] as const
export type Lie = (typeof lies)[number]

/** Nothing that a lie would change happens before the scene is built and the plan is watched. */
export interface Lying {
  on: boolean
}

const forged: Record<Lie, (lying: Lying) => Rule> = {
  reads: staleReads,
  logs: (lying) => ({ after: ({ method }, reply) => (lying.on && method === 'eth_getLogs' ? { result: [] } : reply) }),
  simulation: harmlessSimulations,
  blocks: withheldBlocks,
}

export const liar = (lie: Lie, lying: Lying): Rule => forged[lie](lying)

/** Every read is answered as it was one block before: what an attack or a brake changed has not happened. */
function staleReads(lying: Lying): Rule {
  return {
    before: async ({ method, params }, ask) => {
      const [call, at, ...more] = params
      if (!lying.on || method !== 'eth_call' || !isRecord(at) || typeof at['blockHash'] !== 'string') return undefined
      const block = await ask('eth_getBlockByHash', [at['blockHash'], false])
      if (!isRecord(block)) return undefined
      return passed(ask, method, [call, { blockHash: block['parentHash'] }, ...more])
    },
  }
}

const nobody = '0x000000000000000000000000000000000000dEaD'

/** In a simulation nobody but the readers ever calls anything: whatever is tried, nothing is lost. */
function harmlessSimulations(lying: Lying): Rule {
  const tamed = (call: unknown): unknown =>
    isRecord(call) && call['maxPriorityFeePerGas'] !== '0x0' ? { ...call, to: nobody, data: '0x' } : call
  return {
    before: ({ method, params }, ask) => {
      const [request, at] = params
      if (!lying.on || method !== 'eth_simulateV1' || !isRecord(request) || !Array.isArray(request['blockStateCalls'])) return undefined
      const blocks = request['blockStateCalls'].map((one: unknown) =>
        isRecord(one) && Array.isArray(one['calls']) ? { ...one, calls: one['calls'].map(tamed) } : one,
      )
      return passed(ask, method, [{ ...request, blockStateCalls: blocks }, at])
    },
  }
}

/** The chain has stopped, as far as this endpoint is concerned. */
function withheldBlocks(lying: Lying): Rule {
  let last: bigint | undefined
  const hidden = (block: unknown): boolean =>
    lying.on && last !== undefined && isRecord(block) && typeof block['number'] === 'string' && BigInt(block['number']) > last
  const unknown: Reply = { error: { code: -32_000, message: 'header not found' } }
  return {
    passes: (result) => !hidden(result),
    before: async ({ method, params }, ask) => {
      if (!lying.on) return undefined
      last ??= BigInt(String(await ask('eth_blockNumber', [])))
      const place = params.find((one) => isRecord(one) && typeof one['blockHash'] === 'string')
      if (isRecord(place))
        return hidden(await ask('eth_getBlockByHash', [place['blockHash'], false]).catch(() => undefined)) ? unknown : undefined
      if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return undefined
      return passed(ask, method, [`0x${last.toString(16)}`, params[1]])
    },
    after: ({ method }, reply) =>
      method.startsWith('eth_getBlockBy') && 'result' in reply && hidden(reply.result) ? { result: null } : reply,
  }
}

async function passed(ask: AskNode, method: string, params: readonly unknown[]): Promise<Reply> {
  try {
    return { result: await ask(method, params) }
  } catch (error) {
    if (error instanceof NodeRefused) return { error: error.error }
    throw error
  }
}

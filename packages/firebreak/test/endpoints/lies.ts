// Proxy rules that lie the way a hostile endpoint would: consistent in itself, and false.
import type { AskNode, ProxiedCall, Reply, Rule } from '../../src/local-chain/rules.ts'
import { isRecord, NodeRefused } from '../../src/local-chain/rules.ts'
import type { Address, Hex } from '../../src/model/hex.ts'

/** Set once the scene is there. */
export interface Target {
  vault?: Address
  on: boolean
}

export const target = (): Target => ({ on: false })

/** `owner` and `paused` share a word of the vault. */
const packed: Hex = `0x${'2'.padStart(64, '0')}`

async function asIfPaused(vault: Address, ask: AskNode): Promise<Readonly<Record<string, unknown>>> {
  const word = BigInt(String(await ask('eth_getStorageAt', [vault, packed, 'latest'])))
  return { [vault]: { stateDiff: { [packed]: `0x${(word | (1n << 160n)).toString(16).padStart(64, '0')}` } } }
}

async function passed(ask: AskNode, method: string, params: readonly unknown[]): Promise<Reply> {
  try {
    return { result: await ask(method, params) }
  } catch (error) {
    if (error instanceof NodeRefused) return { error: error.error }
    throw error
  }
}

/** Every read is answered as if the vault were paused. */
export function forgedHolds(at: Target): Rule {
  return {
    before: async ({ method, params }: ProxiedCall, ask) => {
      if (!at.on || !at.vault || method !== 'eth_call') return undefined
      const [call, block, overrides] = params
      return passed(ask, method, [call, block, { ...(isRecord(overrides) ? overrides : {}), ...(await asIfPaused(at.vault, ask)) }])
    },
  }
}

/** What was emitted is left out. */
export function forgedLogs(at: Target): Rule {
  return { after: ({ method }, reply) => (at.on && method === 'eth_getLogs' ? { result: [] } : reply) }
}

/** Nothing is ever lost in a simulation, because the vault is paused in it. */
export function forgedSimulation(at: Target): Rule {
  return {
    before: async ({ method, params }: ProxiedCall, ask) => {
      const [request, block] = params
      if (!at.on || !at.vault || method !== 'eth_simulateV1' || !isRecord(request) || !Array.isArray(request['blockStateCalls']))
        return undefined
      const [first, ...rest] = request['blockStateCalls']
      const overrides = isRecord(first) && isRecord(first['stateOverrides']) ? first['stateOverrides'] : {}
      const blocks = [{ ...first, stateOverrides: { ...overrides, ...(await asIfPaused(at.vault, ask)) } }, ...rest]
      return passed(ask, method, [{ ...request, blockStateCalls: blocks }, block])
    },
  }
}

/** A harmless call is simulated as if it were the drain: what is claimed to be lost never would be. */
export function inventedLoss(at: Target, harmless: Hex, drain: Hex): Rule {
  const forged = (call: unknown): unknown => (isRecord(call) && call['data'] === harmless ? { ...call, data: drain } : call)
  return {
    before: ({ method, params }, ask) => {
      const [request, block] = params
      if (!at.on || method !== 'eth_simulateV1' || !isRecord(request) || !Array.isArray(request['blockStateCalls'])) return undefined
      const blocks = request['blockStateCalls'].map((one: unknown) =>
        isRecord(one) && Array.isArray(one['calls']) ? { ...one, calls: one['calls'].map(forged) } : one,
      )
      return passed(ask, method, [{ ...request, blockStateCalls: blocks }, block])
    },
  }
}

/** Blocks from the one after `after` on do not exist. */
export const withheldBlocks = (at: Target & { after: bigint }): Rule => hidingBlocks((number) => at.on && number > at.after)

/** Honest and behind: every block is known here that much later. */
export function lagging(at: Target, ms: number): Rule {
  const since = new Map<bigint, number>()
  return hidingBlocks((number) => {
    if (!at.on) return false
    if (!since.has(number)) since.set(number, performance.now())
    return performance.now() - (since.get(number) ?? 0) < ms
  })
}

function hidingBlocks(isHidden: (number: bigint) => boolean): Rule {
  const hidden = (block: unknown): boolean => isRecord(block) && typeof block['number'] === 'string' && isHidden(BigInt(block['number']))
  const unknown: Reply = { error: { code: -32_000, message: 'header not found' } }
  return {
    passes: (result) => !hidden(result),
    before: async ({ method, params }, ask) => {
      const place = params.find((one) => isRecord(one) && typeof one['blockHash'] === 'string')
      if (isRecord(place)) {
        const block = await ask('eth_getBlockByHash', [place['blockHash'], false]).catch(() => undefined)
        return hidden(block) ? unknown : undefined
      }
      if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return undefined
      let number = BigInt(String(await ask('eth_blockNumber', [])))
      while (number > 0n && isHidden(number)) number--
      return passed(ask, method, [`0x${number.toString(16)}`, params[1]])
    },
    after: ({ method }, reply) =>
      method.startsWith('eth_getBlockBy') && 'result' in reply && hidden(reply.result) ? { result: null } : reply,
  }
}

/** Nothing can be proven by this one. */
export const noProofs: Rule = {
  before: ({ method }) => (method === 'eth_getProof' ? { error: { code: -32_601, message: 'method not found' } } : undefined),
}

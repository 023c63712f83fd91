// A node that answers from proofs alone: what endpoints say of one block is measured by it when they disagree.
import { MalformedAnswer, RpcError, type Outcome, type Rpc, type RpcCall } from '../../transport/rpc.ts'
import type { Capabilities } from '../../transport/capabilities.ts'
import { nodeOf } from '../../node.ts'
import { fields } from '../../parse.ts'
import type { Hex } from '../../../model/hex.ts'
import type { Node } from '../../../stages.ts'
import { checksummed } from '../../codec/checksum.ts'
import { provenAccounts, type ProvenAccounts } from './accounts.ts'
import { callOn, NotIncludable, simulateOn } from './execute.ts'
import { provenHeader, type ProvenHeader } from './header.ts'
import { provenLogs, provenTransactions } from './lists.ts'
import { BadProof } from './trie.ts'

export interface Asker {
  readonly rpc: Pick<Rpc, 'request'>
}

interface At {
  readonly header: ProvenHeader
  readonly accounts: ProvenAccounts
}

const timeoutMs = 2_000
/** Blocks that are still disputed; a dispute is about the newest ones. */
const mostBlocks = 8

/** `askers` hand over material and are not believed: whatever does not fit the hash that was asked for is thrown away. */
export function provenNode(
  chain: string,
  chainId: number,
  askers: readonly Asker[],
): Pick<Node, 'header' | 'observe' | 'judge' | 'run' | 'read' | 'account' | 'code'> {
  const blocks = new Map<Hex, Promise<At>>()
  const rpcs = askers.map((one) => one.rpc)

  const firstThat = async <value>(what: string, take: (rpc: Pick<Rpc, 'request'>) => Promise<value | undefined>): Promise<value> => {
    for (const rpc of rpcs) {
      const found = await take(rpc).catch(() => undefined)
      if (found !== undefined) return found
    }
    throw new BadProof(`nobody proves ${what}`)
  }

  const at = (hash: Hex): Promise<At> => {
    const known = blocks.get(hash)
    if (known) return known
    const found = firstThat('the header', async (rpc) =>
      provenHeader(await rpc.request('eth_getBlockByHash', [hash, false], { timeoutMs }), hash),
    ).then((header) => ({ header, accounts: provenAccounts(rpcs, header) }))
    blocks.set(hash, found)
    found.catch(() => blocks.delete(hash))
    for (const old of blocks.keys()) {
      if (blocks.size <= mostBlocks) break
      blocks.delete(old)
    }
    return found
  }

  const transactionsOf = ({ header }: At) =>
    firstThat('the transactions', async (rpc) =>
      provenTransactions(await rpc.request('eth_getBlockByHash', [header.hash, true], { timeoutMs }), header.transactionsRoot),
    )

  const logsOf = async (block: At, filter: Readonly<Record<string, unknown>>): Promise<readonly unknown[]> => {
    const hashes = (await transactionsOf(block)).map((tx) => tx['hash'] as Hex)
    const logs = await firstThat('the receipts', async (rpc) =>
      provenLogs(await rpc.request('eth_getBlockReceipts', [block.header.raw['number']], { timeoutMs }), block.header.receiptsRoot, hashes),
    )
    const emitters: readonly unknown[] = Array.isArray(filter['address']) ? filter['address'] : []
    const wanted = new Set(emitters.map((one) => String(one).toLowerCase()))
    return logs.filter((log) => wanted.has(String(log['address']).toLowerCase()))
  }

  const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    switch (method) {
      case 'eth_getBlockByHash': {
        const block = await at(params[0] as Hex)
        return params[1] === true ? { ...block.header.raw, transactions: await transactionsOf(block) } : block.header.raw
      }
      case 'eth_getLogs': {
        const filter = fields(params[0], chain, 'a filter')
        return logsOf(await at(filter['blockHash'] as Hex), filter)
      }
      case 'eth_call': {
        const { header, accounts } = await at(hashIn(params[1]))
        return callOn(accounts, header, chainId, fields(params[0], chain, 'a call'), params[2])
      }
      case 'eth_simulateV1': {
        const { header, accounts } = await at(hashIn(params[1]))
        return simulateOn(accounts, header, chainId, params[0])
      }
      case 'eth_getBalance':
      case 'eth_getTransactionCount': {
        const { accounts } = await at(hashIn(params[1]))
        const account = await accounts.account(addressIn(params[0]))
        return `0x${((method === 'eth_getBalance' ? account?.balance : account?.nonce) ?? 0n).toString(16)}`
      }
      case 'eth_getCode':
        return (await at(hashIn(params[1]))).accounts.code(addressIn(params[0]))
      default:
        throw new BadProof(`${method} cannot be proven`)
    }
  }

  const hashIn = (value: unknown): Hex => fields(value, chain, 'a block')['blockHash'] as Hex
  const addressIn = (value: unknown): Hex => {
    const address = checksummed(String(value))
    if (!address) throw new MalformedAnswer(chain, 'not an address')
    return address
  }

  const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    try {
      return await answer(method, params)
    } catch (error) {
      if (error instanceof NotIncludable) throw new RpcError(chain, method, { code: -32_000, said: error.message, data: undefined })
      throw error
    }
  }
  const rpc: Rpc = {
    kind: 'ipc',
    request,
    batch: (calls: readonly RpcCall[]) =>
      Promise.all(
        calls.map(({ method, params }) =>
          request(method, params).then(
            (result): Outcome => ({ ok: true, result }),
            (error: unknown): Outcome => ({ ok: false, error: error instanceof Error ? error : new Error(String(error)) }),
          ),
        ),
      ),
    subscribe: undefined,
    onState: () => () => undefined,
    close: async () => undefined,
  }
  return nodeOf(chain, rpc, everythingButTraces(chainId), {
    oneOfSeveral: true,
    onTrouble: () => undefined,
    setInterval: () => () => undefined,
  })
}

/** Deployments are carried out as such; call trees are no part of any root. */
const everythingButTraces = (chainId: number): Capabilities => ({
  chainId,
  clientVersion: 'proofs',
  simulateV1: true,
  simulateDeploys: true,
  callWithCodeOverride: true,
  traceCall: false,
  subscribeHeads: false,
  subscribePendingFull: false,
  pendingHashes: false,
  txpoolContent: false,
  receipts: true,
  proofs: true,
})

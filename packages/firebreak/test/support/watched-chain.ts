// Test support: a real strict chain on which a detector is followed, block by block, and asked about transactions that wait.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Abi } from 'abitype'
import { encodeDeployData, getAddress } from 'viem'
import { z } from 'zod'
import { parseHeader, parseTransaction } from '../../src/chain/parse.ts'
import { nodeOf } from '../../src/chain/node.ts'
import { probe } from '../../src/chain/transport/capabilities.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import type { Rpc } from '../../src/chain/transport/rpc.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import { startProxy } from '../../src/local-chain/ipc-proxy.ts'
import type { Artifact } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import type { Transaction } from '../../src/model/chain.ts'
import type { Detector, Finding } from '../../src/model/detector.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { BlockMoment, Moment } from '../../src/model/moment.ts'
import type { Node } from '../../src/stages.ts'
import { chain } from './moments.ts'

export interface Deployed {
  readonly address: Address
  readonly chain: string
  readonly abi: Abi
}

export interface Sending {
  readonly from?: Address
  readonly value?: bigint
}

export interface WatchedChain {
  readonly rpc: Rpc
  readonly node: Node
  readonly accounts: readonly Address[]
  readonly deploy: (contract: Artifact, args?: readonly unknown[], sending?: Sending) => Promise<Deployed>
  /** Calldata of a function by name. */
  readonly call: (contract: Pick<Artifact, 'abi'>, fn: string, args?: readonly unknown[]) => Hex
  /** Sent and mined; throws when it reverts. Gives its hash. */
  readonly send: (to: Address, data: Hex, sending?: Sending) => Promise<Hex>
  /** Several in one block, in this order, whether they revert or not. */
  readonly sendTogether: (all: readonly { readonly to: Address; readonly data: Hex; readonly from?: Address }[]) => Promise<readonly Hex[]>
  readonly follow: (detector: Detector) => Promise<Followed>
  readonly stop: () => Promise<void>
}

export interface Followed {
  /** Every block since the last one that was seen; what was found in them, with the findings of each in order. */
  readonly blocks: () => Promise<readonly Finding[]>
  /** What would be said of this transaction if it waited now. */
  readonly waiting: (to: Address, data: Hex, sending?: Sending) => Promise<readonly Finding[]>
  readonly state: () => unknown
}

const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value))

export async function startWatchedChain(can: { readonly traceCall?: boolean } = {}): Promise<WatchedChain> {
  const anvil = await startAnvil({})
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  const rpc = connect(proxy.ipcPath, chain)
  const node = nodeOf(chain, rpc, { ...(await probe(rpc)), ...can }, { onTrouble: () => {}, setInterval: () => () => {} })
  const accounts = z
    .array(hex)
    .parse(await rpc.request('eth_accounts', []))
    .map((one) => getAddress(one))
  const [boss] = accounts
  if (!boss) throw new Error('no account')

  const receipt = async (hash: Hex) => {
    for (let tries = 0; tries < 500; tries++) {
      const found = z
        .object({ contractAddress: hex.nullable(), status: hex })
        .nullable()
        .parse(await rpc.request('eth_getTransactionReceipt', [hash]))
      if (found) return found
      await sleep(5)
    }
    throw new Error('not mined')
  }
  const post = async (body: object): Promise<Hex> => hex.parse(await rpc.request('eth_sendTransaction', [body]))

  const send: WatchedChain['send'] = async (to, data, { from = boss, value = 0n } = {}) => {
    const hash = await post({ from, to, data, value: `0x${value.toString(16)}`, gas: '0x7a1200' })
    if (BigInt((await receipt(hash)).status) !== 1n) throw new Error(`reverted: ${to} ${data.slice(0, 10)}`)
    return hash
  }

  return {
    rpc,
    node,
    accounts,
    deploy: async ({ abi: known, bytecode }, args = [], { from = boss, value = 0n } = {}) => {
      // What a package or a compiler calls an ABI.
      const abi = known as Abi
      const data = encodeDeployData({ abi, bytecode, args })
      const { contractAddress, status } = await receipt(await post({ from, data, value: `0x${value.toString(16)}`, gas: '0xe4e1c0' }))
      if (!contractAddress || BigInt(status) !== 1n) throw new Error('not deployed')
      return { address: getAddress(contractAddress), chain, abi }
    },
    call: ({ abi }, functionName, args = []) => encodeCall(abi, functionName, args),
    send,
    sendTogether: async (all) => {
      await rpc.request('evm_setAutomine', [false])
      const hashes: Hex[] = []
      for (const { to, data, from = boss } of all) hashes.push(await post({ from, to, data, gas: '0x7a1200' }))
      await rpc.request('anvil_mine', ['0x1'])
      await rpc.request('evm_setAutomine', [true])
      await Promise.all(hashes.map(receipt))
      return hashes
    },
    follow: async (detector) => await followed(node, rpc, detector, boss),
    stop: async () => {
      await node.close()
      await proxy.close()
      await anvil.stop()
    },
  }
}

async function followed(node: Node, rpc: Rpc, detector: Detector, boss: Address): Promise<Followed> {
  let state = detector.start
  let next = (await node.head()).number
  const watched = new Set(detector.subjects)
  const see = (moment: Moment): readonly Finding[] => {
    const result = detector.step(state, moment)
    if (moment.kind === 'block') state = result.state
    return result.findings
  }
  const observe = async (number: bigint): Promise<BlockMoment> => {
    const { hash } = parseHeader(await rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]), chain)
    const moment = await node.observe(hash, detector.needs(state), watched)
    if (!moment) throw new Error('no such block')
    return moment
  }
  return {
    state: () => state,
    blocks: async () => {
      const findings: Finding[] = []
      for (const head = (await node.head()).number; next <= head; next++) findings.push(...see(await observe(next)))
      return findings
    },
    waiting: async (to, data, { from = boss, value = 0n } = {}) => {
      const on = await node.head()
      const nonce = await rpc.request('eth_getTransactionCount', [from, 'latest'])
      const fees = { maxFeePerGas: '0x12a05f200', maxPriorityFeePerGas: '0x3b9aca00' }
      const body = { hash: `0x${'f1'.repeat(32)}`, from, to, nonce, input: data, value: `0x${value.toString(16)}`, gas: '0x7a1200' }
      const tx: Transaction = parseTransaction({ ...body, ...fees }, chain)
      const { frames } = node.can.trace ? await node.trace(tx, on) : { frames: [] }
      const judged = await node.judge(on, [tx], detector.needs(state))
      if ('refused' in judged) throw new Error(judged.refused)
      const touches = [...new Set(frames.flatMap((frame) => (frame.to && watched.has(frame.to) ? [frame.to] : [])))]
      const { answers, logs, reverted } = judged
      return see({ kind: 'pending', chain, block: on, tx, queue: [], includable: { ok: true }, reverted, frames, touches, answers, logs })
    },
  }
}

// Finds out what a node can do, without changing anything on it, and says what each missing capability costs.
import type { Hex } from '../../model/hex.ts'
import { isMessage } from './answer.ts'
import type { Rpc } from './rpc.ts'
import { MalformedAnswer, NodeUnreachable } from './rpc.ts'

export interface Capabilities {
  readonly chainId: number
  readonly clientVersion: string
  /** `eth_simulateV1` with validation, obeying the block overrides. */
  readonly simulateV1: boolean
  /** The same for a transaction that deploys a contract. */
  readonly simulateDeploys: boolean
  /** `eth_call` at a block hash, with code put in place for the call. */
  readonly callWithCodeOverride: boolean
  /** `debug_traceCall` with the call tracer and its logs. */
  readonly traceCall: boolean
  readonly subscribeHeads: boolean
  /** The node takes the wish for full bodies; whether it fulfils it shows only when something waits. */
  readonly subscribePendingFull: boolean
  readonly pendingHashes: boolean
  readonly txpoolContent: boolean
  readonly receipts: boolean
  readonly proofs: boolean
}

export type Capability = Exclude<keyof Capabilities, 'chainId' | 'clientVersion'>

const costs: Readonly<Record<Capability, string>> = {
  simulateV1: 'waiting transactions cannot be judged before they confirm, and no brake can be proven before it is pulled',
  simulateDeploys:
    'a deployment is simulated by lending its sender code that creates the contract; a constructor that looks at tx.origin sees the difference',
  callWithCodeOverride: 'the reads of a block need one request each instead of one for all, so that judging a block takes longer',
  traceCall: 'every waiting transaction is simulated in full, since nothing tells which ones touch your contracts',
  subscribeHeads: 'new blocks are noticed by asking, later by up to the polling interval',
  subscribePendingFull: 'each waiting transaction costs one more request before it can be judged',
  pendingHashes: 'waiting transactions are not seen: an attack is noticed only once it is in a block',
  txpoolContent: 'transactions that were waiting before Firebreak started, and senders’ queues, are not seen',
  receipts: 'the logs of a block are asked for by filter, which fails on nodes that limit filters',
  proofs: 'a value cannot be proven against a block’s header, so that the node’s word has to be taken for it',
}

/** @example costOf(await probe(rpc)).map(({ capability, cost }) => `no ${capability}: ${cost}`) */
export function costOf(capabilities: Capabilities): readonly { readonly capability: Capability; readonly cost: string }[] {
  return (Object.keys(costs) as Capability[])
    .filter((capability) => !capabilities[capability])
    .map((capability) => ({ capability, cost: costs[capability] }))
}

const timeoutMs = 5_000
const nobody = '0x00000000000000000000000000000000f12eb4ea'
const somewhere = '0x0000000000000000000000000000000f12eb4eb0'
const word = (value: bigint): string => value.toString(16).padStart(64, '0')
const hex = (value: bigint): Hex => `0x${value.toString(16)}`

/** Returns NUMBER, TIMESTAMP, COINBASE, PREVRANDAO and BASEFEE, one word each. */
const tellBlock = '0x436000524260205241604052446060524860805260a06000f3'
/** As initcode: emits an empty LOG0 and leaves no code. */
const emitLog = '0x60006000a000'

/** Throws when the node cannot be reached or is none; a request that it refuses or does not answer is a missing capability. */
export async function probe(rpc: Rpc): Promise<Capabilities> {
  const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> => rpc.request(method, params, { timeoutMs })
  const [chainId, version, head] = await Promise.all([
    ask('eth_chainId'),
    works(async () => await ask('web3_clientVersion'), 'unknown'),
    ask('eth_getBlockByNumber', 'latest', false),
  ])
  const block = blockOf(head)
  if (!block || !isHex(chainId)) throw new MalformedAnswer('the node', 'no chain id, or no latest block')
  const simulated = simulation(block)
  const subscribe = rpc.subscribe
  const subscribes = (...params: readonly unknown[]): Promise<boolean> =>
    check(async () => {
      if (!subscribe) return false
      await (
        await subscribe(params, () => undefined)
      )()
      return true
    })

  const [
    simulateV1,
    simulateDeploys,
    callWithCodeOverride,
    traceCall,
    subscribeHeads,
    subscribePendingFull,
    pendingHashes,
    txpoolContent,
    receipts,
    proofs,
  ] = await Promise.all([
    check(async () => returned(await ask('eth_simulateV1', ...simulated.params)) === simulated.expected),
    check(async () => {
      const deployment = { from: nobody, data: emitLog, gas: '0x186a0' }
      const answer = await ask('eth_simulateV1', { blockStateCalls: [{ calls: [deployment] }], validation: false }, hex(block.number))
      const call = firstCall(answer)
      return isMessage(call) && Array.isArray(call['logs']) && call['logs'].length === 1
    }),
    check(async () => {
      const answer = await ask('eth_call', { to: somewhere, data: '0x' }, { blockHash: block.hash }, { [somewhere]: { code: tellBlock } })
      return typeof answer === 'string' && answer.slice(2, 66) === word(block.number)
    }),
    check(async () => {
      const trace = await ask('debug_traceCall', { from: nobody, data: emitLog, gas: '0x186a0' }, hex(block.number), {
        tracer: 'callTracer',
        tracerConfig: { withLog: true },
      })
      return isMessage(trace) && Array.isArray(trace['logs']) && trace['logs'].length === 1
    }),
    subscribes('newHeads'),
    subscribes('newPendingTransactions', true),
    // Over HTTP a filter takes the subscription's place; it is removed again.
    subscribe
      ? subscribes('newPendingTransactions')
      : check(async () => Boolean(await ask('eth_uninstallFilter', await ask('eth_newPendingTransactionFilter')))),
    // The content itself can be tens of megabytes; its size comes from the same module.
    check(async () => isMessage(await ask('txpool_status'))),
    check(async () => Array.isArray(await ask('eth_getBlockReceipts', hex(block.number)))),
    check(async () => {
      const proof = await ask('eth_getProof', somewhere, [`0x${word(0n)}`], hex(block.number))
      return isMessage(proof) && Array.isArray(proof['accountProof'])
    }),
  ])

  return {
    chainId: Number(chainId),
    clientVersion: typeof version === 'string' ? version.replace(/[^\x20-\x7e]/g, '?').slice(0, 100) : 'unknown',
    simulateV1,
    simulateDeploys,
    callWithCodeOverride,
    traceCall,
    subscribeHeads,
    subscribePendingFull,
    pendingHashes,
    txpoolContent,
    receipts,
    proofs,
  }
}

interface Head {
  readonly number: bigint
  readonly hash: string
  readonly timestamp: bigint
  readonly baseFee: bigint
  readonly gasLimit: bigint
}

function blockOf(value: unknown): Head | undefined {
  if (!isMessage(value)) return undefined
  const { number, hash, timestamp, gasLimit, baseFeePerGas = '0x0' } = value
  if (!isHex(number) || !isHex(hash) || !isHex(timestamp) || !isHex(gasLimit) || !isHex(baseFeePerGas)) return undefined
  return { number: BigInt(number), hash, timestamp: BigInt(timestamp), gasLimit: BigInt(gasLimit), baseFee: BigInt(baseFeePerGas) }
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)
}

const recipient = '0x00000000000000000000000000000000000c01b5'
const randao = 0xf12eb4ean

/** The question, and the answer of a node that obeys every override. */
function simulation(head: Head): { readonly params: readonly unknown[]; readonly expected: string } {
  const number = head.number + 1n
  const time = head.timestamp + 7n
  const baseFee = head.baseFee * 2n + 1n
  const params = [
    {
      validation: true,
      blockStateCalls: [
        {
          blockOverrides: {
            number: hex(number),
            time: hex(time),
            gasLimit: hex(head.gasLimit),
            feeRecipient: recipient,
            prevRandao: `0x${word(randao)}`,
            baseFeePerGas: hex(baseFee),
          },
          stateOverrides: { [somewhere]: { code: tellBlock }, [nobody]: { balance: hex(10n ** 30n) } },
          calls: [{ from: nobody, to: somewhere, gas: '0x186a0', maxFeePerGas: hex(baseFee), maxPriorityFeePerGas: '0x0' }],
        },
      ],
    },
    hex(head.number),
  ]
  return { params, expected: `0x${[number, time, BigInt(recipient), randao, baseFee].map(word).join('')}` }
}

/** What the only call of a simulation returned. */
function firstCall(answer: unknown): unknown {
  const block: unknown = Array.isArray(answer) ? answer[0] : undefined
  return isMessage(block) && Array.isArray(block['calls']) ? block['calls'][0] : undefined
}

function returned(answer: unknown): unknown {
  const call = firstCall(answer)
  return isMessage(call) ? call['returnData'] : undefined
}

const check = (question: () => Promise<boolean>): Promise<boolean> => works(question, false)

async function works<answer>(question: () => Promise<answer>, otherwise: answer): Promise<answer> {
  try {
    return await question()
  } catch (error) {
    // A lost connection says nothing about what the node can do.
    if (error instanceof NodeUnreachable) throw error
    return otherwise
  }
}

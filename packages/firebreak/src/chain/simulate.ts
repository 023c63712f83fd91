// Carries out what-ifs as real next blocks: brakes, attack and reads in one eth_simulateV1 per trial, all trials in flight at once.
import { setTimeout as sleep } from 'node:timers/promises'
import { numberToHex } from 'viem'
import type { Probe } from '../model/call.ts'
import type { Answer, BlockRef, Transaction } from '../model/chain.ts'
import type { StorageWords, Trial, TrialCall } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import { extrasOf } from '../base/extras.ts'
import { RetryableError } from '../model/errors.ts'
import { safeText } from './codec/safe-text.ts'
import { nextBlock } from './next-block.ts'
import type { NextBlock } from './next-block.ts'
import { drawnAddress, readerSender } from './reader/reader-address.ts'
import { readerOverrides, readsAsSimCalls, slotOverrides, sorted } from './reader/reader.ts'
import type { SimCall } from './reader/reader.ts'
import { parseSimulation } from './simulation-answer.ts'
import type { SimulatedCall, Simulation } from './simulation-answer.ts'
import { RpcError, type Rpc, type RpcCall } from './transport/rpc.ts'

export interface SimulateOptions {
  /** Rewritten code of contracts, by address. */
  readonly code?: Readonly<Record<Address, Hex>>
  readonly storage?: StorageWords | undefined
  /** Senders that are given coins, where a trial is about what may come and not about who can pay for it now. */
  readonly coins?: readonly Address[]
  /** The chain's observed time between blocks. */
  readonly secondsPerBlock?: bigint
  /** False for nodes that refuse to simulate a deployment: the sender is then lent code that creates it. */
  readonly deploys?: boolean
}

/**
 * One request: each step is a block of its own on top of `base`, and ends with the reads; slots are read after the last. Where
 * the reads' gas does not fit beside the step's, they follow in a block of their own, so that the gas limit stays a real one.
 * Strict nodes fail it as a whole for a nonce gap, a fee below the base fee, a sender without funds, or gas beyond the block's:
 * that is the answer, too.
 */
export function simulateRequest(
  base: BlockRef,
  steps: readonly (readonly TrialCall[])[],
  probes: readonly Probe[],
  { code = {}, storage = {}, coins = [], secondsPerBlock, deploys = true }: SimulateOptions = {},
): RpcCall {
  const lent = deploys ? {} : lentCreators(steps)
  const { views, slots } = sorted(probes)
  const reads = readsAsSimCalls(views)
  const readsGas = gasOf(reads)
  const blockAt = (offset: number, gasNeeded: bigint): NextBlock =>
    nextBlock(base, offset, secondsPerBlock === undefined ? { gasNeeded } : { gasNeeded, seconds: secondsPerBlock })
  const apart = reads.length > 0 && steps.some((step) => gasOf(step) + readsGas > blockAt(1, 0n).gasLimit)
  const blockStateCalls: object[] = []
  let last = { number: base.number, time: base.timestamp }
  const add = (block: NextBlock, calls: readonly object[], lending?: object): void => {
    const number = block.number > last.number ? block.number : last.number + 1n
    const time = block.time > last.time ? block.time : last.time + 1n
    last = { number, time }
    blockStateCalls.push({
      blockOverrides: blockOverrides({ ...block, number, time }),
      ...(lending === undefined ? {} : { stateOverrides: lending }),
      calls,
    })
  }
  for (const [index, step] of steps.entries()) {
    const block = blockAt(index + 1, gasOf(step) + (apart ? 0n : readsGas))
    const calls = step.map((call) => callParams(deploys ? call : asCall(call)))
    const readCalls = reads.map((read) => readParams(read, block.baseFee))
    // What the first block is given stays for those after it.
    add(
      block,
      apart ? calls : [...calls, ...readCalls],
      index === 0 ? { ...lent, ...paidFor(coins), ...stateOverrides(code, storage) } : undefined,
    )
    if (apart) add({ ...blockAt(1, readsGas), number: 0n, time: 0n }, readCalls)
  }
  if (slots.length > 0) {
    // A block of its own, after everything else: the contracts are not themselves any more.
    const slotReads = readsAsSimCalls(slots)
    const block = blockAt(steps.length + 1, gasOf(slotReads))
    add(
      block,
      slotReads.map((read) => readParams(read, block.baseFee)),
      slotOverrides(slots),
    )
  }
  return {
    method: 'eth_simulateV1',
    params: [{ blockStateCalls, validation: true, traceTransfers: false, returnFullTransactions: false }, { blockHash: base.hash }],
  }
}

const gasOf = (calls: readonly { readonly gas: bigint }[]): bigint => calls.reduce((sum, { gas }) => sum + gas, 0n)

/** CREATE of its calldata, with the value that it is sent; reverts with the constructor's reason. */
const createsCalldata = '0x36600060003736600034f0806019573d600060003e3d6000fd5b00'
const creator = drawnAddress()

/** The sender is lent code that creates in its name, so that the contract gets its real address, constructor and storage; only tx.origin is not the sender. */
function lentCreators(steps: readonly (readonly TrialCall[])[]): Readonly<Record<string, { readonly code: string }>> {
  const senders = steps.flat().flatMap((call) => (call.to === undefined ? [call.from] : []))
  if (senders.length === 0) return {}
  return {
    [creator]: { code: createsCalldata },
    ...Object.fromEntries(senders.map((sender) => [sender, { code: `0xef0100${creator.slice(2)}` }])),
  }
}

const asCall = (call: TrialCall): TrialCall =>
  call.to === undefined ? { ...call, from: readerSender, to: call.from, nonce: undefined } : call

function blockOverrides({ number, time, baseFee, gasLimit, feeRecipient, prevRandao }: NextBlock) {
  return {
    number: numberToHex(number),
    time: numberToHex(time),
    gasLimit: numberToHex(gasLimit),
    feeRecipient,
    prevRandao,
    baseFeePerGas: numberToHex(baseFee),
  }
}

function stateOverrides(code: Readonly<Record<Address, Hex>>, storage: StorageWords) {
  const rewritten = Object.entries(code).map(([address, bytes]) => [address, { code: bytes }] as const)
  const words = Object.entries(storage).map(
    ([address, stateDiff]) => [address, { ...(code[address as Address] ? { code: code[address as Address] } : {}), stateDiff }] as const,
  )
  return { ...Object.fromEntries<object>([...rewritten, ...words]), ...readerOverrides }
}

const paidFor = (coins: readonly Address[]): object =>
  Object.fromEntries(coins.map((address) => [address, { balance: numberToHex(2n ** 100n) }]))

function callParams({ from, to, data, value, gas, maxFee, maxTip, nonce, extras }: TrialCall) {
  return {
    ...extras,
    from,
    ...(to === undefined ? {} : { to }),
    data,
    value: numberToHex(value),
    gas: numberToHex(gas),
    maxFeePerGas: numberToHex(maxFee),
    maxPriorityFeePerGas: numberToHex(maxTip),
    ...(nonce === undefined ? {} : { nonce: numberToHex(nonce) }),
  }
}

/** Pays the base fee and no tip: reading changes nobody's balance but the reader's own. */
function readParams({ from, to, data, gas }: SimCall, baseFee: bigint) {
  return { from, to, data, gas: numberToHex(gas), maxFeePerGas: numberToHex(baseFee), maxPriorityFeePerGas: '0x0' }
}

const mostTries = 4
const retryMs = 50

/** One outcome per trial, in order. A trial that the node would not or could not carry out says why; none of them throws. */
export async function runTrials(
  rpc: Pick<Rpc, 'request'>,
  trials: readonly Trial[],
  probes: readonly Probe[],
  options: Pick<SimulateOptions, 'secondsPerBlock' | 'deploys'> & {
    readonly timeoutMs?: number
    /** A trial that could not be asked throws, where somebody else can be asked instead. */
    readonly lostThrows?: boolean
  } = {},
): Promise<readonly Simulation[]> {
  const { timeoutMs, lostThrows = false } = options
  return Promise.all(
    trials.map(async ({ base, steps, code, storage, lends }): Promise<Simulation> => {
      const { method, params } = simulateRequest(base, steps, probes, {
        ...options,
        code,
        storage,
        ...(lends === undefined ? {} : { coins: [lends] }),
      })
      for (let tries = 1; ; tries++) {
        try {
          const result = await rpc.request(method, params, timeoutMs === undefined ? {} : { timeoutMs })
          return parseSimulation(result, steps, probes, base.chain)
        } catch (error) {
          // A connection that broke says nothing about the brake: counted as a failure it would make us hold, or guess.
          if (error instanceof RetryableError && tries < mostTries && !lostThrows) await sleep(retryMs * tries)
          else if (lostThrows && !(error instanceof RpcError)) throw error
          else return { ok: false, why: safeText(error instanceof Error ? error.message : String(error)) }
        }
      }
    }),
  )
}

/** A waiting transaction after its sender's queue, in the very next block, and what the reads say then. */
export function judgeRequest(base: BlockRef, txs: readonly TrialCall[], probes: readonly Probe[], options: SimulateOptions = {}): RpcCall {
  return simulateRequest(base, [txs], probes, options)
}

export type Judgement =
  | {
      readonly ok: true
      readonly calls: readonly SimulatedCall[]
      readonly answers: ReadonlyMap<string, Answer>
      /** Whether the last of the transactions, the judged one, reverted. */
      readonly reverted: boolean
    }
  | { readonly ok: false; readonly why: string }

/** `hashes` are the transactions' real ones: a node does not know them, because a simulated call carries no signature. */
export function parseJudgement(
  result: unknown,
  txs: readonly TrialCall[],
  probes: readonly Probe[],
  { label, hashes = [] }: { readonly label: string; readonly hashes?: readonly Hex[] },
): Judgement {
  const simulation = parseSimulation(result, [txs], probes, label)
  if (!simulation.ok) return simulation
  const [step] = simulation.steps
  const calls = (step?.calls ?? []).map((call, index) => {
    const tx = hashes[index]
    return tx === undefined ? call : { ...call, logs: call.logs.map((log) => ({ ...log, tx })) }
  })
  return { ok: true, calls, answers: step?.answers ?? new Map(), reverted: calls.at(-1)?.ok === false }
}

/** A transaction exactly as its sender signed it. */
export function asTrialCall(tx: Transaction): TrialCall {
  const { from, to, data, value, gas, maxFee, maxTip, nonce } = tx
  return { from, to, data, value, gas, maxFee, maxTip, nonce, extras: extrasOf(tx) }
}

/** A transaction on the next block, for the call tracer: with its fees, in a block that could be real. */
export function traceRequest(base: BlockRef, tx: Transaction): RpcCall {
  const call = { ...callParams({ ...asTrialCall(tx), nonce: undefined }) }
  const tracer = { tracer: 'callTracer', tracerConfig: { withLog: true }, blockOverrides: blockOverrides(nextBlock(base, 1)) }
  return { method: 'debug_traceCall', params: [call, { blockHash: base.hash }, tracer] }
}

// Carries out what-ifs as real next blocks: brakes, attack and reads in one eth_simulateV1 per trial, all trials in flight at once.
import { setTimeout as sleep } from 'node:timers/promises'
import { numberToHex } from 'viem'
import type { Probe } from '../model/call.ts'
import type { Answer, BlockRef, Transaction } from '../model/chain.ts'
import type { Trial, TrialCall } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import { RetryableError } from '../model/errors.ts'
import { safeText } from './codec/safe-text.ts'
import { nextBlock } from './next-block.ts'
import type { NextBlock } from './next-block.ts'
import { readerSender } from './reader/reader-address.ts'
import { readerOverrides, readsAsSimCalls } from './reader/reader.ts'
import type { SimCall } from './reader/reader.ts'
import { parseSimulation } from './simulation-answer.ts'
import type { SimulatedCall, Simulation } from './simulation-answer.ts'
import type { Rpc, RpcCall } from './transport/rpc.ts'

export interface SimulateOptions {
  /** Rewritten code of contracts, by address. */
  readonly code?: Readonly<Record<Address, Hex>>
  /** The chain's observed time between blocks. */
  readonly secondsPerBlock?: bigint
  /** False for nodes that refuse to simulate a deployment: the sender is then lent code that creates it. */
  readonly deploys?: boolean
}

/**
 * One request: each step is a block of its own on top of `base`, and ends with the reads. Strict nodes fail it as a whole
 * for a nonce gap, a fee below the base fee, a sender without funds, or gas beyond the block's: that is the answer, too.
 */
export function simulateRequest(
  base: BlockRef,
  steps: readonly (readonly TrialCall[])[],
  probes: readonly Probe[],
  { code = {}, secondsPerBlock, deploys = true }: SimulateOptions = {},
): RpcCall {
  const lent = deploys ? {} : lentCreators(steps)
  const reads = readsAsSimCalls(probes)
  const readsGas = reads.reduce((sum, { gas }) => sum + gas, 0n)
  const blockStateCalls = steps.map((step, index) => {
    const gasNeeded = step.reduce((sum, { gas }) => sum + gas, readsGas)
    const block = nextBlock(base, index + 1, secondsPerBlock === undefined ? { gasNeeded } : { gasNeeded, seconds: secondsPerBlock })
    return {
      blockOverrides: blockOverrides(block),
      // What the first block is given stays for those after it.
      ...(index === 0 ? { stateOverrides: { ...lent, ...stateOverrides(code) } } : {}),
      calls: [...step.map((call) => callParams(deploys ? call : asCall(call))), ...reads.map((read) => readParams(read, block.baseFee))],
    }
  })
  return {
    method: 'eth_simulateV1',
    params: [{ blockStateCalls, validation: true, traceTransfers: false, returnFullTransactions: false }, { blockHash: base.hash }],
  }
}

/** CREATE of its calldata, with the value that it is sent; reverts with the constructor's reason. */
const createsCalldata = '0x36600060003736600034f0806019573d600060003e3d6000fd5b00'
const creator = '0xf12eb4ea00000000000000000000000000c4ea7e'

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

function stateOverrides(code: Readonly<Record<Address, Hex>>) {
  const rewritten = Object.entries(code).map(([address, bytes]) => [address, { code: bytes }] as const)
  return { ...Object.fromEntries(rewritten), ...readerOverrides }
}

function callParams({ from, to, data, value, gas, maxFee, maxTip, nonce }: TrialCall) {
  return {
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
  options: Pick<SimulateOptions, 'secondsPerBlock' | 'deploys'> & { readonly timeoutMs?: number } = {},
): Promise<readonly Simulation[]> {
  const { timeoutMs } = options
  return Promise.all(
    trials.map(async ({ base, steps, code }): Promise<Simulation> => {
      const { method, params } = simulateRequest(base, steps, probes, { ...options, code })
      for (let tries = 1; ; tries++) {
        try {
          const result = await rpc.request(method, params, timeoutMs === undefined ? {} : { timeoutMs })
          return parseSimulation(result, steps, probes, base.chain)
        } catch (error) {
          // A connection that broke says nothing about the brake: counted as a failure it would make us hold, or guess.
          if (error instanceof RetryableError && tries < mostTries) await sleep(retryMs * tries)
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
export function asTrialCall({ from, to, data, value, gas, maxFee, maxTip, nonce }: Transaction): TrialCall {
  return { from, to, data, value, gas, maxFee, maxTip, nonce }
}

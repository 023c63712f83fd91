// Checks and takes apart what a node answers to eth_simulateV1: nothing of it is believed to have the right shape.
import type { Probe } from '../model/call.ts'
import type { Answer, Log } from '../model/chain.ts'
import type { TrialCall } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'
import { checksummed } from './codec/checksum.ts'
import { revertReason } from './codec/revert-reason.ts'
import { safeText } from './codec/safe-text.ts'
import { decodeSimReads, readsAsSimCalls, sorted } from './reader/reader.ts'
import { fields, hexOf, quantity } from './parse.ts'
import { MalformedAnswer } from './transport/rpc.ts'

export interface SimulatedCall {
  readonly ok: boolean
  readonly gasUsed: bigint
  /** Why it failed, in safe words; empty when it did not. */
  readonly why: string
  readonly logs: readonly Log[]
}

export interface SimulatedStep {
  readonly calls: readonly SimulatedCall[]
  readonly answers: ReadonlyMap<string, Answer>
}

/** A `TrialOutcome` with the logs of every call. */
export type Simulation = { readonly ok: true; readonly steps: readonly SimulatedStep[] } | { readonly ok: false; readonly why: string }

/** One call of an answer, checked by hand: a decision takes dozens of simulations, and a schema costs as much as the node. */
interface CallAnswer {
  readonly status: bigint
  readonly gasUsed: bigint
  readonly returnData: Hex
  readonly logs: readonly Log[]
  readonly said: string | undefined
}

function callsOf(block: unknown, label: string): readonly CallAnswer[] {
  const { calls } = fields(block, label, 'a block of a simulation')
  if (!Array.isArray(calls)) throw new MalformedAnswer(label, 'a block of a simulation has no list of calls')
  return calls.map((one: unknown) => callOf(fields(one, label, 'a call of a simulation'), label))
}

function callOf(call: ReturnType<typeof fields>, label: string): CallAnswer {
  const logs = call['logs'] ?? []
  if (!Array.isArray(logs)) throw new MalformedAnswer(label, 'the logs of a call of a simulation are not a list')
  const error = call['error'] ?? {}
  const said = fields(error, label, 'an error of a simulation')['message']
  if (said !== undefined && typeof said !== 'string') throw new MalformedAnswer(label, 'an error of a simulation is not text')
  return {
    status: quantity(call['status'], label, 'a status of a simulation'),
    gasUsed: quantity(call['gasUsed'], label, 'gas of a simulation'),
    returnData: hexOf(call['returnData'], label, 'return data of a simulation'),
    logs: logs.map((log: unknown) => toLog(fields(log, label, 'a log of a simulation'), label)),
    said,
  }
}

function toLog(log: ReturnType<typeof fields>, label: string): Log {
  const [address, topics, transactionHash] = [log['address'], log['topics'], log['transactionHash']]
  const from = typeof address === 'string' ? checksummed(address) : undefined
  if (from === undefined || !Array.isArray(topics)) throw new MalformedAnswer(label, 'simulation: a log without an address or topics')
  return {
    address: from,
    topics: topics.map((topic: unknown) => hexOf(topic, label, 'a topic of a simulation')),
    data: hexOf(log['data'], label, 'log data of a simulation'),
    tx:
      transactionHash === undefined || transactionHash === null
        ? '0x'
        : hexOf(transactionHash, label, "a log's transaction in a simulation"),
  }
}

/** `label` names the chain. Throws MalformedAnswer when the answer cannot belong to this request. */
export function parseSimulation(
  result: unknown,
  steps: readonly (readonly TrialCall[])[],
  probes: readonly Probe[],
  label: string,
): Simulation {
  if (!Array.isArray(result)) throw new MalformedAnswer(label, 'a simulation is not a list of blocks')
  const { views, slots } = sorted(probes)
  const blocks = steps.length + (slots.length > 0 ? 1 : 0)
  const readCalls = readsAsSimCalls(views).length
  // Where they did not fit beside a step, its reads have a block of their own.
  const apart = readCalls > 0 && result.length === blocks + steps.length
  if (result.length !== blocks && !apart) throw new MalformedAnswer(label, `simulation: ${result.length} blocks for ${blocks}`)
  const simulated: SimulatedStep[] = []
  for (const [index, step] of steps.entries()) {
    const calls = apart ? [...callsOf(result[index * 2], label), ...callsOf(result[index * 2 + 1], label)] : callsOf(result[index], label)
    if (calls.length !== step.length + readCalls)
      throw new MalformedAnswer(label, `simulation: ${calls.length} calls for ${step.length + readCalls}`)
    const read = answersOf(calls.slice(step.length), views, `the reads after step ${index + 1}`, label)
    if (!read.ok) return read
    simulated.push({
      calls: calls.slice(0, step.length).map((call, place) => simulatedCall(call, step[place]?.gas)),
      answers: read.answers,
    })
  }
  const last = simulated.at(-1)
  if (slots.length === 0 || !last) return { ok: true, steps: simulated }
  const read = answersOf(callsOf(result.at(-1), label), slots, 'the reads of storage', label)
  if (!read.ok) return read
  return { ok: true, steps: [...simulated.slice(0, -1), { ...last, answers: new Map([...last.answers, ...read.answers]) }] }
}

type Read = { readonly ok: true; readonly answers: SimulatedStep['answers'] } | { readonly ok: false; readonly why: string }

function answersOf(calls: readonly CallAnswer[], probes: readonly Probe[], which: string, label: string): Read {
  const failed = calls.find(({ status }) => status !== 1n)
  if (failed) return { ok: false, why: `${which} failed as a whole: ${whyFailed(failed)}` }
  const returned = calls.map(({ returnData }) => returnData)
  return { ok: true, answers: decodeSimReads(probes, returned, label) }
}

function simulatedCall(call: CallAnswer, gas: bigint | undefined): SimulatedCall {
  const ok = call.status === 1n
  return { ok, gasUsed: call.gasUsed, why: ok ? '' : whyFailed(call, gas), logs: call.logs }
}

/** The call's own reason first; nodes word the rest (out of gas, invalid opcode) each in their way. */
function whyFailed({ returnData, said, gasUsed }: CallAnswer, gas?: bigint): string {
  if (returnData === '0x' && gasUsed === gas) return 'used up its gas'
  return returnData === '0x' && said ? safeText(said) : revertReason(returnData)
}

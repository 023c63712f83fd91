// Checks and takes apart what a node answers to eth_simulateV1: nothing of it is believed to have the right shape.
import { z } from 'zod'
import type { Probe } from '../model/call.ts'
import type { Answer, Log } from '../model/chain.ts'
import type { TrialCall } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'
import { checksummed } from './codec/checksum.ts'
import { revertReason } from './codec/revert-reason.ts'
import { safeText } from './codec/safe-text.ts'
import { decodeSimReads, readsAsSimCalls } from './reader/reader.ts'
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

const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value))
const quantity = hex.refine((value) => value.length > 2).transform((value) => BigInt(value))
const logShape = z.object({ address: hex, topics: z.array(hex), data: hex, transactionHash: hex.nullish() })
const callShape = z.object({
  status: quantity,
  gasUsed: quantity,
  returnData: hex,
  logs: z.array(logShape).nullish(),
  error: z.object({ message: z.string().optional() }).nullish(),
})
const blockShape = z.object({ calls: z.array(callShape) })
type CallAnswer = z.infer<typeof callShape>

/** `label` names the chain. Throws MalformedAnswer when the answer cannot belong to this request. */
export function parseSimulation(
  result: unknown,
  steps: readonly (readonly TrialCall[])[],
  probes: readonly Probe[],
  label: string,
): Simulation {
  const parsed = z.array(blockShape).safeParse(result)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new MalformedAnswer(label, `simulation: ${issue ? `${issue.message} at ${issue.path.join('.') || 'its root'}` : 'wrong shape'}`)
  }
  if (parsed.data.length !== steps.length) throw new MalformedAnswer(label, `simulation: ${parsed.data.length} blocks for ${steps.length}`)
  const readCalls = readsAsSimCalls(probes).length
  const simulated: SimulatedStep[] = []
  for (const [index, step] of steps.entries()) {
    const calls = parsed.data[index]?.calls ?? []
    if (calls.length !== step.length + readCalls)
      throw new MalformedAnswer(label, `simulation: ${calls.length} calls for ${step.length + readCalls}`)
    const reads = calls.slice(step.length)
    const failed = reads.find(({ status }) => status !== 1n)
    if (failed) return { ok: false, why: `the reads after step ${index + 1} failed as a whole: ${whyFailed(failed)}` }
    simulated.push({
      calls: calls.slice(0, step.length).map((call, place) => simulatedCall(call, step[place]?.gas, label)),
      answers: decodeSimReads(
        probes,
        reads.map(({ returnData }) => returnData),
        label,
      ),
    })
  }
  return { ok: true, steps: simulated }
}

function simulatedCall(call: CallAnswer, gas: bigint | undefined, label: string): SimulatedCall {
  const ok = call.status === 1n
  return { ok, gasUsed: call.gasUsed, why: ok ? '' : whyFailed(call, gas), logs: (call.logs ?? []).map((log) => toLog(log, label)) }
}

/** The call's own reason first; nodes word the rest (out of gas, invalid opcode) each in their way. */
function whyFailed({ returnData, error, gasUsed }: CallAnswer, gas?: bigint): string {
  if (returnData === '0x' && gasUsed === gas) return 'used up its gas'
  return returnData === '0x' && error?.message ? safeText(error.message) : revertReason(returnData)
}

function toLog({ address, topics, data, transactionHash }: z.infer<typeof logShape>, label: string): Log {
  const from = checksummed(address)
  if (from === undefined) throw new MalformedAnswer(label, 'simulation: a log without an address')
  return { address: from, topics, data, tx: transactionHash ?? '0x' }
}

// Many reads as one call of the Reader, whose code is lent to an unused address for the length of the request.
import type { Probe } from '../../model/call.ts'
import type { Answer } from '../../model/chain.ts'
import type { Hex } from '../../model/hex.ts'
import type { RpcCall } from '../transport/rpc.ts'
import { readerAddress, readerSender } from './reader-address.ts'
import { addAnswers } from './reader-answers.ts'
import { partCalls, wholeCall } from './reader-calldata.ts'
import { readerCode } from './reader-code.ts'

export function encodeReads(probes: readonly Probe[]): Hex {
  return wholeCall(probes).data
}

/** What `readAtBlock` was answered, by `Probe.key`. Throws MalformedAnswer when the Reader cannot have given that. */
export function decodeReads(probes: readonly Probe[], returned: unknown, label = 'reads'): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>()
  addAnswers(wholeCall(probes).keys, typeof returned === 'string' ? returned : '', label, answers)
  return answers
}

export function readsGas(probes: readonly Probe[]): bigint {
  return wholeCall(probes).gas
}

/** One `eth_call` at that block: every read sees the block's own number and time, even after a reorg has replaced it. */
export function readAtBlock(probes: readonly Probe[], blockHash: Hex): RpcCall {
  const { data, gas } = wholeCall(probes)
  return {
    method: 'eth_call',
    params: [
      { from: readerSender, to: readerAddress, gas: `0x${gas.toString(16)}`, data },
      { blockHash },
      { [readerAddress]: { code: readerCode } },
    ],
  }
}

/** A call inside a simulated block. */
export interface SimCall {
  readonly from: Hex
  readonly to: Hex
  readonly data: Hex
  readonly gas: bigint
}

/** The same reads as transactions at the end of a simulated block; their answers come in the same order. */
export function readsAsSimCalls(probes: readonly Probe[]): readonly SimCall[] {
  return partCalls(probes).map(({ data, gas }) => ({ from: readerSender, to: readerAddress, data, gas }))
}

/** What the calls of `readsAsSimCalls` gave back, one text per call. */
export function decodeSimReads(probes: readonly Probe[], returned: readonly string[], label: string): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>()
  partCalls(probes).forEach(({ keys }, index) => addAnswers(keys, returned[index] ?? '', label, answers))
  return answers
}

/** What a simulation has to lend in its first block; it stays for the blocks after. Nobody else is ever given coins. */
export const readerOverrides = {
  [readerAddress]: { code: readerCode },
  [readerSender]: { balance: `0x${(2n ** 120n).toString(16)}` },
} as const

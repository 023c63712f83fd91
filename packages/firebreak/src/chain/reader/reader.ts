// Many reads as one call of the Reader, whose code is lent to an unused address for the length of the request.
import type { Probe } from '../../model/call.ts'
import type { Answer } from '../../model/chain.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { RpcCall } from '../transport/rpc.ts'
import { lentReader, readerSender } from './reader-address.ts'
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
export function readAtBlock(
  probes: readonly Probe[],
  blockHash: Hex,
  lent: Readonly<Record<Address, { readonly code: Hex }>> = {},
): RpcCall {
  const { data, gas } = wholeCall(probes)
  return {
    method: 'eth_call',
    params: [
      { from: readerSender, to: lentReader, gas: `0x${gas.toString(16)}`, data },
      { blockHash },
      { ...lent, [lentReader]: { code: readerCode } },
    ],
  }
}

/** Returns the word of storage that its calldata names. Lent to a contract, it reads that contract's storage, which stays as it is. */
const slotReaderCode = '0x6000355460005260206000f3'

/** Slots cannot be read beside views: while a contract is lent other code, its own functions are not there. */
interface Sorted {
  readonly views: readonly Probe[]
  readonly slots: readonly Probe[]
}

const sortedLists = new WeakMap<readonly Probe[], Sorted>()

/** Remembered by the list itself; without slots the views are that very list, so that nothing is encoded twice. */
export function sorted(probes: readonly Probe[]): Sorted {
  const known = sortedLists.get(probes)
  if (known) return known
  const slots = probes.filter((probe) => probe.slot !== undefined)
  const both = { views: slots.length === 0 ? probes : probes.filter((probe) => probe.slot === undefined), slots }
  sortedLists.set(probes, both)
  return both
}

/** The code that reading these slots takes. */
export function slotOverrides(slots: readonly Probe[]): Readonly<Record<Address, { readonly code: Hex }>> {
  return Object.fromEntries(slots.map(({ to }) => [to, { code: slotReaderCode }]))
}

/** All that is read at a block: a call for the views and, where slots are asked for, one more, in the same batch. */
export function readsAtBlock(probes: readonly Probe[], blockHash: Hex): readonly RpcCall[] {
  const { views, slots } = sorted(probes)
  return [
    ...(views.length > 0 ? [readAtBlock(views, blockHash)] : []),
    ...(slots.length > 0 ? [readAtBlock(slots, blockHash, slotOverrides(slots))] : []),
  ]
}

/** The answers to `readsAtBlock`, in its order. */
export function decodeReadsAtBlock(probes: readonly Probe[], returned: readonly unknown[], label: string): ReadonlyMap<string, Answer> {
  const { views, slots } = sorted(probes)
  if (slots.length === 0) return views.length === 0 ? new Map() : decodeReads(views, returned[0], label)
  const rest = decodeReads(slots, returned.at(-1), label)
  return views.length === 0 ? rest : new Map([...decodeReads(views, returned[0], label), ...rest])
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
  return partCalls(probes).map(({ data, gas }) => ({ from: readerSender, to: lentReader, data, gas }))
}

/** What the calls of `readsAsSimCalls` gave back, one text per call. */
export function decodeSimReads(probes: readonly Probe[], returned: readonly string[], label: string): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>()
  partCalls(probes).forEach(({ keys }, index) => addAnswers(keys, returned[index] ?? '', label, answers))
  return answers
}

/** What a simulation has to lend in its first block; it stays for the blocks after. Nobody else is ever given coins. */
export const readerOverrides = {
  [lentReader]: { code: readerCode },
  [readerSender]: { balance: `0x${(2n ** 120n).toString(16)}` },
} as const

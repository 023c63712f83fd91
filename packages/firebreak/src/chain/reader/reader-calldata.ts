// Writes the Reader's calldata for a list of probes, once per list: needs change rarely, moments come all the time.
import { toFunctionSelector } from 'viem'
import type { Probe } from '../../model/call.ts'
import type { Hex } from '../../model/hex.ts'

/** Gas that one read may use at most; the Reader keeps it lower where later reads need their share. */
const gasCap = 10_000_000
/** One transaction may not have more gas than this on chains with EIP-7825 (2²⁴). */
const transactionGas = 16_777_216
/** Nodes cap the gas of a call, geth at 50 million. */
const callGas = 48_000_000
/** Reads in one transaction: each is sure of about 160,000 gas, and usually has far more. */
const perTransaction = 100

const gasFor = (reads: number, most: number): bigint => BigInt(Math.min(most, 4_000_000 + 400_000 * reads))

/** Some of the probes' reads as one call of `readAll`. */
export interface ReaderCall {
  readonly keys: readonly string[]
  readonly data: Hex
  readonly gas: bigint
}

export interface EncodedReads {
  /** All reads in one `eth_call`. */
  readonly whole: ReaderCall
  /** The same reads as transactions of a simulated block, where more gas than a transaction may have is refused. */
  readonly parts: readonly ReaderCall[]
}

const encoded = new WeakMap<readonly Probe[], EncodedReads>()

/** Remembered by the list itself, so keep the same list as long as needs are the same. Probes with the same key are read once. */
export function readerCalls(probes: readonly Probe[]): EncodedReads {
  const known = encoded.get(probes)
  if (known) return known
  const unique = [...new Map(probes.map((probe) => [probe.key, probe])).values()]
  const parts: ReaderCall[] = []
  for (let from = 0; from < unique.length; from += perTransaction)
    parts.push(readerCall(unique.slice(from, from + perTransaction), transactionGas))
  const calls = { whole: readerCall(unique, callGas), parts }
  encoded.set(probes, calls)
  return calls
}

function readerCall(probes: readonly Probe[], mostGas: number): ReaderCall {
  return { keys: probes.map(({ key }) => key), data: calldata(probes), gas: gasFor(probes.length, mostGas) }
}

const readAll = toFunctionSelector('readAll((address,uint32,bytes)[])')
const word = (value: number | string): string => (typeof value === 'number' ? value.toString(16) : value).padStart(64, '0')
const cap = word(gasCap)
const dataAt = word(0x60)

function calldata(probes: readonly Probe[]): Hex {
  let heads = ''
  let bodies = ''
  const headsSize = probes.length * 32
  for (const { to, data } of probes) {
    const digits = data.length - 2
    heads += word(headsSize + bodies.length / 2)
    bodies += word(to.slice(2).toLowerCase()) + cap + dataAt + word(digits / 2) + data.slice(2).padEnd(Math.ceil(digits / 64) * 64, '0')
  }
  return `${readAll}${word(0x20)}${word(probes.length)}${heads}${bodies}`
}

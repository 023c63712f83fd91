// Writes the Reader's calldata for a list of probes, once per list: needs change rarely, moments come all the time.
import { toFunctionSelector } from 'viem'
import type { Probe } from '../../model/call.ts'
import type { Hex } from '../../model/hex.ts'
import { lentReader, readerAddress } from './reader-address.ts'

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

const whole = new WeakMap<readonly Probe[], ReaderCall>()
const parts = new WeakMap<readonly Probe[], readonly ReaderCall[]>()

/** All reads in one `eth_call`. Remembered by the list itself, so keep the same list as long as needs are the same. */
export function wholeCall(probes: readonly Probe[]): ReaderCall {
  const known = whole.get(probes)
  if (known) return known
  const call = readerCall(unique(probes), callGas)
  whole.set(probes, call)
  return call
}

/** The same reads as transactions of a simulated block, where more gas than a transaction may have is refused. */
export function partCalls(probes: readonly Probe[]): readonly ReaderCall[] {
  const known = parts.get(probes)
  if (known) return known
  const all = unique(probes)
  const calls: ReaderCall[] = []
  for (let from = 0; from < all.length; from += perTransaction)
    calls.push(readerCall(all.slice(from, from + perTransaction), transactionGas))
  parts.set(probes, calls)
  return calls
}

/** Probes with the same key are read once. */
function unique(probes: readonly Probe[]): readonly Probe[] {
  return [...new Map(probes.map((probe) => [probe.key, probe])).values()]
}

function readerCall(probes: readonly Probe[], mostGas: number): ReaderCall {
  return { keys: probes.map(({ key }) => key), data: calldata(probes), gas: gasFor(probes.length, mostGas) }
}

const readAll = toFunctionSelector('readAll((address,uint32,bytes)[])')
const word = (value: number | string): string => (typeof value === 'number' ? value.toString(16) : value).padStart(64, '0')
const cap = word(gasCap)
const dataAt = word(0x60)
const requests = new WeakMap<Probe, string>()

/** The `(address target, uint32 gasCap, bytes data)` of one probe. */
function request(probe: Probe): string {
  const known = requests.get(probe)
  if (known !== undefined) return known
  const digits = probe.data.slice(2)
  const padded = digits.padEnd(Math.ceil(digits.length / 64) * 64, '0')
  const to = probe.to === readerAddress ? lentReader : probe.to
  const encoded = word(to.slice(2).toLowerCase()) + cap + dataAt + word(digits.length / 2) + padded
  requests.set(probe, encoded)
  return encoded
}

function calldata(probes: readonly Probe[]): Hex {
  const bodies = probes.map(request)
  let at = probes.length * 32
  const heads = bodies.map((body) => {
    const head = word(at)
    at += body.length / 2
    return head
  })
  return `${readAll}${word(0x20)}${word(probes.length)}${heads.join('')}${bodies.join('')}`
}

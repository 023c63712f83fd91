// A block's header, proven by its own hash: whatever does not hash to it was not in it.
import { hexToBytes, keccak256, toRlp } from 'viem'
import type { Hex } from '../../../model/hex.ts'

export interface ProvenHeader {
  readonly hash: Hex
  readonly stateRoot: Hex
  readonly transactionsRoot: Hex
  readonly receiptsRoot: Hex
  /** The fields as the node sent them, each of them under the hash. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** In the order in which they are hashed. Those after the nonce came with later forks: the first that is missing ends the header. */
const always = [
  ['parentHash', 'bytes'],
  ['sha3Uncles', 'bytes'],
  ['miner', 'bytes'],
  ['stateRoot', 'bytes'],
  ['transactionsRoot', 'bytes'],
  ['receiptsRoot', 'bytes'],
  ['logsBloom', 'bytes'],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'bytes'],
  ['mixHash', 'bytes'],
  ['nonce', 'bytes'],
] as const
const later = [
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'bytes'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'bytes'],
  ['requestsHash', 'bytes'],
] as const

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)

/** A number as RLP wants it: no zeros in front. */
export function trimmed(value: Hex): Hex {
  const digits = value.slice(2).replace(/^0+/, '')
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}

/** Undefined when this is not the header with that hash. */
export function provenHeader(block: unknown, hash: Hex): ProvenHeader | undefined {
  if (typeof block !== 'object' || block === null) return undefined
  const raw = Object.fromEntries(Object.entries(block))
  const parts: Hex[] = []
  for (const [name, kind] of [...always, ...later]) {
    const value: unknown = raw[name]
    if (value === undefined || value === null) {
      if (always.some(([one]) => one === name)) return undefined
      break
    }
    if (!isHex(value)) return undefined
    parts.push(kind === 'number' ? trimmed(value) : value)
  }
  if (parts.some((part) => part.length % 2 !== 0)) return undefined
  if (keccak256(toRlp(parts.map((part) => hexToBytes(part)))) !== hash.toLowerCase()) return undefined
  const rootOf = (name: string): Hex => {
    const value = raw[name]
    if (!isHex(value)) throw new Error(`a header without ${name} cannot have been hashed`)
    return value
  }
  const { transactions: _, hash: _said, ...proven } = raw
  return {
    hash,
    stateRoot: rootOf('stateRoot'),
    transactionsRoot: rootOf('transactionsRoot'),
    receiptsRoot: rootOf('receiptsRoot'),
    raw: { ...proven, hash },
  }
}

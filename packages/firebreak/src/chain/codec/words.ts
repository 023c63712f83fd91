// Decoders for single 32-byte words, straight from hex text: what makes events and answers cheap to decode.
import type { AbiParameter } from 'abitype'
import { checksummedDigits } from './checksum.ts'

/** Hex digits of one word. */
export const wordDigits = 64

/** Thrown inside this folder for data that no contract of that type gives; never leaves it. */
class Garbage extends Error {
  override readonly name = 'Garbage'
}

/** `at` is the index of the word's first hex digit, and the text is known to be long enough. */
export type WordDecoder = (text: string, at: number) => unknown

/** The values are those that viem gives: numbers up to 48 bits, bigints above, checksummed addresses. Undefined for types that are not one word. */
export function wordDecoder(type: string): WordDecoder | undefined {
  if (type === 'address') return decodeAddress
  if (type === 'bool') return decodeBool
  if (type === 'uint256' || type === 'uint') return decodeUint256
  const bytes = /^bytes(\d+)$/.exec(type)
  if (bytes) {
    const digits = Number(bytes[1]) * 2
    return (text, at) => `0x${text.slice(at, at + digits)}`
  }
  const integer = /^(u?)int(\d*)$/.exec(type)
  return integer ? integerDecoder(integer[1] === 'u', Number(integer[2] || '256')) : undefined
}

function decodeAddress(text: string, at: number): unknown {
  const address = checksummedDigits(text.slice(at + 24, at + wordDigits))
  if (address === undefined) throw new Garbage('not an address')
  return address
}

function decodeUint256(text: string, at: number): bigint {
  // Most amounts are all the data there is: they need no copy.
  return BigInt(at === 2 && text.length === wordDigits + 2 ? text : `0x${text.slice(at, at + wordDigits)}`)
}

const zeros63 = '0'.repeat(63)

function decodeBool(text: string, at: number): boolean {
  if (!text.startsWith(zeros63, at)) throw new Garbage('not a boolean')
  const digit = text[at + 63]
  if (digit !== '0' && digit !== '1') throw new Garbage('not a boolean')
  return digit === '1'
}

function integerDecoder(unsigned: boolean, bits: number): WordDecoder {
  const fits = unsigned ? (value: bigint) => BigInt.asUintN(bits, value) === value : (value: bigint) => BigInt.asIntN(bits, value) === value
  return (text, at) => {
    const raw = decodeUint256(text, at)
    const value = unsigned ? raw : BigInt.asIntN(256, raw)
    if (!fits(value)) throw new Garbage(`more than ${bits} bits`)
    return bits > 48 ? value : Number(value)
  }
}

/** One decoder per parameter, when all of them are single words. */
export function wordDecoders(parameters: readonly AbiParameter[]): readonly WordDecoder[] | undefined {
  const decoders: WordDecoder[] = []
  for (const { type } of parameters) {
    const decoder = wordDecoder(type)
    if (!decoder) return undefined
    decoders.push(decoder)
  }
  return decoders
}

// Checksummed addresses at the speed of a lookup: the same few thousand addresses come by again and again.
import { checksumAddress } from 'viem'
import type { Address } from '../../model/hex.ts'

/** Two generations of this many: an attacker who sends from ever new addresses cannot make memory grow. */
const generation = 16_384
let young = new Map<string, Address>()
let old = new Map<string, Address>()

/** `digits` are the 40 hex digits without 0x; undefined when they are not. */
export function checksummedDigits(digits: string): Address | undefined {
  const known = young.get(digits)
  if (known !== undefined) return known
  const address = old.get(digits) ?? compute(digits)
  if (address === undefined) return undefined
  if (young.size >= generation) {
    old = young
    young = new Map()
  }
  young.set(digits, address)
  return address
}

/** `0x` and 40 hex digits, in any case; undefined when it is anything else. */
export function checksummed(text: string): Address | undefined {
  return text.startsWith('0x') ? checksummedDigits(text.slice(2)) : undefined
}

function compute(digits: string): Address | undefined {
  return /^[0-9a-fA-F]{40}$/.test(digits) ? checksumAddress(`0x${digits.toLowerCase()}`) : undefined
}

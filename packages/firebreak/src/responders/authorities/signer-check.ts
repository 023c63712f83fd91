// What a signer elsewhere gives back is used only when it is exactly the transaction that was asked for, signed by the plan's key.
import { recover } from 'tiny-secp256k1'
import { getAddress, hexToBytes, keccak256, parseTransaction, serializeTransaction } from 'viem'
import type { Address, Hex } from '../../model/hex.ts'
import type { Unsigned } from './key.ts'

/** It answered, and its answer is not what it was asked for. */
export class SignerWrong extends Error {
  override readonly name: string = 'SignerWrong'
}

export interface Asked {
  readonly unsigned: Unsigned
  readonly chainId: number
  /** The plan's. */
  readonly address: Address
}

export interface SignedBytes {
  readonly raw: Hex
  readonly hash: Hex
}

/** The transaction as it is signed; nothing in it is left to the signer. */
const transactionOf = ({ unsigned, chainId }: Asked) =>
  ({
    type: 'eip1559',
    chainId,
    to: unsigned.to,
    data: unsigned.data,
    nonce: Number(unsigned.nonce),
    gas: unsigned.gas,
    maxFeePerGas: unsigned.maxFee,
    maxPriorityFeePerGas: unsigned.maxTip,
    value: 0n,
  }) as const

export const digestOf = (asked: Asked): Hex => keccak256(serializeTransaction(transactionOf(asked)))

/** Chains take only the lower of the two values of s that sign the same thing (EIP-2). */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const lowS = (s: bigint): bigint => (s > order / 2n ? order - s : s)

const word = (value: bigint): string => value.toString(16).padStart(64, '0')

/** Who signed this; undefined where nobody can have. */
function signerOf(digest: Hex, r: bigint, s: bigint, yParity: 0 | 1): Address | undefined {
  try {
    const key = recover(hexToBytes(digest), hexToBytes(`0x${word(r)}${word(s)}`), yParity, false)
    return key ? getAddress(`0x${keccak256(key.subarray(1)).slice(26)}`) : undefined
  } catch {
    return undefined
  }
}

/** From r and s alone: the parity is the one that gives the plan's address. */
export function assembled(asked: Asked, r: bigint, given: bigint): SignedBytes {
  const [digest, s] = [digestOf(asked), lowS(given)]
  const yParity = ([0, 1] as const).find((parity) => signerOf(digest, r, s, parity) === asked.address)
  if (yParity === undefined) throw new SignerWrong(`its signature is not by ${asked.address}`)
  const raw = serializeTransaction(transactionOf(asked), { r: `0x${word(r)}`, s: `0x${word(s)}`, yParity })
  return { raw, hash: keccak256(raw) }
}

/** From signed bytes: byte for byte what we would have made of this signature ourselves. */
export function checkedRaw(asked: Asked, given: unknown): SignedBytes {
  if (typeof given !== 'string' || !/^0x([0-9a-fA-F]{2})+$/.test(given)) throw new SignerWrong('it gives no signed transaction')
  const raw = given.toLowerCase() as Hex
  const parsed = parsedOf(raw)
  const different = differenceOf(asked, parsed)
  if (different) throw new SignerWrong(`it signed something else: ${different}`)
  const { r, s, yParity } = parsed
  if (typeof r !== 'string' || typeof s !== 'string' || (yParity !== 0 && yParity !== 1)) throw new SignerWrong('it gives no signature')
  if (BigInt(s) > order / 2n) throw new SignerWrong('its signature has the s that chains refuse')
  const own = assembled(asked, BigInt(r), BigInt(s))
  if (own.raw !== raw) throw new SignerWrong('it signed something else, in a part that has no name')
  return own
}

function parsedOf(raw: Hex): Readonly<Record<string, unknown>> {
  try {
    return { ...parseTransaction(raw) }
  } catch {
    throw new SignerWrong('it gives bytes that are no transaction')
  }
}

/** In words; undefined where everything that has a name is as it was asked for. */
function differenceOf(asked: Asked, parsed: Readonly<Record<string, unknown>>): string | undefined {
  const text = (value: unknown): string =>
    typeof value === 'string' ? value.toLowerCase() : typeof value === 'bigint' || typeof value === 'number' ? `${value}` : ''
  const wanted = Object.entries(transactionOf(asked))
  // Zero and nothing are left out of the bytes alike.
  const same = (name: string, value: unknown): boolean => {
    const given = parsed[name]
    if (typeof value === 'bigint' || typeof value === 'number') return BigInt(value) === BigInt((given as bigint | number | undefined) ?? 0)
    return name === 'data' ? text(given ?? '0x') === text(value) : text(given) === text(value)
  }
  const [name, value] = wanted.find(([field, expected]) => !same(field, expected)) ?? []
  if (name !== undefined) return `${name} is ${text(parsed[name]).slice(0, 80) || 'nothing'} and not ${text(value).slice(0, 80)}`
  const more = ['accessList', 'authorizationList', 'blobVersionedHashes'].find(
    (field) => Array.isArray(parsed[field]) && parsed[field].length > 0,
  )
  return more && `it has an ${more}`
}

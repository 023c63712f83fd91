// Whether a waiting transaction really is signed by its sender: asked only before it would make us act.
import { recover } from 'tiny-secp256k1'
import {
  formatTransaction,
  hexToBytes,
  keccak256,
  serializeTransaction,
  type Hex,
  type RpcTransaction,
  type TransactionSerializable,
} from 'viem'
import type { Transaction } from '../model/chain.ts'
import { checksummed } from './codec/checksum.ts'

/** The envelope without its signature, as the sender signed it. */
function unsigned(tx: Transaction): TransactionSerializable {
  // The raw envelope is the node's; whatever in it is not what was signed makes the recovered sender another one.
  const { r: _r, s: _s, v: _v, yParity: _parity, ...formatted } = formatTransaction(tx.envelope as unknown as RpcTransaction)
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas, ...rest } = formatted
  const fees = formatted.type === 'legacy' || formatted.type === 'eip2930' ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas }
  return { ...rest, ...fees, data: tx.data, to: tx.to ?? null } as TransactionSerializable
}

/** Legacy signatures carry the chain id in v (EIP-155) or, older still, 27 and 28. */
const parityOf = (v: number): 0 | 1 => ((v >= 35 ? v - 35 : v >= 27 ? v - 27 : v) % 2 === 0 ? 0 : 1)

/** Chains take only the lower of the two values of s that sign the same thing (EIP-2). */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** A transaction is checked once, however often it is judged. */
const checked = new WeakMap<Transaction, boolean>()

export function validSignature(tx: Transaction): boolean {
  const known = checked.get(tx)
  if (known !== undefined) return known
  const valid = isSigned(tx)
  checked.set(tx, valid)
  return valid
}

function isSigned(tx: Transaction): boolean {
  if (!tx.signature || BigInt(tx.signature.s) > halfOrder) return false
  try {
    const { r, s, yParity } = tx.signature
    const signed = keccak256(serializeTransaction(unsigned(tx)), 'bytes')
    // libsecp256k1 as WebAssembly: 0.2 ms here, where the same in JavaScript took 1.2 between an attack and its brake.
    const key = recover(signed, hexToBytes(`0x${word(r)}${word(s)}`), parityOf(yParity), false)
    return key !== null && checksummed(`0x${keccak256(key.subarray(1)).slice(26)}`) === tx.from
  } catch {
    return false
  }
}

const word = (value: Hex): string => value.slice(2).padStart(64, '0')

// Whether a waiting transaction really is signed by its sender: asked only before it would make us act.
import { Secp256k1 } from 'ox'
import { formatTransaction, keccak256, serializeTransaction, type RpcTransaction, type TransactionSerializable } from 'viem'
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
const parityOf = (v: number): number => (v >= 35 ? (v - 35) % 2 : v >= 27 ? v - 27 : v)

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
  if (!tx.signature) return false
  try {
    const payload = keccak256(serializeTransaction(unsigned(tx)))
    const { r, s, yParity } = tx.signature
    const sender = Secp256k1.recoverAddress({ payload, signature: { r: BigInt(r), s: BigInt(s), yParity: parityOf(yParity) } })
    return checksummed(sender) === tx.from
  } catch {
    return false
  }
}

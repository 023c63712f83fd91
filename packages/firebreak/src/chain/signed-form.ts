// A transaction as it was signed and is hashed, out of what a node says of it: whatever was changed on the way gives another hash.
import { formatTransaction, serializeTransaction, type Hex, type RpcTransaction, type TransactionSerializable } from 'viem'

/** Undefined for an envelope that has no such form here, or makes no sense. */
export function signedForm(raw: Readonly<Record<string, unknown>>): Hex | undefined {
  try {
    // Nothing of it is believed: its hash decides.
    const { r, s, v, yParity, gasPrice, maxFeePerGas, maxPriorityFeePerGas, input, to, ...rest } = formatTransaction(
      raw as unknown as RpcTransaction,
    )
    const fees = rest.type === 'legacy' || rest.type === 'eip2930' ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas }
    const unsigned = { ...rest, ...fees, data: input, to: to ?? null } as TransactionSerializable
    const parity = yParity ?? (v === undefined ? undefined : Number(v >= 35n ? (v - 35n) % 2n : v === 27n || v === 28n ? v - 27n : v))
    return serializeTransaction(unsigned, {
      r,
      s,
      ...(rest.type === 'legacy' ? { v } : { yParity: parity ?? 0 }),
    } as Parameters<typeof serializeTransaction>[1])
  } catch {
    return undefined
  }
}

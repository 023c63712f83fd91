// Whether a waiting transaction could be in the next block: otherwise anyone could make us pause for free.
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Includable } from '../model/moment.ts'

/** The next block's base fee, by the parent's gas (EIP-1559: an eighth at most, towards half-full blocks). */
export function nextBaseFee(parent: BlockRef): bigint {
  const target = parent.gasLimit / 2n
  if (target === 0n || parent.gasUsed === target) return parent.baseFee
  if (parent.gasUsed > target) {
    const rise = (parent.baseFee * (parent.gasUsed - target)) / target / 8n
    return parent.baseFee + (rise > 0n ? rise : 1n)
  }
  return parent.baseFee - (parent.baseFee * (target - parent.gasUsed)) / target / 8n
}

/** What a transaction that does nothing takes. */
const leastGas = 21_000n

export interface Account {
  readonly nonce: bigint
  readonly balance: bigint
}

/** `queue` are the sender's earlier waiting transactions; the signature is checked by the caller, because it costs the most. */
export function includable(tx: Transaction, queue: readonly Transaction[], account: Account, head: BlockRef): Includable {
  const no = (why: string): Includable => ({ ok: false, why })
  const line = [...queue.filter((one) => one.nonce >= account.nonce), tx]
  for (const [i, one] of line.entries()) {
    const expected = account.nonce + BigInt(i)
    if (one.nonce !== expected)
      return no(one.nonce < expected ? `nonce ${one.nonce} is used already` : `nonce ${one.nonce} leaves a gap: ${expected} is next`)
  }
  const baseFee = nextBaseFee(head)
  const underpriced = line.find((one) => one.maxFee < baseFee)
  if (underpriced) return no(`its fee of ${underpriced.maxFee} wei is below the next base fee of ${baseFee}`)
  if (line.some((one) => one.maxTip > one.maxFee)) return no('its tip exceeds its fee')
  if (line.some((one) => one.gas < leastGas)) return no(`its gas is below ${leastGas}, which any transaction takes`)
  const needs = line.reduce((sum, one) => sum + one.gas * one.maxFee + one.value, 0n)
  if (needs > account.balance) return no(`the sender holds ${account.balance} wei and needs ${needs}`)
  if (line.reduce((sum, one) => sum + one.gas, 0n) > head.gasLimit) return no('its gas does not fit into a block')
  return { ok: true }
}

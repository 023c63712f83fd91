// What we pay: above the attacker's tip, up a ladder of rungs, never past the incident's cap or into the reserve.
import type { BlockRef } from '../model/chain.ts'

export interface Fees {
  readonly maxFee: bigint
  readonly maxTip: bigint
}

const gwei = 1_000_000_000n
/** The lowest rung; each one above it doubles, so that a pre-signed form exists near every tip. */
const lowestTip = gwei
const rungs = 12

/** The ladder of tips that transactions are signed for in advance. */
export const ladder: readonly bigint[] = Array.from({ length: rungs }, (_, i) => lowestTip << BigInt(i))

/** The first rung that beats the tip by an eighth; above the ladder the exact figure. */
export function tipAbove(tipToBeat: bigint): bigint {
  const needed = tipToBeat + tipToBeat / 8n + 1n
  return ladder.find((rung) => rung >= needed) ?? needed
}

/** Room for the base fee to rise five blocks in a row, and above the attacker's own fee cap: only the tip is ever paid. */
export function feesFor(tip: bigint, head: BlockRef, feeToBeat = 0n): Fees {
  const room = head.baseFee * 2n + tip
  return { maxFee: feeToBeat >= room ? feeToBeat + feeToBeat / 8n + 1n : room, maxTip: tip }
}

/** A replacement raises both fees by an eighth: real nodes ask for a tenth, rounding must not fall short of it. */
export function bumped(fees: Fees, head: BlockRef): Fees {
  const raised = (value: bigint): bigint => value + value / 8n + 1n
  const fresh = feesFor(raised(fees.maxTip), head)
  const maxFee = raised(fees.maxFee) > fresh.maxFee ? raised(fees.maxFee) : fresh.maxFee
  return { maxFee, maxTip: raised(fees.maxTip) }
}

/** A replacement that is also ahead of an attack which pays more than the one that the last form was made for. */
export function outdoing(last: Fees, head: BlockRef, tipToBeat: bigint, feeToBeat: bigint): Fees {
  const [least, ahead] = [bumped(last, head), feesFor(tipAbove(tipToBeat), head, feeToBeat)]
  return {
    maxFee: least.maxFee > ahead.maxFee ? least.maxFee : ahead.maxFee,
    maxTip: least.maxTip > ahead.maxTip ? least.maxTip : ahead.maxTip,
  }
}

/** The most that an effect may cost in wei: a share of what it saves, where the coin has a price; the signer's balance less the reserve anyway. */
export function capWei(saves: bigint, shareBps: number, coinPrice: bigint | undefined, balance: bigint, reserve: bigint): bigint {
  const spendable = balance > reserve ? balance - reserve : 0n
  if (coinPrice === undefined || coinPrice === 0n || saves === 0n) return spendable
  const share = (((saves * BigInt(shareBps)) / 10_000n) * 10n ** 18n) / coinPrice
  return share < spendable ? share : spendable
}

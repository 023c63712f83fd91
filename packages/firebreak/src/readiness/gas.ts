// Gas of a pull: the limit that follows from a measurement, and how many pulls a balance pays for.
import { nextBaseFee } from '../base/includable.ts'
import type { BlockRef } from '../model/chain.ts'

/** Twice what it used: state may have grown by then, and a pull that runs out of gas is the dearest saving there is. */
export function gasLimitOf(used: bigint): bigint {
  const twice = used * 2n
  return twice > leastLimit ? twice : leastLimit
}
const leastLimit = 100_000n

/** Tried with in simulations, and sent with as long as nothing was measured. */
export const unmeasuredGas = 1_500_000n

/** The lowest rung of the fee ladder: what a brake is sent with when there is no tip to beat. */
const usualTip = 1_000_000_000n

/** Wei for one pull at this many times the next base fee. */
export function costOfPull(gasLimits: readonly bigint[], head: BlockRef, times = 1n): bigint {
  return feeOf(gasLimits, nextBaseFee(head) * times)
}

/** Wei for this much gas at a base fee. */
export const feeOf = (gasLimits: readonly bigint[], baseFee: bigint): bigint =>
  gasLimits.reduce((sum, gas) => sum + gas, 0n) * (baseFee + usualTip)

/** What a balance may be spent on: the reserve is never touched. */
export const spendable = (balance: bigint, reserve: bigint): bigint => (balance > reserve ? balance - reserve : 0n)

/** The dearest that the base fee can be `blocks` after the head: it rises by an eighth at most. */
export function feeCeiling(head: BlockRef, blocks: number): bigint {
  let fee = head.baseFee
  for (let i = 0; i < blocks; i++) fee += fee / 8n + 1n
  return fee
}

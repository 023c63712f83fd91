// The block that comes after, in every detail that a contract can look at: attackers test for simulations that leave them out.
import { nextBaseFee } from '../base/includable.ts'
import { encodePacked, keccak256 } from 'viem'
import type { BlockRef } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'

export interface NextBlock {
  readonly number: bigint
  readonly time: bigint
  readonly baseFee: bigint
  readonly gasLimit: bigint
  readonly feeRecipient: Address
  readonly prevRandao: Hex
}

/** Ethereum's slot; other chains say their own interval. */
const slotSeconds = 12n

/** The `offset`-th block after `parent`, counted from 1. The base fee after the first is taken as unchanged: nobody knows it yet. */
export function nextBlock(parent: BlockRef, offset: number, { seconds = slotSeconds, gasNeeded = 0n } = {}): NextBlock {
  const count = BigInt(offset)
  return {
    number: parent.number + count,
    time: parent.timestamp + seconds * count,
    baseFee: nextBaseFee(parent),
    gasLimit: gasNeeded > parent.gasLimit ? gasNeeded : parent.gasLimit,
    feeRecipient: parent.feeRecipient,
    prevRandao: randaoAfter(parent, offset),
  }
}

/** Dozens of trials follow the same block. */
const randaos = new WeakMap<BlockRef, Map<number, Hex>>()

function randaoAfter(parent: BlockRef, offset: number): Hex {
  const known = randaos.get(parent) ?? new Map<number, Hex>()
  const found = known.get(offset) ?? keccak256(encodePacked(['bytes32', 'uint256'], [parent.prevRandao, BigInt(offset)]))
  randaos.set(parent, known.set(offset, found))
  return found
}

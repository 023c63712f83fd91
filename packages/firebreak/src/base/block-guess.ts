// How the next block may turn out, as far as nobody can know it: attackers who look at it must not find a simulation that is always the same.
import type { BlockGuess, BlockRef } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { sha256 } from './hash.ts'

/** Ethereum's slot, where too few blocks are known to tell the chain's own. */
const slotSeconds = 12n
/** Each further guess costs a simulation; this many tell nearly all that guessing can tell. */
const mostGuesses = 8
/** A chain with one proposer still has time and randomness to guess. */
const leastGuesses = 4

/**
 * The ordinary guess first: the proposer and the gas limit of before, one interval later. Then other proposers of recent blocks,
 * and all of them once more with a slot missed in between. Randomness comes from a secret: whoever knows how it is made up cannot tell it.
 * `recent` are blocks that led to the head, oldest first, the head last.
 */
export function guessesAfter(recent: readonly BlockRef[], secret: Hex): readonly BlockGuess[] {
  const head = recent.at(-1)
  if (!head) return []
  const seconds = intervalOf(recent)
  const others = [...new Set(recent.map((block) => block.feeRecipient).toReversed())].filter((one) => one !== head.feeRecipient)
  const proposers = [head.feeRecipient, ...others].slice(0, mostGuesses / 2)
  const turns = Math.ceil(leastGuesses / (2 * proposers.length))
  const blocks = Array.from({ length: turns }, () =>
    [seconds, seconds * 2n].flatMap((after) => proposers.map((proposer): readonly [Address, bigint] => [proposer, after])),
  ).flat()
  return blocks.map(([feeRecipient, after], nth) => ({
    seconds: after,
    feeRecipient,
    prevRandao: sha256(`${secret}|${head.hash}|${head.prevRandao}|${nth}`),
    gasLimit: head.gasLimit,
  }))
}

/** The block as it turned out, to repeat on `parent`, or on a later block, what happened in it. */
export function guessOf(block: BlockRef, parent: BlockRef): BlockGuess {
  const seconds = block.timestamp - parent.timestamp
  return {
    seconds: seconds > 0n ? seconds : 1n,
    feeRecipient: block.feeRecipient,
    prevRandao: block.prevRandao,
    gasLimit: block.gasLimit,
  }
}

/** The usual time between blocks: the median, because a missed slot or a pause is no interval. */
function intervalOf(recent: readonly BlockRef[]): bigint {
  const steps = recent.slice(1).map((block, i) => block.timestamp - (recent[i]?.timestamp ?? block.timestamp))
  const sorted = steps.filter((step) => step > 0n).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? slotSeconds
}

// The block that comes after, in every detail that a contract can look at: attackers test for simulations that leave them out.
import { randomBytes } from 'node:crypto'
import { guessesAfter } from '../base/block-guess.ts'
import { sha256 } from '../base/hash.ts'
import { nextBaseFee } from '../base/includable.ts'
import type { BlockGuess, BlockRef } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'

export interface NextBlock {
  readonly number: bigint
  readonly time: bigint
  readonly baseFee: bigint
  readonly gasLimit: bigint
  readonly feeRecipient: Address
  readonly prevRandao: Hex
}

/** Drawn anew in each process, told to nobody: an attacker who could work out the randomness of a simulation would know that it is one. */
const secret: Hex = `0x${randomBytes(32).toString('hex')}`

/**
 * The `offset`-th block after `parent`, counted from 1, as `parent.next` imagines it. Later ones repeat the guess: what an attack
 * waits for is there again. The base fee after the first is taken as unchanged: nobody knows it yet.
 */
export function nextBlock(
  parent: BlockRef,
  offset: number,
  { seconds, gasNeeded = 0n }: { readonly seconds?: bigint; readonly gasNeeded?: bigint } = {},
): NextBlock {
  const guess = parent.next ?? ordinary(parent)
  const count = BigInt(offset)
  return {
    number: parent.number + count,
    time: parent.timestamp + (parent.next ? guess.seconds : (seconds ?? guess.seconds)) * count,
    baseFee: nextBaseFee(parent),
    gasLimit: gasNeeded > guess.gasLimit ? gasNeeded : guess.gasLimit,
    feeRecipient: guess.feeRecipient,
    prevRandao: parent.next || offset === 1 ? guess.prevRandao : ordinaryRandao(guess, offset),
  }
}

/** Dozens of trials follow the same block. */
const known = new WeakMap<BlockRef, BlockGuess>()

function ordinary(parent: BlockRef): BlockGuess {
  const found = known.get(parent) ?? guessesAfter([parent], secret)[0]
  if (!found) throw new Error('a block was given and no guess came of it')
  known.set(parent, found)
  return found
}

/** Without a guess to repeat, each block is random in its own way. */
const ordinaryRandao = (guess: BlockGuess, offset: number): Hex => sha256(`${guess.prevRandao}|${offset}`)

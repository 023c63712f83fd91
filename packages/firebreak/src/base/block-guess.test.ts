import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { someone } from '../../test/support/moments.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Hex } from '../model/hex.ts'
import { guessesAfter, guessOf } from './block-guess.ts'

const word = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const secret = word(1)
const blockAt = (n: number, more: Partial<BlockRef> = {}): BlockRef => ({
  chain: 'test',
  number: BigInt(n),
  hash: word(n),
  parent: word(n - 1),
  timestamp: BigInt(1_000 + 12 * n),
  baseFee: 7n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  feeRecipient: someone(1),
  prevRandao: word(n * 1_000),
  ...more,
})

describe('how the next block may turn out', () => {
  test('is first of all as the last one was: its proposer and gas limit, one interval later', () => {
    const [first] = guessesAfter([blockAt(5), blockAt(6, { feeRecipient: someone(2), gasLimit: 29_999_000n })], secret)
    expect(first).toMatchObject({ seconds: 12n, feeRecipient: someone(2), gasLimit: 29_999_000n })
  })

  test('and then by each proposer of recent blocks, in the next slot and after a missed one', () => {
    const recent = [1, 2, 3, 1].map((proposer, i) => blockAt(i + 1, { feeRecipient: someone(proposer) }))
    const seen = guessesAfter(recent, secret).map(({ feeRecipient, seconds }) => `${feeRecipient} ${seconds}`)
    for (const proposer of [1, 2, 3]) for (const seconds of [12, 24]) expect(seen).toContain(`${someone(proposer)} ${seconds}`)
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('with the chain’s own interval, whatever was missed or paused; Ethereum’s where nothing is known', () => {
    const at = [0, 2, 4, 6, 40, 42, 4_000].map((seconds, i) => blockAt(i + 1, { timestamp: BigInt(seconds) }))
    expect(guessesAfter(at, secret)[0]?.seconds).toBe(2n)
    expect(guessesAfter([blockAt(1)], secret)[0]?.seconds).toBe(12n)
    expect(guessesAfter([], secret)).toEqual([])
  })

  test('never with the same randomness twice, and never with one that can be told without the secret', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), (proposers) => {
        const recent = proposers.map((one, i) => blockAt(i + 1, { feeRecipient: someone(one) }))
        const guesses = guessesAfter(recent, secret)
        const randaos = new Set(guesses.map((one) => one.prevRandao))
        expect(randaos.size).toBe(guesses.length)
        expect(guesses.length).toBeGreaterThanOrEqual(4)
        expect(guesses.length).toBeLessThanOrEqual(8)
        for (const other of guessesAfter(recent, word(2))) expect(randaos.has(other.prevRandao)).toBe(false)
        for (const block of recent) expect(randaos.has(block.prevRandao)).toBe(false)
      }),
    )
  })
})

test('a block that is known is repeated as it was', () => {
  const block = blockAt(6, { feeRecipient: someone(3), timestamp: 2_000n })
  expect(guessOf(block, blockAt(5, { timestamp: 1_976n }))).toEqual({
    seconds: 24n,
    feeRecipient: someone(3),
    prevRandao: block.prevRandao,
    gasLimit: block.gasLimit,
  })
  expect(guessOf(block, block).seconds).toBe(1n)
})

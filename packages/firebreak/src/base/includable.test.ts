import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blockRef, transaction } from '../../test/support/moments.ts'
import { startTestChain, type TestChain } from '../../test/support/test-chain.ts'
import type { Transaction } from '../model/chain.ts'
import { includable, nextBaseFee } from './includable.ts'

const gwei = 10n ** 9n
const head = { ...blockRef(100), baseFee: 8n * gwei, gasLimit: 30_000_000n, gasUsed: 15_000_000n }
const tx = (nonce: bigint, more: Partial<Transaction> = {}): Transaction => ({
  ...transaction(Number(nonce)),
  nonce,
  gas: 100_000n,
  maxFee: 10n * gwei,
  maxTip: gwei,
  ...more,
})
const rich = { nonce: 5n, balance: 10n ** 20n }
const why = (one: Transaction, queue: readonly Transaction[] = [], account = rich) => {
  const answer = includable(one, queue, account, head)
  return answer.ok ? 'includable' : answer.why
}

describe('a waiting transaction could be in the next block', () => {
  test('with the next nonce, a fee that clears, and the money for it', () => {
    expect(why(tx(5n))).toBe('includable')
    expect(why(tx(7n), [tx(5n), tx(6n)])).toBe('includable')
    // What is mined already is no part of the queue.
    expect(why(tx(5n), [tx(3n), tx(4n)])).toBe('includable')
  })

  test('but not with a gap before it, nor with a nonce that is used', () => {
    expect(why(tx(6n))).toContain('gap')
    expect(why(tx(8n), [tx(5n), tx(7n)])).toContain('gap')
    expect(why(tx(4n))).toContain('used already')
  })

  test('but not below the next base fee, its own or that of anything before it', () => {
    expect(why(tx(5n, { maxFee: 8n * gwei }))).toBe('includable')
    expect(why(tx(5n, { maxFee: 8n * gwei - 1n }))).toContain('below the next base fee')
    expect(why(tx(6n), [tx(5n, { maxFee: 7n * gwei })])).toContain('below the next base fee')
  })

  test('but not with a tip above its fee, gas that nothing runs on, or more gas than a block has', () => {
    expect(why(tx(5n, { maxTip: 11n * gwei }))).toContain('tip exceeds')
    expect(why(tx(5n, { gas: 20_999n }))).toContain('gas is below')
    expect(why(tx(6n, { gas: 20_000_000n }), [tx(5n, { gas: 20_000_000n })])).toContain('does not fit')
  })

  test('but not without money for the whole queue: gas at the fee cap, and what is sent', () => {
    const each = 100_000n * 10n * gwei
    const account = { nonce: 5n, balance: 2n * each + 1_000n }
    expect(why(tx(6n, { value: 1_000n }), [tx(5n)], account)).toBe('includable')
    expect(why(tx(6n, { value: 1_001n }), [tx(5n)], account)).toContain('needs')
    expect(why(tx(6n), [tx(5n, { value: 1_001n })], account)).toContain('needs')
  })
})

test('a queue is includable exactly when all of it is, in order, and paid for', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 16n })
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 6 }), amount, fc.integer({ min: 0, max: 6 }), (values, spare, missing) => {
      const all = values.map((value, i) => tx(5n + BigInt(i), { value }))
      const needs = all.reduce((sum, one) => sum + one.gas * one.maxFee + one.value, 0n)
      const queue = all.filter((_, i) => i !== missing)
      const last = queue.at(-1)
      if (!last) return
      const answer = includable(last, queue.slice(0, -1), { nonce: 5n, balance: needs + spare }, head)
      expect(answer.ok).toBe(missing >= values.length - 1)
      expect(includable(all.at(-1) ?? last, all.slice(0, -1), { nonce: 5n, balance: needs - 1n }, head).ok).toBe(false)
    }),
  )
})

test('the next base fee moves by an eighth at most, towards half-full blocks', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.bigInt({ min: 1n, max: 10n ** 8n }).map((half) => half * 2n),
      fc.integer({ min: 0, max: 1_000 }),
      (baseFee, gasLimit, share) => {
        const gasUsed = (gasLimit * BigInt(share)) / 1_000n
        const next = nextBaseFee({ ...head, baseFee, gasLimit, gasUsed })
        expect(next).toBeLessThanOrEqual(baseFee + baseFee / 8n + 1n)
        expect(next).toBeGreaterThanOrEqual(baseFee - baseFee / 8n)
        if (gasUsed > gasLimit / 2n) expect(next).toBeGreaterThan(baseFee)
        if (gasUsed < gasLimit / 2n) expect(next).toBeLessThanOrEqual(baseFee)
      },
    ),
  )
})

describe('on a real node', () => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await startTestChain({ noMining: false, gasLimit: 400_000n, baseFee: 50n * gwei })
  })
  afterAll(() => chain.stop())

  test('the base fee of the next block is the one that we say, after empty, half-full and full blocks', async () => {
    await chain.rpc.request('evm_setAutomine', [false])
    const [from] = chain.accounts
    for (const calls of [0, 1, 4, 2, 7, 0, 0, 3, 5, 1]) {
      for (let i = 0; i < calls; i++)
        await chain.rpc.request('eth_sendTransaction', [
          {
            from,
            to: chain.accounts[1],
            value: '0x1',
            gas: '0xc350',
            maxFeePerGas: '0x174876e800',
            maxPriorityFeePerGas: '0x0',
            data: `0x${'ff'.repeat(600 * (calls % 3))}`,
          },
        ])
      const before = await chain.head()
      await chain.rpc.request('evm_mine', [])
      const after = await chain.head()
      expect(after.number).toBe(before.number + 1n)
      expect(after.baseFee).toBe(nextBaseFee(before))
    }
  })
})

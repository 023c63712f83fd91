// The example detector on plain moments: a burst speaks, ordinary traffic just below it does not.
import { evm, env } from 'firebreak'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, built, chain, follow, pending, scopeOf, someone, txHash, word } from '../packages/firebreak/test/support/moments.ts'
import { borrowBurst } from './own-detector.ts'

const pool = evm(chain, { id: 1, rpc: env('RPC') }).at(someone(1), [
  {
    type: 'event',
    name: 'Borrow',
    inputs: [
      { name: 'borrower', type: 'address', indexed: true },
      { name: 'amount', type: 'uint256' },
    ],
  },
] as const)
const burst = built(borrowBurst(pool.event('Borrow'), { large: 1_000n, moreThan: 5, withinSeconds: 600n }), scopeOf())
const [probe] = burst.needs(burst.start).logs
if (!probe) throw new Error('it listens to nothing')

const borrows = (...amounts: readonly bigint[]) => {
  const borrower = `0x${someone(7).slice(2).padStart(64, '0')}` as const
  return new Map([
    [
      probe.key,
      amounts.map((amount, i) => ({
        address: pool.address,
        topics: [probe.topic, borrower],
        data: `0x${word(amount)}` as const,
        tx: txHash(i),
      })),
    ],
  ])
}

describe('a burst of borrows', () => {
  test('speaks at the sixth large one within the window, and names who borrowed', () => {
    const { see } = follow(burst)
    expect(see(block([], { at: 1_000, logs: borrows(1_000n, 5_000n, 999n) }))).toEqual([])
    expect(see(block([], { at: 1_300, logs: borrows(1_000n, 1_000n, 1_000n) }))).toEqual([])
    expect(see(pending([], { at: 1_300, logs: borrows(2_000n) }))).toMatchObject([{ likelihood: 0.6, subjects: [pool.address] }])
    expect(see(block([], { at: 1_599, logs: borrows(2_000n) }))).toMatchObject([{ weight: 'verdict', culprits: [txHash(0)] }])
  })

  test('forgets what is older than the window', () => {
    const { see } = follow(burst)
    see(block([], { at: 1_000, logs: borrows(1_000n, 1_000n, 1_000n, 1_000n, 1_000n) }))
    expect(see(block([], { at: 1_600, logs: borrows(1_000n) }))).toEqual([])
  })

  test('long traffic at the bound is silent, and small borrows never count', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 999n), { maxLength: 200 }), (small) => {
        const { see } = follow(burst)
        const all = small.flatMap((amount, i) =>
          see(block([], { at: 1_000 + 12 * i, logs: borrows(amount, ...(i % 11 === 0 ? [1_000n] : [])) })),
        )
        expect(all).toEqual([])
      }),
    )
  })
})

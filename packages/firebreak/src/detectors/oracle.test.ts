// A feed that deviates, is stale, jumps, or says something that is no price.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, txHash, uintRead } from '../../test/support/moments.ts'
import { oracle } from './oracle.ts'
import type { OracleOptions } from './oracle-options.ts'

const feedAddress = someone(1)
const pair = someone(2)
const scope = scopeOf([], { [feedAddress]: 'feed' })
const feed = uintRead(feedAddress, 'latestAnswer', 'int256')
const twap = uintRead(pair, 'twap')
const updated = uintRead(feedAddress, 'latestTimestamp')
const [feedProbe, twapProbe, updatedProbe] = [scope.read(feed), scope.read(twap), scope.read(updated)]
const watching = (options: Partial<OracleOptions>) => follow(built(oracle({ feed, ...options }), scope))
const dollar = 10n ** 8n
const ether = 10n ** 18n

describe('an oracle that deviates', () => {
  const options: Partial<OracleOptions> = { against: twap, againstDecimals: 18, deviates: '3%' }
  const told = (price: bigint, other: bigint) =>
    [
      [feedProbe, price],
      [twapProbe, other],
    ] as const

  test('speaks past the bound, across decimals, and keeps speaking', () => {
    const { see } = watching(options)
    expect(see(block(told(100n * dollar, 100n * ether)))).toEqual([])
    expect(see(block(told(103n * dollar, 100n * ether)))).toEqual([])
    expect(see(block(told(103n * dollar + 1n, 100n * ether), { txs: [4], touches: [feedAddress] }))).toMatchObject([
      { weight: 'verdict', culprits: [txHash(4)], evidence: { fault: 'deviates', allowedPpm: 30_000n } },
    ])
    expect(see(block(told(103n * dollar + 1n, 100n * ether), { txs: [5], touches: [feedAddress] }))).toMatchObject([{ culprits: [] }])
    expect(see(block(told(94n * dollar, 100n * ether)))).toMatchObject([{ likelihood: 0.95 }])
    expect(see(block(told(99n * dollar, 100n * ether)))).toEqual([])
  })

  test('blames a waiting transaction that moved it, and none that did not', () => {
    const { see } = watching(options)
    see(block(told(100n * dollar, 100n * ether)))
    expect(see(pending(told(100n * dollar, 90n * ether), { tx: 3 }))).toMatchObject([{ culprits: [txHash(3)] }])
    see(block(told(100n * dollar, 90n * ether)))
    expect(see(pending(told(100n * dollar, 90n * ether)))).toEqual([])
    expect(see(pending(told(100n * dollar, 91n * ether)))).toEqual([])
  })

  test('names whoever makes a standing deviation worse, and judges whatever touches either source', () => {
    const detector = built(oracle({ feed, ...options, movedBy: [at(someone(7))] }), scope)
    expect(detector.subjects).toEqual([feedAddress, pair, someone(7)])
    const { see } = follow(detector)
    see(block(told(96n * dollar, 100n * ether)))
    expect(see(block(told(60n * dollar, 100n * ether), { txs: [6], touches: [someone(7)] }))).toMatchObject([
      { culprits: [txHash(6)], subjects: [feedAddress] },
    ])
  })

  test('agrees with plain fractions for all decimals and the largest values', () => {
    const decimals = fc.constantFrom(0, 6, 8, 18, 27)
    const price = fc.oneof(fc.bigInt(1n, 10n ** 30n), fc.constantFrom(1n, 2n ** 255n - 1n))
    fc.assert(
      fc.property(price, fc.bigInt(1n, 2n ** 256n - 1n), decimals, decimals, (a, b, da, db) => {
        const { see } = watching({ ...options, decimals: da, againstDecimals: db })
        const [x, y] = [a * 10n ** BigInt(db), b * 10n ** BigInt(da)]
        const apart = x > y ? x - y : y - x
        expect(see(block(told(a, b))).length).toBe(apart * 100n > y * 3n ? 1 : 0)
      }),
    )
  })

  test('long traffic within 95 % of the bound is silent', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(-285n, 285n), { minLength: 100, maxLength: 300 }), (moves) => {
        const { see } = watching(options)
        expect(moves.flatMap((bps) => see(block(told((100n * dollar * (10_000n + bps)) / 10_000n, 100n * ether))))).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('one of two that cannot be read is said once; the other is still judged', () => {
    const { see } = watching({ ...options, step: '10%' })
    see(block(told(100n * dollar, 100n * ether)))
    expect(
      see(
        block([
          [feedProbe, 101n * dollar],
          [twapProbe, 'reverts'],
        ]),
      ),
    ).toMatchObject([{ weight: 'evidence' }])
    expect(
      see(
        block([
          [feedProbe, 150n * dollar],
          [twapProbe, 'reverts'],
        ]),
      ),
    ).toMatchObject([{ evidence: { fault: 'step' } }])
  })
})

describe('an oracle that is stale', () => {
  test('speaks after the bound and the grace, at every block, and never for a waiting transaction', () => {
    const { see } = watching({ staleAfter: '1h', updatedAt: updated })
    const told = [
      [feedProbe, dollar],
      [updatedProbe, 10_000n],
    ] as const
    expect(see(block(told, { at: 10_000 }))).toEqual([])
    expect(see(block(told, { at: 13_900 }))).toEqual([])
    expect(see(block(told, { at: 13_901 }))).toMatchObject([
      { likelihood: expect.closeTo(0.5, 2), evidence: { fault: 'stale', age: 3_901n, allowed: 3_900n }, culprits: [] },
    ])
    expect(see(block(told, { at: 20_000 })).length).toBe(1)
    expect(see(pending(told, { at: 20_000 }))).toEqual([])
    expect(
      see(
        block(
          [
            [feedProbe, dollar],
            [updatedProbe, 20_000n],
          ],
          { at: 20_012 },
        ),
      ),
    ).toEqual([])
    expect(
      see(
        block(
          [
            [feedProbe, dollar],
            [updatedProbe, 99_999n],
          ],
          { at: 20_024 },
        ),
      ),
    ).toEqual([])
  })

  test('a feed contract says both in one answer', () => {
    const detector = built(oracle({ feed: at(feedAddress), staleAfter: '1h', grace: '10s', step: '10%' }), scope)
    const [probe, ...others] = detector.needs(detector.start).reads
    if (!probe) throw new Error('no read')
    expect(others).toEqual([])
    const { see } = follow(detector)
    const round = (answer: bigint, updatedAt: bigint) => [[probe, [1n, answer, updatedAt, updatedAt, 1n]]] as const
    expect(see(block(round(dollar, 10_000n), { at: 10_000 }))).toEqual([])
    expect(see(block(round(2n * dollar, 10_000n), { at: 13_611 }))).toMatchObject([
      { evidence: { fault: 'step' } },
      { evidence: { fault: 'stale' } },
    ])
    expect(see(block([[probe, 'reverts']], { at: 13_623 })).map((one) => one.weight)).toEqual(['evidence', 'verdict'])
  })
})

describe('an oracle that jumps', () => {
  const told = (price: bigint) => [[feedProbe, price]] as const

  test('speaks against the median of its latest values', () => {
    const { see } = watching({ step: '10%' })
    for (let i = 0n; i < 15n; i += 1n) expect(see(block(told(100n * dollar + i)))).toEqual([])
    expect(see(pending(told(110n * dollar), { tx: 2 }))).toEqual([])
    expect(see(pending(told(111n * dollar), { tx: 2 }))).toMatchObject([
      { culprits: [txHash(2)], evidence: { fault: 'step', jumpPpm: expect.any(BigInt) } },
    ])
    expect(see(block(told(50n * dollar)))).toMatchObject([{ likelihood: 0.95 }])
    expect(see(block(told(50n * dollar)))).toEqual([])
  })

  test('a few manipulated values do not move the median', () => {
    const { see } = watching({ step: '10%' })
    for (let i = 0n; i < 15n; i += 1n) see(block(told(100n * dollar + i)))
    for (let i = 1n; i <= 6n; i += 1n) expect(see(block(told(100n * dollar + i * 20n * dollar))).length).toBe(1)
    expect(see(block(told(100n * dollar)))).toEqual([])
  })

  test('long random walks within 95 % of the bound are silent', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(9_050n, 10_000n), { minLength: 50, maxLength: 200 }), (prices) => {
        // Everything lies within 9.5 % of any median of these.
        const { see } = watching({ step: '10.5%' })
        expect(prices.flatMap((price) => see(block(told(price * dollar))))).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('nothing and less than nothing are no prices', () => {
    const { see } = watching({ step: '10%' })
    see(block(told(100n)))
    expect(see(pending(told(0n), { tx: 2 }))).toMatchObject([{ likelihood: 0.95, culprits: [txHash(2)] }])
    expect(see(block(told(-5n)))).toMatchObject([{ evidence: { fault: 'price' } }])
    expect(see(pending(told(-6n)))).toEqual([])
    expect(see(block(told(100n)))).toEqual([])
  })

  test('waiting transactions leave no trace', () => {
    const detector = built(oracle({ feed, step: '10%' }), scope)
    const trunk = detector.step(detector.start, block(told(100n))).state
    expect(detector.step(trunk, pending(told(200n))).state).toBe(trunk)
  })
})

test('an oracle reports every wrong option at once', () => {
  expect(faultPaths(oracle({ feed }), scope)).toEqual([''])
  expect(faultPaths(oracle({ feed, deviates: '3%', staleAfter: '1h', decimals: -1 }), scope)).toEqual(['against', 'updatedAt', 'decimals'])
  expect(faultPaths(oracle({ feed, against: twap, updatedAt: updated, step: '0%' }), scope)).toEqual(['step', 'deviates', 'staleAfter'])
  expect(faultPaths(oracle({ feed, against: { ...twap, chain: 'other' }, deviates: '3%' }), scope)).toEqual(['feed'])
})

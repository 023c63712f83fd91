// What a share is worth: gifts, losses, thin and empty markets, slow yield, extremes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, token, txHash, uintRead } from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import { sharePrice } from './share-price.ts'
import type { SharePriceOptions } from './share-price.ts'

const vault = someone(1)
const scope = scopeOf([token('usdc', someone(2), 6)], { [vault]: 'vault' })
const assets = uintRead(vault, 'totalAssets')
const supply = uintRead(vault, 'totalSupply')
const rate = uintRead(vault, 'exchangeRateStored')
const [assetsProbe, supplyProbe, rateProbe] = [scope.read(assets), scope.read(supply), scope.read(rate)]
const told = (a: Told, s: Told) =>
  [
    [assetsProbe, a],
    [supplyProbe, s],
  ] as const
const watching = (options: Partial<SharePriceOptions> = {}) => follow(built(sharePrice({ of: at(vault), ...options }), scope))

describe('a share price', () => {
  test('speaks when a gift makes it jump, and names the giver', () => {
    const { see } = watching()
    see(block(told(1_000_000n, 1_000_000n), { at: 1_000 }))
    expect(see(pending(told(1_010_000n, 1_000_000n), { at: 1_000 }))).toEqual([])
    expect(see(pending(told(1_015_000n, 1_000_000n), { at: 1_000, tx: 6 }))).toMatchObject([
      {
        weight: 'verdict',
        likelihood: 0.725,
        culprits: [txHash(6)],
        loss: [],
        evidence: { direction: 'up', movedPpm: 15_000n, allowedPpm: 10_000n, shares: 1_000_000n },
      },
    ])
  })

  test('counts a fall as a loss of the asset', () => {
    const { see } = watching({ maxDrop: '0.1%', asset: 'usdc' })
    see(block(told(1_000_000n, 500_000n), { at: 1_000 }))
    expect(see(block(told(999_000n, 500_000n), { at: 1_012 }))).toEqual([])
    expect(see(block(told(990_000n, 500_000n), { at: 1_024, txs: [3], touches: [vault] }))).toMatchObject([
      { weight: 'verdict', culprits: [txHash(3)], loss: [{ asset: 'usdc', amount: 10_000n }], evidence: { direction: 'down' } },
    ])
  })

  test('adds up small steps within the window, and forgets what is older', () => {
    const { see } = watching({ window: '10m' })
    see(block(told(100_000n, 100_000n), { at: 1_000 }))
    expect(see(block(told(100_900n, 100_000n), { at: 1_012 }))).toEqual([])
    expect(see(block(told(101_500n, 100_000n), { at: 1_024 })).length).toBe(1)
    const slow = watching({ window: '10m' })
    slow.see(block(told(100_000n, 100_000n), { at: 1_000 }))
    expect(slow.see(block(told(100_900n, 100_000n), { at: 1_300 }))).toEqual([])
    expect(slow.see(block(told(101_500n, 100_000n), { at: 1_901 }))).toEqual([])
  })

  test('does not blame whoever comes after a jump', () => {
    const { see } = watching()
    see(block(told(100_000n, 100_000n), { at: 1_000 }))
    see(block(told(200_000n, 100_000n), { at: 1_012 }))
    expect(see(pending(told(220_000n, 110_000n), { at: 1_012 }))).toEqual([])
    // A block that takes it further says so, and names nobody for it.
    expect(see(block(told(220_001n, 110_000n), { at: 1_024, txs: [2], touches: [vault] }))).toMatchObject([
      { weight: 'verdict', culprits: [] },
    ])
    expect(see(block(told(230_001n, 115_001n), { at: 1_036 }))).toEqual([])
  })

  test('sees deposits and withdrawals of any size as nothing, in all decimals', () => {
    const unit = fc.constantFrom(1n, 10n ** 6n, 10n ** 8n, 10n ** 18n, 10n ** 27n, 2n ** 200n)
    fc.assert(
      fc.property(
        unit,
        unit,
        fc.array(fc.bigInt(10n ** 6n, 10n ** 12n), { minLength: 20, maxLength: 100 }),
        (assetUnit, shareUnit, sizes) => {
          const { see } = watching()
          const all = sizes.flatMap((size, i) => see(block(told(size * assetUnit, size * shareUnit), { at: 1_000 + 12 * i })))
          expect(all).toEqual([])
        },
      ),
    )
  })

  test('long yield of 95 % of the bound in each window is silent', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 185n), { minLength: 100, maxLength: 400 }), (steps) => {
        // Fifty blocks of at most 0.0185 % each compound to 0.93 %.
        const { see } = watching()
        let held = 10n ** 24n
        const all = steps.flatMap((ppm, i) => {
          held += (held * ppm) / 1_000_000n
          return see(block(told(held, 10n ** 24n), { at: 1_000 + 12 * i }))
        })
        expect(all).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  test('a nearly empty market: the thin supply is evidence, the gift a verdict', () => {
    const { see } = watching()
    see(block(told(10n ** 18n, 10n ** 18n), { at: 1_000 }))
    expect(see(block(told(2n, 2n), { at: 1_012 }))).toMatchObject([{ weight: 'evidence', likelihood: 0.3 }])
    expect(see(block(told(1n, 1n), { at: 1_024 }))).toEqual([])
    expect(see(pending(told(10n ** 22n, 1n), { at: 1_024 }))).toMatchObject([{ weight: 'verdict', likelihood: 0.95 }])
  })

  test('an empty vault whose first shares are absurdly dear', () => {
    const { see } = watching()
    expect(see(block(told(0n, 0n), { at: 1_000 }))).toEqual([])
    expect(see(pending(told(10n ** 22n, 1n), { at: 1_000 }))).toMatchObject([
      { weight: 'verdict', likelihood: 0.8 },
      { weight: 'evidence' },
    ])
    expect(see(block(told(5_000n, 5_000n), { at: 1_012 }))).toEqual([])
  })

  test("a market's own rate works while it is empty, and knows a thin supply", () => {
    const { see } = watching({ of: { rate, shares: supply } })
    const both = (r: bigint, s: bigint) =>
      [
        [rateProbe, r],
        [supplyProbe, s],
      ] as const
    see(block(both(2n * 10n ** 26n, 0n), { at: 1_000 }))
    expect(see(pending(both(10n ** 40n, 2n), { at: 1_000 }))).toMatchObject([
      { weight: 'verdict', likelihood: 0.95 },
      { weight: 'evidence' },
    ])
    expect(see(block(both(2n * 10n ** 26n, 10n ** 8n), { at: 1_012 }))).toEqual([])
    const alone = watching({ of: { rate } })
    alone.see(block([[rateProbe, 100n]], { at: 1_000 }))
    expect(alone.see(block([[rateProbe, 102n]], { at: 1_012 })).length).toBe(1)
  })

  test('bears the largest amounts and prices of nothing', () => {
    const most = 2n ** 256n - 1n
    const { see } = watching({ of: { assets, shares: supply }, maxDrop: '50%' })
    see(block(told(most, 1n), { at: 1_000 }))
    expect(see(block(told(1n, most), { at: 1_012 })).filter((one) => one.weight === 'verdict').length).toBe(1)
    expect(see(block(told(0n, most), { at: 1_024 }))).toEqual([])
    expect(see(block(told(most, most), { at: 5_000 })).length).toBe(1)
  })

  test('waiting transactions and other branches leave no trace', () => {
    const detector = built(sharePrice({ of: at(vault) }), scope)
    const trunk = detector.step(detector.start, block(told(100n, 100n), { at: 1_000 })).state
    const copy = structuredClone(trunk)
    expect(detector.step(trunk, pending(told(200n, 100n))).state).toBe(trunk)
    detector.step(trunk, block(told(300n, 100n), { at: 1_012 }))
    expect(trunk).toEqual(copy)
  })

  test('says once that it cannot be read', () => {
    const { see } = watching()
    see(block(told(100n, 100n), { at: 1_000 }))
    expect(see(block(told('reverts', 100n), { at: 1_012 }))).toMatchObject([{ weight: 'evidence' }])
    expect(see(block(told('reverts', 101n), { at: 1_024 }))).toEqual([])
    expect(see(block(told(200n, 100n), { at: 1_036 })).length).toBe(1)
  })

  test('reports every wrong option at once', () => {
    // @ts-expect-error not shares
    expect(faultPaths(sharePrice({ of: at(vault), maxStep: 'much', maxDrop: '100%', window: '0s', asset: 'dai' }), scope)).toEqual([
      'maxStep',
      'maxDrop',
      'window',
      'asset',
    ])
    expect(faultPaths(sharePrice({ of: { rate }, asset: 'usdc' }), scope)).toEqual(['asset'])
    expect(faultPaths(sharePrice({ of: at(vault), maxStep: '200%' }), scope)).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { someone } from '../../test/support/moments.ts'
import { coin, dollar, held, pool, probe, told, toyPlan, usdcToken, wethToken, worth } from '../../test/support/toy.ts'
import type { Incident } from '../model/incident.ts'
import { exposureOf } from './exposure.ts'
import { amountsOf, assetsTaken, lossBetween, valueByAsset } from './losses.ts'
import { dollarsOf, median, priceAt } from './prices.ts'

const plan = toyPlan()
const prices = { usdc: dollar, weth: 2_000n * dollar }
const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 24n }), { minLength: 2, maxLength: 2 })

describe('a price', () => {
  const fed = coin('weth', wethToken, { kind: 'read', probe: probe('feed'), decimals: 8, source: someone(7) })

  test('is what its source says, with the decimals of the source', () => {
    expect(priceAt(fed, told({ feed: 2_000n * 10n ** 8n }))).toBe(2_000n * dollar)
    expect(priceAt(coin('usdc', usdcToken), told({}))).toBe(dollar)
  })

  test('of nothing, or that cannot be read, is no price', () => {
    expect(priceAt(fed, told({ feed: 0n }))).toBeUndefined()
    expect(priceAt(fed, told({ feed: undefined }))).toBeUndefined()
    expect(priceAt(fed, told({}))).toBeUndefined()
  })

  test('in the middle is one that was seen, and half of them have to be moved before it moves', () => {
    expect(median([])).toBeUndefined()
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 1_000n }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { maxLength: 60 }),
        (honest, lies) => {
          const middle = median([...honest, ...lies])
          expect([...honest, ...lies]).toContain(middle)
          if (lies.length >= honest.length) return
          const sorted = [...honest].sort((a, b) => Number(a - b))
          expect(middle).toBeGreaterThanOrEqual(sorted[0] ?? 0n)
          expect(middle).toBeLessThanOrEqual(sorted.at(-1) ?? 0n)
        },
      ),
    )
  })

  test('times an amount counts in whole tokens', () => {
    expect(dollarsOf(coin('usdc', usdcToken), 1_500_000n, 2n * dollar)).toBe(3n * dollar)
  })
})

describe('a loss', () => {
  test('is what left, net of collateral that came in', () => {
    expect(lossBetween(plan, prices, [1_000_000n, 1_000_000n], [0n, 1_000_000n])).toBe(dollar)
    expect(lossBetween(plan, prices, [4_000_000_000n, 1_000_000n], [0n, 2_000_000n])).toBe(2_000n * dollar)
  })

  test('is never below zero, is zero for what did not change, and grows with what left', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.bigInt({ min: 0n, max: 10n ** 20n }), (before, after, more) => {
        const loss = lossBetween(plan, prices, before, after)
        expect(loss).toBeGreaterThanOrEqual(0n)
        expect(lossBetween(plan, prices, before, before)).toBe(0n)
        expect(lossBetween(plan, prices, [(before[0] ?? 0n) + more, before[1]], after)).toBeGreaterThanOrEqual(loss)
        // What one side lost the other side gained.
        expect(loss === 0n || lossBetween(plan, prices, after, before) === 0n).toBe(true)
      }),
    )
  })

  test('counts neither what could not be read nor what has no trusted price', () => {
    expect(lossBetween(plan, prices, [undefined, 1_000_000n], [0n, 1_000_000n])).toBe(0n)
    expect(lossBetween(plan, { usdc: dollar }, [0n, 1_000_000n], [0n, 0n])).toBe(0n)
    expect(amountsOf(plan.holdings, told({ [`usdc of ${pool}`]: 5n, [`weth of ${pool}`]: undefined }))).toEqual([5n, undefined])
  })

  test('names the assets whose amount fell, and the dollars by asset', () => {
    expect([...assetsTaken(plan, [5n, 5n], [4n, 6n])]).toEqual(['usdc'])
    const two = toyPlan({ holdings: [held('usdc'), held('usdc', someone(2))] })
    expect([...valueByAsset(two, prices, [1n, 2n])]).toEqual([['usdc', worth(3n)]])
  })
})

describe('the exposure of an incident', () => {
  const two = toyPlan({ holdings: [held('usdc'), held('weth'), held('usdc', someone(2))] })
  const about = (subjects: Incident['subjects']) => ({ subjects, prices }) as unknown as Incident

  test('is what the attacked contracts hold, and how fast it leaves', () => {
    const exposure = exposureOf(two, about([pool]), [2_000_000n, 0n, 9n], [1_000_000n, 0n, 9n], 120_000)
    expect(exposure).toMatchObject({ lost: dollar, atRisk: dollar, perMinute: dollar / 2n })
    expect(exposure.byAsset.map((one) => one.holder)).toEqual([pool, pool])
  })

  test('leaves the loss of another incident’s contracts to that one, and keeps what nobody else is about', () => {
    const balances = [[2_000_000n, 0n, 5_000_000n], [1_000_000n, 0n, 1_000_000n], 60_000] as const
    const both = [about([pool]), about([someone(2)])] as const
    expect(exposureOf(two, both[0], ...balances, [both[1]]).lost).toBe(dollar)
    expect(exposureOf(two, both[1], ...balances, [both[0]]).lost).toBe(4n * dollar)
    expect(exposureOf(two, both[0], ...balances).lost).toBe(5n * dollar)
  })

  test('is all of the plan where the attacked contracts hold nothing', () => {
    expect(exposureOf(two, about([someone(77)]), [1n, 0n, 9n], [1n, 0n, 9n], 1_000).byAsset).toHaveLength(3)
  })

  test('at a single stroke has the stroke as its rate a minute', () => {
    expect(exposureOf(two, about([pool]), [1_000_000n, 0n, 0n], [0n, 0n, 0n], 0).perMinute).toBe(60n * dollar)
  })

  test('without a price says so, and counts nothing', () => {
    const exposure = exposureOf(two, { ...about([pool]), prices: {} }, [1n, 1n, 1n], [0n, 1n, 1n], 1_000)
    expect(exposure).toMatchObject({ lost: 0n, atRisk: 0n, byAsset: [{ dollars: undefined }, { dollars: undefined }] })
  })
})

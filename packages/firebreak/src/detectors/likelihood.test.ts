// How likelihood and blame follow from a bound.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isToBlame, likelihoodPast } from './likelihood.ts'

test('it is 0.5 at the bound and 0.95 from twice the bound on', () => {
  expect(likelihoodPast(100n, 100n)).toBe(0.5)
  expect(likelihoodPast(150n, 100n)).toBe(0.725)
  expect(likelihoodPast(200n, 100n)).toBe(0.95)
  expect(likelihoodPast(2n ** 256n, 1n)).toBe(0.95)
  expect(likelihoodPast(1n, 0n)).toBe(0.95)
})

test('it never falls as the value grows', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 256n), fc.bigInt(0n, 2n ** 256n), fc.bigInt(0n, 2n ** 256n), (a, b, bound) => {
      const [small, large] = a < b ? [a, b] : [b, a]
      expect(likelihoodPast(small, bound)).toBeLessThanOrEqual(likelihoodPast(large, bound))
    }),
  )
})

test('whoever crosses the bound or adds a tenth of it is to blame, and nobody below it', () => {
  expect(isToBlame(0n, 100n, 100n)).toBe(false)
  expect(isToBlame(99n, 101n, 100n)).toBe(true)
  expect(isToBlame(150n, 159n, 100n)).toBe(false)
  expect(isToBlame(150n, 160n, 100n)).toBe(true)
  expect(isToBlame(150n, 150n, 100n)).toBe(false)
  expect(isToBlame(150n, 120n, 100n)).toBe(false)
  expect(isToBlame(1n, 1n, 0n)).toBe(false)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { probe } from '../../test/support/toy.ts'
import { restricts } from './lever.ts'

const value = fc.bigInt({ min: 0n, max: 20n })
const cap = { probe: probe('cap'), restrictsWhen: 'lower' as const, unlimited: 0n }

test('a cap of 0 that means no limit at all is never a restriction', () => {
  expect(restricts(cap, 500n, 0n)).toBe(false)
  expect(restricts(cap, 0n, 500n)).toBe(true)
  expect(restricts(cap, 0n, 0n)).toBe(true)
  expect(restricts({ ...cap, unlimited: undefined }, 500n, 0n)).toBe(true)
})

test('a margin restricts the other way', () => {
  const margin = { ...cap, restrictsWhen: 'higher' as const, unlimited: undefined }
  expect(restricts(margin, 10n, 11n)).toBe(true)
  expect(restricts(margin, 10n, 9n)).toBe(false)
})

test('two steps that both restrict restrict together, and only an equal one restricts both ways', () => {
  const lever = fc.record({
    restrictsWhen: fc.constantFrom('lower' as const, 'higher' as const),
    unlimited: fc.option(value, { nil: undefined }),
  })
  fc.assert(
    fc.property(lever, value, value, value, (more, a, b, c) => {
      const one = { probe: probe('x'), ...more }
      expect(restricts(one, a, a)).toBe(true)
      if (restricts(one, a, b) && restricts(one, b, c)) expect(restricts(one, a, c)).toBe(true)
      if (a !== b) expect(restricts(one, a, b)).toBe(!restricts(one, b, a))
    }),
  )
})

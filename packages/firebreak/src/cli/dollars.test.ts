import { expect, it } from 'vitest'
import { dollarsText } from './dollars.ts'

const dollars = (cents: bigint): bigint => cents * 10n ** 16n

it.each([
  [0n, '$0'],
  [1n, 'under $0.01'],
  [dollars(1n), '$0.01'],
  [dollars(250n), '$2.50'],
  [dollars(8_000n), '$80'],
  [dollars(9_999n), '$99.99'],
  [dollars(123_456_789n), '$1,234,568'],
  [dollars(123_456_749n), '$1,234,567'],
  [dollars(100_000_000n) - 1n, '$1,000,000'],
  [-dollars(250n), '-$2.50'],
])('writes %s as %s', (amount, text) => {
  expect(dollarsText(amount)).toBe(text)
})

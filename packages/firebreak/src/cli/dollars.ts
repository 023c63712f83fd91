// Dollars in a person's words.
import type { Dollars } from '../model/money.ts'

const one = 10n ** 18n

/** $1,234,567, to the nearest dollar; cents only below a hundred dollars. Only nothing is $0. */
export function dollarsText(dollars: Dollars): string {
  if (dollars < 0n) return `-${dollarsText(-dollars)}`
  if (dollars === 0n) return '$0'
  if (dollars >= 100n * one) return `$${((dollars + one / 2n) / one).toLocaleString('en-US')}`
  const cents = (dollars + one / 200n) / (one / 100n)
  return cents === 0n ? 'under $0.01' : `$${(Number(cents) / 100).toFixed(2).replace(/\.00$/, '')}`
}

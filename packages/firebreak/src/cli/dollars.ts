// Dollars in a person's words.
import type { Dollars } from '../model/money.ts'

/** $1,234,567 — cents only below a hundred dollars. */
export function dollarsText(dollars: Dollars): string {
  const whole = dollars / 10n ** 18n
  if (dollars === 0n || whole >= 100n || whole <= -100n) return `${whole < 0n ? '-' : ''}$${(whole < 0n ? -whole : whole).toLocaleString('en-US')}`
  return `$${(Number(dollars / 10n ** 14n) / 10_000).toFixed(2)}`
}

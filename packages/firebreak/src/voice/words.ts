// Text that goes to people through other programs: on one line, not endless, and with nothing invisible in it.
import type { Dollars } from '../model/money.ts'

const longest = 600

/** What an attacker may have written is shown, and neither breaks a line nor hides. */
export function oneLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').replace(/([.!?])[.!?]+$/, '$1')
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain
}

/** Whole dollars, with commas. */
export const usd = (dollars: Dollars): string => (dollars / 10n ** 18n).toLocaleString('en-US')

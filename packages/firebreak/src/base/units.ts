// Reads the units that people write in a plan: '10m', '5%', '$500/h', '2/day'. Wrong text gives undefined; the caller names the fault.
import type { Dollars } from '../model/money.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const periodMs = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const

export type Duration = `${number}${keyof typeof unitMs}`
export type Share = `${number}%`
export type DollarText = `$${number}` | `$${number},${number}` | `$${number},${number},${number}`
export type HourlyCost = `$${number}/h`
export type Frequency = `${number}/${keyof typeof periodMs}`

/** '300ms', '90s', '10m', '4h', '2d' in milliseconds. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text)
  if (!match) return undefined
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  return ms > 0 ? Math.round(ms) : undefined
}

/** '5%' as parts of a million: exact down to 0.0001 %. */
export function sharePpm(text: string): bigint | undefined {
  const match = /^(\d+)(?:\.(\d{1,4}))?%$/.exec(text)
  if (!match) return undefined
  return BigInt(match[1] ?? '0') * 10_000n + BigInt((match[2] ?? '').padEnd(4, '0'))
}

/** '$1,200.50' or '$0.9998' with 18 decimals. */
export function dollars(text: string): Dollars | undefined {
  const match = /^\$(\d[\d,_]*)(?:\.(\d{1,18}))?$/.exec(text)
  if (!match) return undefined
  return BigInt((match[1] ?? '').replace(/[,_]/g, '')) * 10n ** 18n + BigInt((match[2] ?? '').padEnd(18, '0'))
}

/** '$500/h' with 18 decimals. */
export function hourlyCost(text: string): Dollars | undefined {
  return text.endsWith('/h') ? dollars(text.slice(0, -2)) : undefined
}

/** '2/day' */
export function frequency(text: string): { readonly count: number; readonly perMs: number } | undefined {
  const match = /^(\d+)\/(hour|day|week)$/.exec(text)
  const count = Number(match?.[1])
  return match && count > 0 ? { count, perMs: periodMs[match[2] as keyof typeof periodMs] } : undefined
}

/** Whole tokens as people write them ('1,250.5') in the token's smallest unit. */
export function tokens(text: string, decimals: number): bigint | undefined {
  const match = /^(\d[\d,_]*)(?:\.(\d+))?$/.exec(text)
  if (!match || (match[2] ?? '').length > decimals) return undefined
  return BigInt((match[1] ?? '').replace(/[,_]/g, '')) * 10n ** BigInt(decimals) + BigInt((match[2] ?? '').padEnd(decimals, '0') || '0')
}

// Reads the options of watches: wrong ones become faults, all at once, with a path inside the watch.
import { durationMs, sharePpm } from '../base/units.ts'
import type { Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import type { Read } from '../model/call.ts'

/** What a contract of the plan looks like from here. */
export interface At {
  readonly address: Address
  readonly chain: string
}

/** Seconds of '10m'. On a fault the answer is 1, and the faults go to the user instead. */
export function seconds(faults: Fault[], path: string, text: string): number {
  const ms = durationMs(text)
  if (ms !== undefined && ms >= 1_000) return Math.round(ms / 1_000)
  faults.push({
    path,
    wrong: `'${text}' is not a duration of a second or more`,
    mend: "write a number and a unit: '90s', '10m', '4h' or '2d'",
  })
  return 1
}

/** Parts of a million of '5%'. */
export function share(faults: Fault[], path: string, text: string, below: bigint = 1_000_000n): bigint {
  const ppm = sharePpm(text)
  if (ppm === undefined) {
    faults.push({ path, wrong: `'${text}' is not a share`, mend: "write a percentage with at most four decimals: '5%' or '0.25%'" })
    return 1n
  }
  if (ppm === 0n) faults.push({ path, wrong: "'0%' would speak at every change", mend: "choose a bound above nothing, such as '1%'" })
  if (ppm >= below) faults.push({ path, wrong: `'${text}' can never be passed`, mend: `choose a bound below ${percent(below)}` })
  return ppm
}

/** Likelihoods are above 0 and at most 1. */
export function likelihood(faults: Fault[], path: string, value: number): number {
  if (!(value > 0 && value <= 1)) {
    faults.push({ path, wrong: `${value} is not a likelihood`, mend: 'write a number above 0 and at most 1, such as 0.9' })
  }
  return value
}

/** The one chain that all parts of a watch are on. */
export function oneChain(faults: Fault[], path: string, chains: readonly string[]): string {
  const [first = '', ...others] = new Set(chains)
  if (first === '') faults.push({ path, wrong: 'there is nothing to watch', mend: 'name at least one read or contract' })
  if (others.length > 0) {
    faults.push({
      path,
      wrong: `it mixes the chains ${[first, ...others].join(', ')}`,
      mend: 'a watch sees one chain at a time: write one watch per chain',
    })
  }
  return first
}

/** A read in one line, for the plan's hash and for `check`. */
export function readText(read: Read): string {
  return `${read.chain}:${read.to}.${read.fn.name}(${read.args.map(argText).join(', ')})`
}

function argText(arg: unknown): string {
  if (typeof arg !== 'object' || arg === null) return String(arg)
  return JSON.stringify(arg, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner))
}

/** 12500 parts of a million: '1.25 %'. */
export function percent(ppm: bigint): string {
  const sign = ppm < 0n ? '-' : ''
  const whole = ppm < 0n ? -ppm : ppm
  const rest = (whole % 10_000n).toString().padStart(4, '0').replace(/0+$/, '')
  return `${sign}${whole / 10_000n}${rest ? `.${rest}` : ''} %`
}

/** 1500000 with 6 decimals: '1.5'. At most six decimals are shown. */
export function units(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  const rest = digits
    .slice(digits.length - decimals)
    .slice(0, 6)
    .replace(/0+$/, '')
  return `${sign}${whole}${rest ? `.${rest}` : ''}`
}

/** 5400 seconds: '1 h 30 m'. */
export function duration(total: number): string {
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'm'],
    [total % 60, 's'],
  ] as const
  const said = parts.filter(([count]) => count > 0).slice(0, 2)
  return said.length === 0 ? '0 s' : said.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

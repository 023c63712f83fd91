// Numbers in a person's words: spans of time, coins, counts. Dollars are in story.ts.

/** `12 s`, `1.5 min`, `2 h`; fractions only where they tell something. */
export function spanText(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? '0 s' : 'under 1 s'
  if (seconds < 100) return `${round(seconds)} s`
  if (seconds < 5_400) return `${round(seconds / 60)} min`
  return `${round(seconds / 3_600)} h`
}

const round = (value: number): string => String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))

export const countText = (count: bigint | number, one: string, many = `${one}s`): string => `${count.toLocaleString('en-US')} ${BigInt(count) === 1n ? one : many}`

/** Wei as whole coins. */
export function coinsText(wei: bigint): string {
  const micro = wei / 10n ** 12n
  if (wei > 0n && micro === 0n) return 'under 0.000001'
  const fraction = (micro % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '')
  return `${(micro / 1_000_000n).toLocaleString('en-US')}${fraction === '' ? '' : `.${fraction}`}`
}

/** Gwei with as many digits as it takes to tell it from nothing. */
export function gweiText(wei: bigint): string {
  const gwei = Number(wei) / 1e9
  return `${gwei >= 100 ? Math.round(gwei).toLocaleString('en-US') : Number(gwei.toPrecision(3))} gwei`
}

export const short = (hex: string): string => `${hex.slice(0, 10)}…${hex.slice(-4)}`

// What a bench has to say: figures measured in one run, and the ratios between them that are held against a target.

export interface Ratio {
  readonly what: string
  readonly ratio: number
  readonly target: number
  /** Whether the ratio should be at most or at least the target. */
  readonly wanted: 'at most' | 'at least'
  readonly ok: boolean
}

export interface Figures {
  readonly bench: string
  readonly about: string
  readonly runs: number
  readonly figures: Readonly<Record<string, number>>
  readonly ratios: readonly Ratio[]
}

export interface BenchOptions {
  /** How often; each bench has its own default. */
  readonly runs: number | undefined
  /** Progress, for people. */
  readonly say: (line: string) => void
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

export const atMost = (what: string, ratio: number, target: number): Ratio => ({
  what,
  ratio: rounded(ratio),
  target,
  wanted: 'at most',
  ok: ratio <= target,
})
export const atLeast = (what: string, ratio: number, target: number): Ratio => ({
  what,
  ratio: rounded(ratio),
  target,
  wanted: 'at least',
  ok: ratio >= target,
})

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

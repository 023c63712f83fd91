// How sure a detector is, from how far a measured value is past its bound, and what a moment that took it there deserves.

/** What every bound gives at the bound itself, and at twice the bound or more. */
const atBound = 0.5
export const atTwice = 0.95

/** 0.5 at the bound, rising in a straight line to 0.95 at twice the bound; a bound of nothing is passed at once. */
export function likelihoodPast(value: bigint, bound: bigint): number {
  if (bound <= 0n || value >= 2n * bound) return atTwice
  if (value <= bound) return atBound
  const over = Number(((value - bound) * 1_000_000n) / bound) / 1_000_000
  return Math.round((atBound + (atTwice - atBound) * over) * 1_000_000) / 1_000_000
}

/**
 * Whether this moment deserves the blame for a bound that is passed: it crossed the bound, or added a tenth of it.
 * Without this, everyone who withdraws a cent after a drain would be called part of it.
 */
export function isToBlame(before: bigint, now: bigint, bound: bigint): boolean {
  if (now <= bound) return false
  return before <= bound || (now > before && (now - before) * 10n >= bound)
}

/**
 * What to say of a measured value that this moment moved. After the bound is passed every block that moves it further says so,
 * so that a drain in many small pieces stays in sight; but only those to blame are named, and only they are stopped beforehand.
 */
export function toSay(kind: 'block' | 'pending', before: bigint, now: bigint, bound: bigint): 'blame' | 'mention' | 'nothing' {
  if (isToBlame(before, now, bound)) return 'blame'
  return kind === 'block' && now > bound && now > before ? 'mention' : 'nothing'
}

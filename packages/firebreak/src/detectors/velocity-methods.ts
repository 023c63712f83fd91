// Four ways to say that a number is out of the ordinary, each from what the latest numbers were. Pure arithmetic.

export type Method =
  /** Small shifts that last: how far the number has been from its middle, added up, less `drift` each time. */
  | { readonly kind: 'cusum'; readonly drift?: number; readonly threshold?: number }
  /** Shifts of middling size: a running mean in which the newest number counts `weight`. */
  | { readonly kind: 'ewma'; readonly weight?: number; readonly threshold?: number }
  /** One number far out: its distance from the median, in median distances. */
  | { readonly kind: 'robust-z'; readonly threshold?: number }
  /** Amounts, whose largest are far larger than the rest: a bound that is passed once in so many numbers. */
  | { readonly kind: 'peaks'; readonly oncePer?: number }

export type Side = 'up' | 'down' | 'both'

/** With every default in its place. */
export type Settled =
  | { readonly kind: 'cusum'; readonly drift: number; readonly threshold: number }
  | { readonly kind: 'ewma'; readonly weight: number; readonly threshold: number }
  | { readonly kind: 'robust-z'; readonly threshold: number }
  | { readonly kind: 'peaks'; readonly oncePer: number }

export function settled(method: Method): Settled {
  switch (method.kind) {
    case 'cusum':
      return { kind: 'cusum', drift: method.drift ?? 1, threshold: method.threshold ?? 12 }
    case 'ewma':
      return { kind: 'ewma', weight: method.weight ?? 0.2, threshold: method.threshold ?? 7 }
    case 'robust-z':
      return { kind: 'robust-z', threshold: method.threshold ?? 10 }
    case 'peaks':
      return { kind: 'peaks', oncePer: method.oncePer ?? 10_000 }
  }
  return method satisfies never
}

/** What the latest numbers were like. */
export interface Usual {
  /** Amounts are compared by their inverse hyperbolic sine in this unit: even up to usual ones, by logarithm beyond. */
  readonly unit?: number
  /** In that unit, where there is one. */
  readonly median: number
  /** 1.4826 times the median distance from the median: as far as a standard deviation goes where there are no outliers. */
  readonly scale: number
  /** For `peaks`: what is passed once in so many numbers; absent while too few were large. */
  readonly peak?: number
}

/** What cusum and ewma carry from one number to the next. */
export interface Carried {
  readonly up: number
  readonly down: number
}

export const nothingCarried: Carried = { up: 0, down: 0 }

export interface Judging {
  /** The smallest distance that counts as one. */
  readonly least: number
  /** Amounts, whose sizes differ by orders of magnitude. */
  readonly amounts: boolean
}

/** `given` in order of size. */
export function usualOf(given: Float64Array, method: Settled, { least, amounts }: Judging): Usual {
  const unit = amounts && method.kind !== 'peaks' ? unitOf(given) : undefined
  const sorted = unit === undefined ? given : given.map((one) => Math.asinh(one / unit))
  const median = middle(sorted)
  const distances = sorted.map((one) => Math.abs(one - median)).sort()
  const usual: Usual = {
    ...(unit === undefined ? {} : { unit }),
    median,
    scale: Math.max((amounts ? spreadOf(distances) : middle(distances)) / 0.6745, least),
  }
  const peak = method.kind === 'peaks' ? peakOf(sorted, method.oncePer) : undefined
  return peak === undefined ? usual : { ...usual, peak }
}

/** Where most numbers are alike but at least a tenth are not, those say how far is far: sums of blocks in which mostly nothing happens. */
function spreadOf(distances: Float64Array): number {
  const usual = middle(distances)
  if (usual > 0) return usual
  const apart = distances.filter((one) => one > 0)
  return apart.length * 10 >= distances.length ? middle(apart) : 0
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}

/** The middle one of those that are not nothing, whichever way they go. */
function unitOf(sorted: Float64Array): number {
  const sizes = sorted
    .filter((one) => one !== 0)
    .map((one) => Math.abs(one))
    .sort()
  return sizes.length === 0 ? 1 : middle(sizes)
}

/** The middle of the latest numbers, as a number like them. */
export function usuallyOf(usual: Usual): number {
  return usual.unit === undefined ? usual.median : Math.sinh(usual.median) * usual.unit
}

export interface Score {
  readonly score: number
  readonly bound: number
  readonly carried: Carried
}

/** How far out a number is, and what it leaves behind; undefined where nothing can be said. */
export function scoreOf(method: Settled, usual: Usual, carried: Carried, value: number, side: Side): Score | undefined {
  const z = ((usual.unit === undefined ? value : Math.asinh(value / usual.unit)) - usual.median) / usual.scale
  switch (method.kind) {
    case 'cusum': {
      // Beyond twice the threshold nothing is added, so that it comes back when the shift is over.
      const most = 2 * method.threshold
      const next = {
        up: Math.min(most, Math.max(0, carried.up + z - method.drift)),
        down: Math.min(most, Math.max(0, carried.down - z - method.drift)),
      }
      return { score: sided(side, next.up, next.down), bound: method.threshold, carried: next }
    }
    case 'ewma': {
      const mean = method.weight * z + (1 - method.weight) * carried.up
      const most = 4 * method.threshold
      const next = { up: Math.min(most, Math.max(-most, mean)), down: 0 }
      const spread = Math.sqrt(method.weight / (2 - method.weight))
      return { score: sided(side, mean / spread, -mean / spread), bound: method.threshold, carried: next }
    }
    case 'robust-z':
      return { score: sided(side, z, -z), bound: method.threshold, carried }
    case 'peaks':
      return usual.peak === undefined ? undefined : { score: value, bound: usual.peak, carried }
  }
  return method satisfies never
}

function sided(side: Side, up: number, down: number): number {
  return side === 'up' ? up : side === 'down' ? down : Math.max(up, down)
}

/** The part of the numbers that counts as large, and how many of them are needed. */
const largeShare = 0.1
const fewest = 20
/** Losses on chains have a tail index of about 1.33, so 0.75 here; fifty numbers tell little about it and mostly too little. */
const leastShape = 0.5
const mostShape = 0.95

/** Value at risk by peaks over threshold: a generalised Pareto tail, fitted by probability-weighted moments. */
function peakOf(sorted: Float64Array, oncePer: number): number | undefined {
  const count = sorted.length
  const from = Math.max(0, sorted[Math.floor(count * (1 - largeShare))] ?? 0)
  const excesses = sorted.filter((one) => one > from).map((one) => one - from)
  const large = excesses.length
  if (large < fewest) return undefined
  let mean = 0
  let weighted = 0
  for (const [i, excess] of excesses.entries()) {
    mean += excess / large
    weighted += ((1 - (i + 0.65) / large) * excess) / large
  }
  const fitted = 2 - mean / (mean - 2 * weighted)
  const shape = Math.min(mostShape, Math.max(leastShape, Number.isFinite(fitted) ? fitted : leastShape))
  const width = mean * (1 - shape)
  return from + (width / shape) * (((count / large) * (1 / oncePer)) ** -shape - 1)
}

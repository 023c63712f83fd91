// How long each method of `velocity` runs on ordinary numbers before it raises a false alarm, and how fast it sees a real change; seeded.
import { noNumbers, sortedNumbers, withNumber } from '../packages/firebreak/src/detectors/recent-numbers.ts'
import { nothingCarried, scoreOf, settled, usualOf } from '../packages/firebreak/src/detectors/velocity-methods.ts'
import type { Method } from '../packages/firebreak/src/detectors/velocity-methods.ts'

export interface Draw {
  readonly name: string
  readonly least: number
  readonly amounts: boolean
  readonly next: (random: () => number) => number
}

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const poisson = (mean: number) => (random: () => number) => {
  let product = random()
  let count = 0
  for (const floor = Math.exp(-mean); product > floor; product *= random()) count++
  return count
}

const volume = (random: () => number): number => Math.exp(10 + normal(random))
const amount = (random: () => number): number => 1_000 * (1 - random()) ** (-1 / 1.33)

/** Traffic of several kinds; amounts have the tail that losses on chains have. Each kind is compared as `velocity` compares it. */
export const draws: readonly Draw[] = [
  { name: 'counts (Poisson, mean 20)', least: 1, amounts: false, next: poisson(20) },
  { name: 'rare counts (Poisson, mean 0.2)', least: 1, amounts: false, next: poisson(0.2) },
  { name: 'levels (normal)', least: 1, amounts: false, next: (random) => 1_000 + 10 * normal(random) },
  { name: 'volumes (lognormal, sigma 1)', least: 0.1, amounts: true, next: volume },
  { name: 'amounts (Pareto, alpha 1.33)', least: 0.1, amounts: true, next: amount },
  { name: 'sparse amounts (Pareto, one in five)', least: 0.1, amounts: true, next: (random) => (random() < 0.2 ? amount(random) : 0) },
  { name: 'net flows (lognormal less lognormal)', least: 0.1, amounts: true, next: (random) => volume(random) - volume(random) },
]

/** A small, fast and repeatable generator (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Run {
  readonly alarms: number
  readonly samples: number
}

/** Counts how often a method crosses its bound upwards on numbers that are all ordinary. */
export function falseAlarms(method: Method, draw: Draw, samples: number, learns: number, seed: number): Run {
  const random = seeded(seed)
  const how = settled(method)
  let recent = noNumbers
  for (let i = 0; i < learns; i++) recent = withNumber(recent, draw.next(random), learns)
  let carried = nothingCarried
  let alarmed = false
  let alarms = 0
  for (let i = 0; i < samples; i++) {
    const value = draw.next(random)
    const score = scoreOf(how, usualOf(sortedNumbers(recent, learns), how, draw), carried, value, 'up')
    recent = withNumber(recent, value, learns)
    if (!score) continue
    carried = score.carried
    const above = score.score > score.bound
    if (above && !alarmed) alarms++
    alarmed = above
  }
  return { alarms, samples }
}

/** Numbers from a change to the first alarm: the median of so many trials; none within `patience` counts as that. */
export function delay(
  method: Method,
  draw: Draw,
  changed: (value: number) => number,
  learns: number,
  trials: number,
  seed: number,
): number {
  const patience = 200
  const how = settled(method)
  const delays: number[] = []
  for (let trial = 0; trial < trials; trial++) {
    const random = seeded(seed + trial)
    let recent = noNumbers
    for (let i = 0; i < learns; i++) recent = withNumber(recent, draw.next(random), learns)
    let carried = nothingCarried
    let waited = patience
    for (let i = 1; i <= patience; i++) {
      const value = changed(draw.next(random))
      const score = scoreOf(how, usualOf(sortedNumbers(recent, learns), how, draw), carried, value, 'up')
      recent = withNumber(recent, value, learns)
      if (!score) continue
      carried = score.carried
      if (score.score > score.bound) {
        waited = i
        break
      }
    }
    delays.push(waited)
  }
  return delays.sort((a, b) => a - b)[delays.length >> 1] ?? patience
}

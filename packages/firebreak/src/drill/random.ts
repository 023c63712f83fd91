// Seeded randomness: the same seed gives the same numbers on every machine, and nothing here is a secret.
import type { Random } from './define.ts'

/** xmur3: spreads a text over as many 32-bit words as are asked for. */
function wordsOf(text: string): () => number {
  let h = 1779033703 ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353)
    h = (h << 13) | (h >>> 19)
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507)
    h = Math.imul(h ^ (h >>> 13), 3266489909)
    return (h ^= h >>> 16) >>> 0
  }
}

/** sfc32: 32 random bits a call; small, fast and good enough to vary a scene. */
function sfc32(next: () => number): () => number {
  let [a, b, c, counter] = [next(), next(), next(), 1]
  const step = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let i = 0; i < 15; i++) step()
  return step
}

/** Every number drawn is uniform: words outside the largest multiple of the span are drawn again. */
export function seededRandom(seed: string): Random {
  const word = sfc32(wordsOf(seed))
  const big = (low: bigint, high: bigint): bigint => {
    if (high < low) throw new RangeError(`no number lies between ${low} and ${high}`)
    const span = high - low + 1n
    let words = 1n
    while (1n << (32n * words) < span) words++
    const reach = 1n << (32n * words)
    const fair = reach - (reach % span)
    for (;;) {
      let value = 0n
      for (let i = 0n; i < words; i++) value = (value << 32n) | BigInt(word())
      if (value < fair) return low + (value % span)
    }
  }
  const whole = (low: number, high: number): number => {
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) throw new RangeError('whole numbers only')
    return Number(big(BigInt(low), BigInt(high)))
  }
  const pick = <item>(items: readonly item[]): item => {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[whole(0, items.length - 1)] as item
  }
  const shuffle = <item>(items: readonly item[]): readonly item[] => {
    const left = [...items]
    const out: item[] = []
    while (left.length > 0) out.push(...left.splice(whole(0, left.length - 1), 1))
    return out
  }
  return { whole, big, pick, shuffle }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

describe('seeded randomness', () => {
  it('repeats itself for the same seed and differs for another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const draw = (seed: string): readonly bigint[] => {
          const random = seededRandom(seed)
          return Array.from({ length: 4 }, () => random.big(0n, 2n ** 64n))
        }
        expect(draw(one)).toEqual(draw(one))
        if (one !== other) expect(draw(one)).not.toEqual(draw(other))
      }),
    )
  })

  it('stays within both bounds, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
        fc.bigInt({ min: 0n, max: 2n ** 200n }),
        (seed, low, span) => {
          const drawn = seededRandom(seed).big(low, low + span)
          expect(drawn >= low && drawn <= low + span).toBe(true)
        },
      ),
    )
    fc.assert(
      fc.property(fc.string(), fc.integer(), fc.nat(), (seed, low, span) => {
        const drawn = seededRandom(seed).whole(low, low + span)
        expect(drawn >= low && drawn <= low + span).toBe(true)
      }),
    )
  })

  it('reaches every number about equally often', () => {
    const random = seededRandom('evenly')
    const counts = Array.from({ length: 6 }, () => 0)
    for (let i = 0; i < 60_000; i++) {
      const at = random.whole(0, 5)
      counts[at] = (counts[at] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('shuffles without losing, adding or touching anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer()), (seed, items) => {
        const before = [...items]
        const shuffled = seededRandom(seed).shuffle(items)
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b))
        expect(items).toEqual(before)
        if (items.length > 0) expect(items).toContain(seededRandom(seed).pick(items))
      }),
    )
  })

  it('refuses an empty range instead of inventing a number', () => {
    expect(() => seededRandom('').whole(2, 1)).toThrow(RangeError)
    expect(() => seededRandom('').pick([])).toThrow(RangeError)
  })
})

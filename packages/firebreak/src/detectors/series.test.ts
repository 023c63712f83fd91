// The chunked series against the plainest possible one.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptySeries, extended, extremes, valueAt } from './series.ts'
import type { Series } from './series.ts'

/** Changes with growing times, several at one time included. */
const changes = fc.array(fc.tuple(fc.nat(40), fc.bigInt(0n, 1_000n)), { minLength: 1, maxLength: 300 }).map((steps) => {
  let at = 1_000
  return steps.map(([wait, value]) => [(at += wait), value] as const)
})

/** Lowest and highest value that held at any time in the range, by looking at every change. */
function plainly(all: readonly (readonly [number, bigint])[], from: number, to: number): { low: bigint; high: bigint } {
  const before = all.findLast(([at]) => at <= from) ?? all[0]
  const held = [...(before ? [before] : []), ...all.filter(([at]) => at > from && at <= to)].map(([, value]) => value)
  return { low: held.reduce((a, b) => (a < b ? a : b)), high: held.reduce((a, b) => (a > b ? a : b)) }
}

describe('a series', () => {
  test('without coarsening gives exactly what the changes give', () => {
    fc.assert(
      fc.property(changes, fc.nat(2_000), fc.nat(2_000), (all, keeps, back) => {
        let series = emptySeries
        const seen: (readonly [number, bigint])[] = []
        for (const [at, value] of all) {
          series = extended(series, at, value, { keeps: keeps + back, resolution: 0 })
          seen.push([at, value])
          expect(extremes(series, at - keeps - back, at - back)).toEqual(plainly(seen, at - keeps - back, at - back))
          expect(valueAt(series, at - back)).toBe(plainly(seen, at - back, at - back).low)
        }
      }),
    )
  })

  test('with coarsening errs by no more than the resolution at each end', () => {
    fc.assert(
      fc.property(
        changes,
        fc.integer({ min: 100, max: 2_000 }),
        fc.integer({ min: 50, max: 500 }),
        fc.integer({ min: 1, max: 40 }),
        (all, keeps, back, resolution) => {
          let series = emptySeries
          const seen: (readonly [number, bigint])[] = []
          for (const [at, value] of all) {
            series = extended(series, at, value, { keeps: keeps + back, resolution })
            seen.push([at, value])
            const [from, to] = [at - keeps - back, at - back]
            const got = extremes(series, from, to)
            const wide = plainly(seen, from - 2 * resolution, to)
            const narrow = plainly(seen, from, Math.max(from, to - resolution))
            expect(got && got.low >= wide.low && got.low <= narrow.low).toBe(true)
            expect(got && got.high <= wide.high && got.high >= narrow.high).toBe(true)
          }
        },
      ),
    )
  })

  test('stays bounded however long it runs', () => {
    let series = emptySeries
    for (let at = 0; at < 200_000; at += 1) series = extended(series, at, BigInt(at % 97), { keeps: 3_600, resolution: 3_600 / 4_096 })
    expect(series.chunks.length).toBeLessThan(3_600 / 32 + 3)
    for (let at = 200_000; at < 400_000; at += 1) series = extended(series, at, BigInt(at % 97), { keeps: 86_400, resolution: 337 })
    expect(series.chunks.length).toBeLessThan(20)
  })

  test('shares all but the newest chunk between branches, and no branch sees the other', () => {
    let trunk: Series = emptySeries
    const span = { keeps: 10_000, resolution: 0 }
    for (let at = 0; at < 500; at += 1) trunk = extended(trunk, at, 100n, span)
    const left = extended(trunk, 501, 1n, span)
    const right = extended(trunk, 501, 900n, span)
    expect(extremes(left, 0, 600)).toEqual({ low: 1n, high: 100n })
    expect(extremes(right, 0, 600)).toEqual({ low: 100n, high: 900n })
    expect(extremes(trunk, 0, 600)).toEqual({ low: 100n, high: 100n })
    expect(left.chunks.slice(0, -1).every((chunk, i) => chunk === right.chunks[i])).toBe(true)
  })
})

// What left a holder within a window: against brute force, at the window's edge, with flash deposits, in every decimals.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, token, transferLog, txHash } from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import { outflow } from './outflow.ts'
import type { OutflowOptions } from './outflow.ts'

const pool = someone(1)
const usdcToken = someone(2)
const usdc = token('usdc', usdcToken, 6)
const scope = scopeOf([usdc, token('coin', undefined)], { [pool]: 'pool' })
const balance = scope.balance(usdc, pool)
const five: OutflowOptions = { from: at(pool), asset: 'usdc', window: '10m', above: '5%', lag: '1h' }
const watching = (options: Partial<OutflowOptions> = {}) => follow(built(outflow({ ...five, ...options }), scope))
const held = (value: Told, time: number) => block([[balance, value]], { at: time })
const would = (value: Told, time: number, tx = 1) => pending([[balance, value]], { at: time, tx })

describe('an outflow', () => {
  test('speaks above the bound and is silent just below it', () => {
    for (const [left, count] of [
      [951n, 0],
      [950n, 0],
      [949n, 1],
      [900n, 1],
    ] as const) {
      const { see } = watching()
      see(held(1_000n, 1_000))
      expect(see(held(left, 1_012)).length).toBe(count)
      expect(watching().see(held(left, 1_012))).toEqual([])
    }
  })

  test('is 0.5 likely at the bound and 0.95 at twice the bound, and loses what is gone', () => {
    const { see } = watching()
    see(held(100_000n, 1_000))
    expect(see(would(94_999n, 1_000))).toMatchObject([
      { likelihood: 0.50009, weight: 'verdict', loss: [{ asset: 'usdc', amount: 5_001n }], culprits: [txHash(1)] },
    ])
    expect(see(would(90_000n, 1_000))).toMatchObject([{ likelihood: 0.95, loss: [{ asset: 'usdc', amount: 10_000n }] }])
  })

  test('a whale that deposits half and takes it back within the window is nobody', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    see(held(1_500n, 5_000))
    expect(see(held(1_000n, 5_300))).toEqual([])
  })

  test('a young deposit that leaves after the window is evidence, and no verdict', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    see(held(1_500n, 5_000))
    expect(see(held(1_000n, 6_000))).toMatchObject([{ weight: 'evidence', likelihood: 0.3, loss: [] }])
  })

  test('a flash deposit widens nothing: what is gone counts against what was there before', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    expect(see(held(2_000n, 1_012))).toEqual([])
    expect(see(held(900n, 1_024))).toMatchObject([{ weight: 'verdict', evidence: { held: 1_000n, gone: 100n, allowed: 50n } }])
    // In one transaction only the result shows.
    const other = watching()
    other.see(held(1_000n, 1_000))
    expect(other.see(would(900n, 1_000))).toMatchObject([{ weight: 'verdict', evidence: { gone: 100n } }])
  })

  test('slides: two halves across an edge are one outflow, and what is older than the window is not', () => {
    const { see } = watching()
    see(held(1_000n, 0))
    expect(see(held(960n, 599))).toEqual([])
    expect(see(held(920n, 601))).toMatchObject([{ evidence: { gone: 80n } }])
    const slow = watching()
    slow.see(held(1_000n, 0))
    expect(slow.see(held(960n, 600))).toEqual([])
    expect(slow.see(held(922n, 1_201))).toEqual([])
  })

  test('does not blame small withdrawals after a drain', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    see(held(900n, 1_012))
    expect(see(would(899n, 1_012))).toEqual([])
    expect(see(would(890n, 1_012)).length).toBe(1)
    // A block that goes further says so, and names nobody for it.
    expect(see(held(899n, 1_024))).toMatchObject([{ weight: 'verdict', culprits: [] }])
  })

  test('takes an amount in whole tokens', () => {
    const { see } = watching({ above: '100' })
    see(held(1_000_000_000n, 1_000))
    expect(see(would(900_000_000n, 1_000))).toEqual([])
    expect(see(would(899_999_999n, 1_000)).length).toBe(1)
  })

  test('names who took it from a block by the transfers, and leaves out small ones', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    const probe = scope.transfers(usdc)
    const logs = [
      transferLog(usdcToken, pool, someone(8), 3n, 11),
      transferLog(usdcToken, pool, someone(9), 180n, 12),
      transferLog(usdcToken, someone(9), pool, 40n, 12),
      transferLog(usdcToken, pool, someone(9), 60n, 13),
      transferLog(usdcToken, someone(5), someone(9), 600n, 14),
    ]
    const seen = see(block([[balance, 797n]], { at: 1_012, logs: new Map([[probe.key, logs]]) }))
    expect(seen).toMatchObject([{ culprits: [txHash(12), txHash(13)] }])
  })

  test("watches the chain's own coin, which leaves no transfers", () => {
    const coin = outflow({ ...five, asset: 'coin' })
    const detector = built(coin, scope)
    expect(detector.needs(detector.start).logs).toEqual([])
    const { see } = follow(detector)
    const [probe] = detector.needs(detector.start).reads
    if (!probe) throw new Error('no read')
    see(block([[probe, 1_000n]], { at: 1_000 }))
    expect(see(block([[probe, 10n]], { at: 1_012, txs: [3], touches: [pool] }))).toMatchObject([{ culprits: [txHash(3)] }])
  })

  test('says once that the balance cannot be read, and goes on from the last one', () => {
    const { see } = watching()
    see(held(1_000n, 1_000))
    expect(see(held('reverts', 1_012))).toMatchObject([{ weight: 'evidence' }])
    expect(see(held('reverts', 1_024))).toEqual([])
    expect(see(held(900n, 1_036)).length).toBe(1)
  })

  test('agrees with a plain account of the same history', () => {
    const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.bigInt(0n, 2_000n)), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(history, (steps) => {
        const { see } = watching()
        let time = 100_000
        const past: (readonly [number, bigint])[] = []
        const lowest = (from: number, to: number): bigint => {
          const before = past.findLast(([when]) => when <= from) ?? past[0]
          const all = [...(before ? [before[1]] : []), ...past.filter(([when]) => when > from && when <= to).map(([, v]) => v)]
          return all.reduce((a, b) => (a < b ? a : b))
        }
        const carried = (at: number): bigint => (past.findLast(([when]) => when <= at) ?? past[0])?.[1] ?? 0n
        for (const [wait, value] of steps) {
          time += wait
          const said = see(held(value, time)).filter((one) => one.weight === 'verdict')
          const before = past.at(-1)?.[1]
          if (before !== undefined) {
            const aged = lowest(time - 3_600, time - 600)
            const peak = [...past.filter(([when]) => when > time - 600).map(([, v]) => v), before, carried(time - 600)].reduce((a, b) =>
              a > b ? a : b,
            )
            // More than doubled within the lag: new, and all of it counts.
            const ripe = aged * 2n < peak ? peak : aged
            const speaks = value < before && (ripe - value) * 100n > ripe * 5n
            expect(said.length).toBe(speaks ? 1 : 0)
          }
          past.push([time, value])
        }
      }),
    )
  })

  test('long ordinary traffic within 95 % of the bound is silent, in all decimals and at the largest amounts', () => {
    const scale = fc.constantFrom(10n ** 3n, 10n ** 6n, 10n ** 8n, 10n ** 18n, 10n ** 27n, 2n ** 236n)
    fc.assert(
      fc.property(
        scale,
        fc.array(fc.tuple(fc.integer({ min: 12, max: 400 }), fc.integer({ min: -475, max: 1_000 })), { minLength: 100, maxLength: 300 }),
        (unit, steps) => {
          const { see } = watching()
          let time = 100_000
          let value = 1_000n * unit
          // At most 4.75 % of the least that was held an hour ago leaves in any ten minutes: one big withdrawal each.
          let lastOut = 0
          const history: [number, bigint][] = [[time, value]]
          expect(see(held(value, time))).toEqual([])
          for (const [wait, move] of steps) {
            time += wait
            const least = history
              .filter(([when], i) => (history[i + 1]?.[0] ?? time) > time - 4_800 || when > time - 4_800)
              .reduce((a, [, v]) => (v < a ? v : a), value)
            if (move < 0 && time - lastOut > 610) {
              value -= (least * BigInt(-move)) / 10_000n
              lastOut = time
            } else if (move > 0) value += (value * BigInt(move)) / 1_000_000n
            if (value >= 2n ** 256n) break
            history.push([time, value])
            const said = see(held(value, time))
            expect(said.filter((one) => one.weight === 'verdict')).toEqual([])
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('a branch sees nothing of another branch, and waiting transactions leave no trace', () => {
    const detector = built(outflow(five), scope)
    let trunk = detector.start
    for (let time = 0; time < 6_000; time += 12) trunk = detector.step(trunk, held(1_000n + BigInt(time % 36), time)).state
    const copy = structuredClone(trunk)
    const drained = detector.step(trunk, held(500n, 6_012))
    const again = detector.step(trunk, held(990n, 6_012))
    expect(drained.findings.length).toBe(1)
    expect(again.findings).toEqual([])
    expect(detector.step(trunk, would(500n, 6_000)).state).toBe(trunk)
    expect(trunk).toEqual(copy)
  })

  test('reports every wrong option at once', () => {
    expect(faultPaths(outflow({ ...five, asset: 'dai' }), scope)).toEqual(['asset'])
    // @ts-expect-error not a duration
    expect(faultPaths(outflow({ from: at(pool), asset: 'nope', window: 'soon', above: '0%', lag: '-1h' }), scope)).toEqual([
      'window',
      'lag',
      'asset',
      'above',
    ])
    expect(faultPaths(outflow({ ...five, lag: '5m' }), scope)).toEqual(['lag'])
    expect(faultPaths(outflow({ ...five, lag: '90d' }), scope)).toEqual(['lag'])
    expect(faultPaths(outflow({ ...five, above: '100%' }), scope)).toEqual(['above'])
    expect(faultPaths(outflow({ ...five, above: '0' }), scope)).toEqual(['above'])
    expect(faultPaths(outflow({ ...five, above: '0.0000001' }), scope)).toEqual(['above'])
    expect(faultPaths(outflow({ ...five, from: { address: pool, chain: 'other' } }), scope)).toEqual(['asset'])
    expect(faultPaths(outflow({ ...five, asset: { address: usdcToken } }), scope)).toEqual([])
  })
})

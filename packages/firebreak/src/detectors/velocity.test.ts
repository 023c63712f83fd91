// How fast something goes: warm-up, each method at its bound, ordinary traffic of several kinds in silence, and a state that stays small.
import type { AbiEvent } from 'abitype'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { delay, draws, falseAlarms, seeded } from '../../../../scripts/run-lengths.ts'
import {
  at,
  block,
  built,
  chain,
  faultPaths,
  follow,
  pending,
  scopeOf,
  someone,
  txHash,
  uintRead,
  word,
} from '../../test/support/moments.ts'
import type { EventRef } from '../model/call.ts'
import type { Log } from '../model/chain.ts'
import type { BlockMoment } from '../model/moment.ts'
import { noNumbers, sortedNumbers, withNumber } from './recent-numbers.ts'
import { velocity } from './velocity.ts'
import { nothingCarried, scoreOf, settled, usualOf } from './velocity-methods.ts'
import type { Method } from './velocity-methods.ts'

const pool = someone(1)
const abi: AbiEvent = { type: 'event', name: 'Borrow', inputs: [{ name: 'amount', type: 'uint256' }] }
const borrow: EventRef<{ readonly amount: bigint }> = { kind: 'event', chain, address: pool, event: abi }
const repay: EventRef<{ readonly amount: bigint }> = { ...borrow, event: { ...abi, name: 'Repay' } }
const scope = scopeOf([], { [pool]: 'pool' })
const used = uintRead(pool, 'utilisation')
const probe = scope.read(used)
const z: Method = { kind: 'robust-z', threshold: 10 }
const level = { of: { read: used }, method: z, learns: 20, least: 10 } as const
const reading = (value: bigint | 'reverts', time: number) => block([[probe, value]], { at: time, txs: [time], touches: [pool] })
const amounts = (n: number, event: EventRef, ...values: readonly bigint[]): readonly [string, readonly Log[]] => {
  const of = scope.event(event)
  return [of.key, values.map((value) => ({ address: pool, topics: [of.topic], data: `0x${word(value)}`, tx: txHash(n) }))]
}
const emitting = (time: number, ...logs: readonly (readonly [string, readonly Log[]])[]): BlockMoment =>
  block([], { at: time, logs: new Map(logs) })

describe('a velocity', () => {
  test('says once that it is learning, nothing else until it has learned, and then what is out of the ordinary', () => {
    const { see } = follow(built(velocity(level), scope))
    expect(see(reading(1_000n, 0))).toMatchObject([
      {
        weight: 'evidence',
        likelihood: 0,
        culprits: [],
        summary: expect.stringContaining('needs 19 more numbers, one a block, before it says anything'),
      },
    ])
    for (let i = 1; i < 19; i++) expect(see(reading(1_000n + (i % 2 === 0 ? 100_000n : 0n), 12 * i))).toEqual([])
    expect(see(reading(10n ** 9n, 240))).toEqual([])
    for (let i = 20; i < 45; i++) see(reading(1_000n, 12 * i))
    // Ten times the smallest distance that counts is the bound.
    expect(see(reading(1_000n + 148n, 600))).toMatchObject([{ weight: 'evidence', culprits: [txHash(600)], loss: [] }])
  })

  test('is silent at the bound and just below it, and speaks above it, in blocks and before them', () => {
    const ready = () => {
      const own = follow(built(velocity(level), scope))
      for (let i = 0; i < 20; i++) own.see(reading(1_000n, 12 * i))
      return own
    }
    for (const [value, count] of [
      [1_090n, 0],
      [1_100n, 0],
      [1_101n, 1],
      [500n, 0],
    ] as const) {
      expect(ready().see(reading(value, 300)).length).toBe(count)
      expect(ready().see(pending([[probe, value]], { at: 240, tx: 7 })).length).toBe(count)
    }
    const { see } = ready()
    expect(see(pending([[probe, 1_200n]], { at: 240, tx: 7 }))).toMatchObject([{ likelihood: 0.57, culprits: [txHash(7)] }])
    expect(see(reading(1_200n, 252)).length).toBe(1)
    // While it lasts it is not said again, and nobody new is named.
    expect(see(reading(1_250n, 264))).toEqual([])
    expect(see(pending([[probe, 1_300n]], { at: 264, tx: 8 }))).toEqual([])
    expect(see(reading(1_000n, 276))).toEqual([])
    expect(see(reading(1_200n, 288)).length).toBe(1)
  })

  test('is a verdict only where the plan says so, by the common rule', () => {
    const { see } = follow(built(velocity({ ...level, weight: 'verdict' }), scope))
    for (let i = 0; i < 20; i++) see(reading(1_000n, 12 * i))
    expect(see(pending([[probe, 1_150n]], { at: 240, tx: 7 }))).toMatchObject([{ weight: 'verdict', likelihood: 0.725 }])
  })

  test('the past teaches it before the first start, without a word', () => {
    const { see } = follow(built(velocity(level), scope))
    for (let i = 0; i < 20; i++) expect(see({ ...reading(1_000n, 12 * i), past: true })).toEqual([])
    expect(see(reading(2_000n, 300)).length).toBe(1)
  })

  test('says once that a read fails', () => {
    const { see } = follow(built(velocity(level), scope))
    see(reading(1n, 0))
    expect(see(reading('reverts', 12))).toMatchObject([{ weight: 'evidence', likelihood: 0.2 }])
    expect(see(reading('reverts', 24))).toEqual([])
    see(reading(1n, 36))
    expect(see(reading('reverts', 48)).length).toBe(1)
  })
})

describe('what it can be the velocity of', () => {
  test('transactions: how many touch the contracts, in a block; a waiting one is no crowd', () => {
    const { see } = follow(built(velocity({ of: { transactions: [at(pool)] }, method: z, learns: 20 }), scope))
    const crowd = (count: number, time: number) =>
      block([], { at: time, txs: Array.from({ length: count }, (_, i) => 100 + i), touches: [pool] })
    for (let i = 0; i < 20; i++) see(crowd(3, i))
    expect(see(crowd(13, 30))).toEqual([])
    expect(see(pending([], { at: 30, touches: [pool] }))).toEqual([])
    expect(see(crowd(14, 31))).toMatchObject([{ culprits: undefined, evidence: { value: 14, usual: 3 } }])
  })

  test('events: volume, naming who added most of it', () => {
    const { see } = follow(built(velocity({ of: { sum: { event: borrow, amount: 'amount' } }, method: z, learns: 20, decimals: 6 }), scope))
    for (let i = 0; i < 40; i++) see(emitting(i, amounts(1, borrow, BigInt(500 + (i % 7) * 150) * 10n ** 6n)))
    expect(see(emitting(41, amounts(1, borrow, 5_000n * 10n ** 6n)))).toEqual([])
    const [key, logs] = amounts(2, borrow, 9_000_000n * 10n ** 6n)
    expect(see(emitting(42, [key, [...logs, ...amounts(3, borrow, 10n ** 6n)[1]]]))).toMatchObject([
      { culprits: [txHash(2)], summary: expect.stringContaining('Borrow: 9,000,000 in a block, where') },
    ])
  })

  test('order flow: what comes in less what goes out, both ways', () => {
    const flow = { in: { event: repay, amount: 'amount' }, out: { event: borrow, amount: 'amount' } } as const
    const { see } = follow(built(velocity({ of: flow, method: { kind: 'cusum' }, learns: 200 }), scope))
    const random = seeded(3)
    const some = () => BigInt(Math.floor(1e6 * random()))
    for (let i = 0; i < 300; i++)
      expect(see(emitting(i, amounts(1, borrow, some()), amounts(2, repay, some()))).every((one) => one.likelihood === 0)).toBe(true)
    // Nobody's borrow is out of the ordinary; that nobody repays any more is.
    const said = Array.from({ length: 40 }, () => see(emitting(400, amounts(9, borrow, 3n * some() + 10n ** 6n)))).flat()
    expect(said).toMatchObject([{ weight: 'evidence', culprits: [txHash(9)], summary: expect.stringContaining('Repay and Borrow: -') }])
  })

  test('changes of a level, and levels by stretches of time', () => {
    const changes = follow(built(velocity({ of: { read: used, as: 'change' }, method: z, learns: 20 }), scope))
    for (let i = 0; i < 30; i++) changes.see(reading(1_000n + 5n * BigInt(i), 12 * i))
    expect(changes.see(reading(1_000n + 5n * 30n, 400))).toEqual([])
    expect(changes.see(pending([[probe, 2_000n]], { at: 400, tx: 5 })).length).toBe(1)
    expect(changes.see(reading(2_000n, 412)).length).toBe(1)
  })

  test('counts by stretches of time: too many at once, too few when it is over, and stretches without a block count as nothing', () => {
    const many = follow(built(velocity({ of: { count: borrow }, method: z, learns: 20, per: '1m' }), scope))
    const few = follow(
      built(velocity({ of: { count: borrow }, method: { kind: 'robust-z', threshold: 3 }, learns: 20, per: '1m', side: 'down' }), scope),
    )
    const five = amounts(1, borrow, 1n, 1n, 1n, 1n, 1n)
    for (let time = 0; time < 60 * 25; time += 12) {
      many.see(emitting(time, five))
      few.see(emitting(time, five))
    }
    // 25 in a minute are usual; the bound of ten smallest distances is 35.
    const burst = amounts(2, borrow, ...Array.from({ length: 36 }, () => 1n))
    expect(many.see(emitting(1_500, burst)).length).toBe(1)
    expect(few.see(emitting(1_500, five))).toEqual([])
    expect(few.see(emitting(1_560, five)).length).toBe(1)
    const gap = follow(built(velocity({ of: { count: borrow }, method: z, learns: 20, per: '1m' }), scope))
    gap.see(emitting(0, five))
    gap.see(emitting(60 * 10_000, five))
    expect(gap.see(emitting(60 * 10_000 + 12, amounts(1, borrow, ...Array.from({ length: 20 }, () => 1n)))).length).toBe(1)
  })

  test('the state is plain, bounded, and never touched by waiting transactions', () => {
    const detector = built(velocity({ of: { count: borrow }, method: { kind: 'cusum' }, learns: 200 }), scope)
    let state = detector.start
    for (let i = 0; i < 1_500; i++) {
      const copy = i % 300 === 0 ? structuredClone(state) : undefined
      const next = detector.step(state, emitting(i, amounts(1, borrow, ...Array.from({ length: i % 5 }, () => 1n)))).state
      if (copy) {
        expect(state).toEqual(copy)
        expect(detector.step(state, pending([], { at: i })).state).toBe(state)
      }
      state = next
    }
    expect(JSON.stringify(state).length).toBeLessThan(3_000)
  })

  test('reports every wrong option at once', () => {
    const sum = { event: borrow, amount: 'amount' } as const
    // @ts-expect-error the event has no such argument
    expect(faultPaths(velocity({ of: { sum: { event: borrow, amount: 'amunt' } }, method: z }), scope)).toEqual(['of.sum.amount'])
    const wrong = {
      of: { sum },
      method: { kind: 'peaks', oncePer: 3 },
      learns: 3,
      decimals: -1,
      least: 0,
      side: 'down',
      per: 'soon' as '1m',
    } as const
    expect(faultPaths(velocity(wrong), scope)).toEqual(['per', 'learns', 'decimals', 'least', 'side', 'method'])
    const odd = { of: { sum }, method: { kind: 'cusum', drift: -1 }, weight: 'heavy' as 'verdict' } as const
    expect(faultPaths(velocity(odd), scope)).toEqual(['method.drift', 'weight'])
    // Beyond 1 its bound would be no number, and nothing ever past it.
    for (const weight of [0, 3])
      expect(faultPaths(velocity({ of: { sum }, method: { kind: 'ewma', weight } }), scope)).toEqual(['method.weight'])
    expect(faultPaths(velocity({ of: { count: [] }, method: z }), scope)).toEqual(['of'])
  })
})

describe('the arithmetic', () => {
  test('keeps the latest numbers, in order of size, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (all, count) => {
          const recent = all.reduce((kept, one) => withNumber(kept, one, count), noNumbers)
          expect([...sortedNumbers(recent, count)]).toEqual([...Float64Array.from(all.slice(-count)).sort()])
          expect(recent.chunks.flat().length).toBeLessThanOrEqual(count + 64)
        },
      ),
    )
  })

  test('median and scale are those of the definition, and a robust z is 0.6745 (x − median) / MAD', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 3, maxLength: 60 }), fc.integer(), (all, value) => {
        const sort = (list: readonly number[]) => [...list].sort((a, b) => a - b)
        const middle = (list: readonly number[]) => {
          const sorted = sort(list)
          return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
        }
        const median = middle(all)
        const mad = middle(all.map((one) => Math.abs(one - median)))
        fc.pre(mad > 1)
        const how = settled(z)
        const usual = usualOf(Float64Array.from(sort(all)), how, { least: 1e-9, amounts: false })
        expect(usual.median).toBeCloseTo(median, 6)
        expect(scoreOf(how, usual, nothingCarried, value, 'up')?.score).toBeCloseTo((0.6745 * (value - median)) / mad, 6)
      }),
    )
  })

  test('cusum adds up what is beyond the drift and comes back; ewma settles on a lasting shift', () => {
    const usual = { median: 0, scale: 1 }
    const cusum = settled({ kind: 'cusum', drift: 1, threshold: 5 })
    let carried = nothingCarried
    const scores = [2, 2, 2, -1, 8, 0, 0].map((value) => {
      const next = scoreOf(cusum, usual, carried, value, 'up')
      carried = next?.carried ?? carried
      return next?.score
    })
    expect(scores).toEqual([1, 2, 3, 1, 8, 7, 6])
    const ewma = settled({ kind: 'ewma', weight: 0.2 })
    carried = nothingCarried
    for (let i = 0; i < 100; i++) carried = scoreOf(ewma, usual, carried, 3, 'up')?.carried ?? carried
    // σ√(λ / (2 − λ)) of 0.2 is a third.
    expect(scoreOf(ewma, usual, carried, 3, 'up')?.score).toBeCloseTo(9, 6)
  })

  test('peaks: the bound of a Pareto tail is near its true quantile, and grows with the time between alarms', () => {
    const random = seeded(5)
    const all = Float64Array.from({ length: 2_000 }, () => (1 - random()) ** (-1 / 1.33)).sort()
    const bounds = [100, 1_000, 10_000].map(
      (oncePer) => usualOf(all, settled({ kind: 'peaks', oncePer }), { least: 1, amounts: true }).peak ?? 0,
    )
    for (const [i, oncePer] of [100, 1_000, 10_000].entries()) {
      const truth = oncePer ** (1 / 1.33)
      expect((bounds[i] ?? 0) / truth).toBeGreaterThan(0.5)
      expect((bounds[i] ?? 0) / truth).toBeLessThan(2)
    }
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b))
    expect(usualOf(Float64Array.from([0, 0, 0, 1, 2]), settled({ kind: 'peaks' }), { least: 1, amounts: true }).peak).toBeUndefined()
  })

  // Figures in docs/detectors.md; `npm run base-rates` prints them over more numbers.
  test.each([
    ['cusum', 0],
    ['cusum', 2],
    ['ewma', 0],
    ['ewma', 2],
    ['robust-z', 0],
    ['robust-z', 2],
    ['robust-z', 5],
    ['cusum', 5],
    ['ewma', 5],
    ['ewma', 3],
    ['robust-z', 3],
  ] as const)('%s runs for 2,000 ordinary numbers of kind %i without an alarm', (kind, draw) => {
    const ordinary = draws[draw]
    if (!ordinary) throw new Error('no such draw')
    expect(falseAlarms({ kind }, ordinary, 2_000, 200, 11)).toEqual({ alarms: 0, samples: 2_000 })
  })

  test('what is made for a normal tail fails on amounts, where peaks hold: why bounds of losses are never sized from a deviation', () => {
    const pareto = draws.find((one) => one.name.startsWith('amounts'))
    if (!pareto) throw new Error('no such draw')
    expect(falseAlarms({ kind: 'robust-z' }, { ...pareto, amounts: false }, 2_000, 200, 11).alarms).toBeGreaterThan(50)
    expect(falseAlarms({ kind: 'robust-z' }, pareto, 2_000, 200, 11).alarms).toBeGreaterThan(3)
    expect(falseAlarms({ kind: 'peaks' }, pareto, 2_000, 500, 11).alarms).toBeLessThan(3)
  })

  test('a change to five times the usual is seen at once in counts', () => {
    const counts = draws[0]
    if (!counts) throw new Error('no such draw')
    for (const kind of ['cusum', 'ewma', 'robust-z'] as const)
      expect(delay({ kind }, counts, (value) => value * 5, 200, 11, 3)).toBeLessThanOrEqual(2)
  })
})

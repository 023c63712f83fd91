import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef, chain, someone, txHash } from '../../test/support/moments.ts'
import type { Incident } from '../model/incident.ts'
import type { Signal } from '../model/signal.ts'
import { confidenceOf } from './confidence.ts'
import { correlate } from './correlate.ts'

let made = 0
/** Spread over the whole range, as hashes are. */
const idOf = (n: number): `0x${string}` =>
  `0x${((BigInt(n) * 0x9e3779b97f4a7c15f39cc0605cedc835n) % 2n ** 128n).toString(16).padStart(32, '0').repeat(2)}`
function signal(watch: string, more: Partial<Signal> & { readonly block?: number } = {}): Signal {
  const { block = 1_000, ...rest } = more
  const { number, hash } = blockRef(block)
  made += 1
  return {
    id: idOf(made),
    watch,
    kind: 'toy',
    moment: { kind: 'block', chain, block: { number, hash }, tx: undefined },
    at: block * 1_000,
    subjects: [],
    likelihood: 0.9,
    weight: 'verdict',
    summary: watch,
    evidence: {},
    loss: [],
    culprits: [],
    actors: [],
    ...rest,
  }
}
const live = (incidents: readonly Incident[]): readonly Incident[] =>
  incidents.filter((one) => one.status !== 'merged' && one.status !== 'closed')
const [poolA, poolB, poolC] = [someone(1), someone(2), someone(3)]
const [thief, other, friend] = [someone(901), someone(902), someone(903)]

describe('signals belong together', () => {
  test('when one actor attacks three contracts: one incident', () => {
    const signals = [poolA, poolB, poolC].map((pool, i) =>
      signal(`drain${i}`, { subjects: [pool], actors: [thief], culprits: [txHash(i)] }),
    )
    const { incidents, merges } = correlate([], signals)
    expect(incidents).toHaveLength(1)
    expect(incidents[0]).toMatchObject({ subjects: expect.arrayContaining([poolA, poolB, poolC]), actors: [thief], status: 'open' })
    expect(merges).toEqual([])
  })

  test('when one transaction is behind them, although nobody knows whose it is', () => {
    const signals = [poolA, poolB].map((pool) => signal('x', { subjects: [pool], culprits: [txHash(5)] }))
    expect(correlate([], signals).incidents).toHaveLength(1)
  })

  test('when the same contract is attacked, whoever does it', () => {
    const signals = [thief, other].map((actor) => signal('x', { subjects: [poolA], actors: [actor] }))
    expect(correlate([], signals).incidents).toHaveLength(1)
  })

  test('through a third one, even within one moment: no incident comes and goes', () => {
    const signals = [signal('a', { subjects: [poolA] }), signal('b', { subjects: [poolB] }), signal('ab', { subjects: [poolA, poolB] })]
    const { incidents, merges } = correlate([], signals)
    expect(incidents).toHaveLength(1)
    expect(merges).toEqual([])
  })
})

describe('signals stay apart', () => {
  test('when different actors attack different contracts: two attacks at once are two incidents', () => {
    const { incidents } = correlate(
      [],
      [
        signal('a', { subjects: [poolA], actors: [thief], culprits: [txHash(1)] }),
        signal('b', { subjects: [poolB], actors: [other], culprits: [txHash(2)] }),
      ],
    )
    expect(incidents.map((one) => one.subjects)).toEqual(expect.arrayContaining([[poolA], [poolB]]))
    expect(incidents).toHaveLength(2)
  })

  test('when nobody knows the culprits of either', () => {
    const { incidents } = correlate(
      [],
      [signal('a', { subjects: [poolA], culprits: undefined }), signal('b', { subjects: [poolB], culprits: undefined })],
    )
    expect(incidents).toHaveLength(2)
  })

  test('on different chains, whatever their addresses', () => {
    const here = signal('a', { subjects: [poolA], actors: [thief] })
    expect(correlate([], [here, { ...here, id: txHash(99), moment: { ...here.moment, chain: 'elsewhere' } }]).incidents).toHaveLength(2)
  })

  test('although evidence names bystanders of both', () => {
    const { incidents } = correlate(
      [],
      [
        signal('a', { subjects: [poolA], actors: [thief] }),
        signal('b', { subjects: [poolB], actors: [other] }),
        signal('flash', { weight: 'evidence', subjects: [poolA, poolB], actors: [friend] }),
      ],
    )
    expect(incidents).toHaveLength(2)
    for (const incident of incidents) {
      // It supports both, and makes neither about the bystander.
      expect(incident.evidence).toEqual({ flash: 0.9 })
      expect(incident.actors).not.toContain(friend)
    }
  })
})

describe('evidence', () => {
  test('alone opens nothing', () => {
    expect(correlate([], [signal('flash', { weight: 'evidence', subjects: [poolA] })])).toEqual({ incidents: [], touched: [], merges: [] })
  })

  test('of the same moment supports the verdict, whichever was said first', () => {
    const both = [
      signal('flash', { weight: 'evidence', subjects: [poolA], likelihood: 0.4 }),
      signal('drain', { subjects: [poolA], likelihood: 0.5 }),
    ]
    for (const signals of [both, both.toReversed()]) {
      expect(correlate([], signals).incidents).toMatchObject([
        { verdicts: { drain: 0.5 }, evidence: { flash: 0.4 }, confidence: 1 - 0.5 * 0.8 },
      ])
    }
  })
})

describe('a later merge', () => {
  const first = correlate([], [signal('a', { subjects: [poolA], actors: [thief], likelihood: 0.6 })]).incidents
  const second = correlate(first, [signal('b', { subjects: [poolB], actors: [other], likelihood: 0.7, block: 1_001 })]).incidents
  const tie = signal('c', { subjects: [poolC], actors: [thief, other], likelihood: 0.5, block: 1_002 })
  const { incidents, merges, touched } = correlate(second, [tie])

  test('is told, and the older incident goes on with all of both', () => {
    const [older, younger] = second
    expect(merges).toEqual([{ from: younger?.id, into: older?.id }])
    expect(new Set(touched)).toEqual(new Set([older?.id, younger?.id]))
    expect(live(incidents)).toMatchObject([{ id: older?.id, verdicts: { a: 0.6, b: 0.7, c: 0.5 }, subjects: [poolA, poolB, poolC] }])
    expect(incidents.find((one) => one.id === younger?.id)).toMatchObject({ status: 'merged', mergedInto: older?.id })
    expect(live(incidents)[0]?.confidence).toBeCloseTo(1 - 0.4 * 0.3 * 0.5, 12)
  })

  test('keeps the brakes of the one that was being contained', () => {
    const containing = second.map((one, i) =>
      i === 1 ? { ...one, status: 'containing' as const } : { ...one, status: 'contained' as const },
    )
    expect(live(correlate(containing, [tie]).incidents)).toMatchObject([{ status: 'containing' }])
  })
})

describe('repetition', () => {
  const once = signal('drain', { subjects: [poolA], actors: [thief] })
  const opened = correlate([], [once]).incidents
  const closed = opened.map((one) => ({ ...one, status: 'closed' as const }))

  test('after closing opens an incident of its own', () => {
    const { incidents } = correlate(closed, [signal('drain', { subjects: [poolA], actors: [thief], block: 2_000 })])
    expect(incidents).toHaveLength(2)
    expect(new Set(incidents.map((one) => one.id)).size).toBe(2)
  })

  test('of the very same signal, after a restart, opens none', () => {
    expect(correlate(closed, [once])).toMatchObject({ incidents: closed, touched: [] })
    expect(correlate(opened, [once]).incidents).toEqual(opened)
  })

  test('of hashes that begin alike takes a longer id', () => {
    const twin = { ...signal('drain', { subjects: [poolB] }), id: `0x${once.id.slice(2, 12)}${'f'.repeat(54)}` as const }
    const { incidents } = correlate(opened, [twin])
    expect(new Set(incidents.map((one) => one.id)).size).toBe(2)
  })
})

test('confidence: independent watches add up, evidence closes at most half of the doubt, and never begins it', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const said = fc.dictionary(fc.constantFrom('a', 'b', 'c'), share)
  fc.assert(
    fc.property(said, said, share, (verdicts, evidence, more) => {
      const sure = confidenceOf(verdicts, evidence)
      expect(sure).toBeGreaterThanOrEqual(0)
      expect(sure).toBeLessThanOrEqual(1)
      expect(confidenceOf({}, evidence)).toBe(0)
      expect(confidenceOf({ ...verdicts, d: more }, evidence)).toBeGreaterThanOrEqual(sure - 1e-12)
      expect(confidenceOf(verdicts, { ...evidence, d: more })).toBeGreaterThanOrEqual(sure - 1e-12)
      expect(1 - confidenceOf(verdicts, { d: 1 })).toBeGreaterThanOrEqual((1 - confidenceOf(verdicts, {})) / 2 - 1e-12)
    }),
  )
})

/** Random signals about a few contracts by a few actors, in a few moments. */
const random = fc.array(
  fc.record({
    watch: fc.constantFrom('a', 'b', 'c'),
    weight: fc.constantFrom('verdict' as const, 'verdict' as const, 'evidence' as const),
    subjects: fc.uniqueArray(fc.constantFrom(someone(1), someone(2), someone(3), someone(4), someone(5)), { maxLength: 2 }),
    actors: fc.uniqueArray(fc.constantFrom(someone(91), someone(92), someone(93), someone(94)), { maxLength: 1 }),
    culprits: fc.option(fc.uniqueArray(fc.constantFrom(txHash(1), txHash(2), txHash(3)), { maxLength: 1 }), { nil: undefined }),
    likelihood: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 8 },
)

test('within a moment the order of signals changes nothing, ids included', () => {
  fc.assert(
    fc.property(random, random, fc.infiniteStream(fc.nat()), (before, now, dice) => {
      const start = correlate(
        [],
        before.map((one) => signal(one.watch, one)),
      ).incidents
      const signals = now.map((one) => signal(one.watch, { ...one, block: 1_001 }))
      const shuffled = signals
        .map((one) => [dice.next().value, one] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, one]) => one)
      const sorted = (incidents: readonly Incident[]) =>
        [...incidents].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => ({ ...one, confidence: one.confidence.toFixed(9) }))
      const [a, b] = [correlate(start, signals), correlate(start, shuffled)]
      expect(sorted(a.incidents)).toEqual(sorted(b.incidents))
      expect([...a.touched].sort()).toEqual([...b.touched].sort())
      expect(a.merges.map((one) => `${one.from}>${one.into}`).sort()).toEqual(b.merges.map((one) => `${one.from}>${one.into}`).sort())
    }),
    { numRuns: 500 },
  )
})

test('after any history live incidents have nothing in common that a verdict said, and every verdict is in one', () => {
  fc.assert(
    fc.property(fc.array(random, { maxLength: 5 }), (moments) => {
      let incidents: readonly Incident[] = []
      for (const [i, moment] of moments.entries()) {
        const signals = moment.map((one) => signal(one.watch, { ...one, block: 1_000 + i }))
        incidents = correlate(incidents, signals).incidents
        for (const said of signals.filter((one) => one.weight === 'verdict'))
          expect(live(incidents).filter((one) => one.signals.includes(said.id))).toHaveLength(1)
      }
      for (const one of live(incidents))
        for (const two of live(incidents)) {
          if (one.id >= two.id) continue
          expect(
            [...one.subjects, ...one.actors, ...one.culprits].filter((thing) =>
              [...two.subjects, ...two.actors, ...two.culprits].includes(thing),
            ),
          ).toEqual([])
        }
      for (const gone of incidents.filter((one) => one.status === 'merged'))
        expect(incidents.some((one) => one.id === gone.mergedInto)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brake, dollar, sure, toyPlan } from '../../test/support/toy.ts'
import type { Comparison } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import { breakEvenOf, candidatesFor, settle, type Circumstances, type Pull } from './settle.ts'

const plan = toyPlan()
const minute = 60_000

const incident: Incident = {
  id: 'inc-1',
  chain: 'test',
  status: 'open',
  openedAt: 0,
  lastSignalAt: 0,
  firstBlock: { number: 1n, hash: '0x01' },
  lastBlock: { number: 1n, hash: '0x01' },
  signals: [],
  verdicts: { drain: 0.9 },
  evidence: {},
  confidence: 0.9,
  subjects: [],
  actors: [],
  culprits: [],
  mergedInto: undefined,
  prices: {},
  held: [],
  exposure: undefined,
  severity: 0n,
}

const proven: Comparison = {
  proof: 'proven',
  why: 'the cheapest',
  chosen: ['narrow'],
  predictedLoss: 5_000n * dollar,
  worstLoss: 10_000n * dollar,
  candidates: [
    { brakes: ['narrow'], residual: 0n, cost: 100n * dollar, saves: 10_000n * dollar, forms: [], fails: undefined },
    { brakes: ['wide'], residual: 0n, cost: 900n * dollar, saves: 10_000n * dollar, forms: [], fails: undefined },
  ],
  inapplicable: [],
  untested: [],
  unpriced: [],
}
const unproven: Comparison = {
  ...proven,
  proof: 'unproven',
  why: 'the attack without any brake does not repeat the loss here',
  chosen: undefined,
  candidates: [],
}

const decideOn = (now: Partial<Circumstances> = {}, given = plan) =>
  settle(given, {
    incident,
    comparison: proven,
    block: { number: 1n, hash: '0x01' },
    at: 100 * minute,
    atRisk: 10_000n * dollar,
    pulls: [],
    released: [],
    standing: [],
    acting: false,
    about: [],
    count: 1,
    tipToBeat: 0n,
    feeToBeat: 0n,
    ...now,
  })
const pull = (minutesAgo: number, more: Partial<Pull> = {}): Pull => ({
  decision: `d${minutesAgo}`,
  incident: incident.id,
  rule: 0,
  brake: 'other',
  at: (100 - minutesAgo) * minute,
  ...more,
})

describe('a decision pulls', () => {
  test('the proven set, under the rule that names it', () => {
    expect(decideOn()).toMatchObject({
      verdict: 'pull',
      obstacle: undefined,
      brakes: ['narrow'],
      rule: 0,
      breakEven: expect.closeTo(100 / 10_100, 5),
    })
  })

  test("without proof the first of the plan's own order that does not hold yet, once an incident", () => {
    expect(decideOn({ comparison: unproven })).toMatchObject({ verdict: 'pull', brakes: ['narrow'] })
    expect(decideOn({ comparison: unproven, standing: ['narrow'] })).toMatchObject({ verdict: 'pull', brakes: ['wide'] })
    expect(decideOn({ comparison: unproven, standing: ['narrow'], acting: true })).toMatchObject({
      verdict: 'propose',
      obstacle: 'unproven',
      brakes: ['wide'],
    })
    expect(decideOn({ comparison: unproven, standing: ['narrow', 'wide'], acting: true })).toMatchObject({
      verdict: 'hold',
      obstacle: 'noBrake',
    })
  })

  test('what does as much as can be done where nothing suffices, and nothing where nothing helps', () => {
    const short = { ...proven, chosen: undefined }
    expect(decideOn({ comparison: { ...short, closest: ['wide'] } })).toMatchObject({ verdict: 'pull', brakes: ['wide'] })
    expect(decideOn({ comparison: short })).toMatchObject({ verdict: 'hold', obstacle: 'noBrake', brakes: [] })
  })

  test('only what is not pulled already', () => {
    const both: Comparison = {
      ...proven,
      chosen: ['wide', 'narrow'],
      candidates: [
        { brakes: ['narrow', 'wide'], residual: 0n, cost: 1_000n * dollar, saves: 10_000n * dollar, forms: [], fails: undefined },
      ],
    }
    expect(decideOn({ comparison: both })).toMatchObject({ verdict: 'pull', brakes: ['wide', 'narrow'] })
    expect(decideOn({ comparison: both, standing: ['wide'] })).toMatchObject({ verdict: 'pull', brakes: ['narrow'] })
    expect(decideOn({ comparison: both, standing: ['wide', 'narrow'] })).toMatchObject({ verdict: 'hold', obstacle: 'noBrake' })
  })
})

describe('the break-even', () => {
  test('is cost over cost plus what is avoided', () => {
    expect(breakEvenOf(100n * dollar, 900n * dollar)).toBe(0.1)
    expect(breakEvenOf(0n, 1n)).toBe(0)
    // Nothing to win and nothing to lose: no reason to act.
    expect(breakEvenOf(0n, 0n)).toBe(1)
  })

  test('rises with the cost, falls with what is avoided, and pulling above it pays', () => {
    const money = fc.bigInt({ min: 0n, max: 10n ** 30n })
    fc.assert(
      fc.property(money, money, money, (cost, avoided, more) => {
        const p = breakEvenOf(cost, avoided)
        expect(p).toBeGreaterThanOrEqual(0)
        expect(p).toBeLessThanOrEqual(1)
        expect(breakEvenOf(cost + more, avoided + 1n)).toBeGreaterThanOrEqual(breakEvenOf(cost, avoided + 1n))
        expect(breakEvenOf(cost + 1n, avoided + more)).toBeLessThanOrEqual(breakEvenOf(cost + 1n, avoided))
        // p · avoided > (1 − p) · cost, with p a millionth above the break-even.
        const above = BigInt(Math.floor(p * 1e6)) + 2n
        if (above <= 1_000_000n && cost + avoided > 0n) expect(above * avoided).toBeGreaterThanOrEqual((1_000_000n - above) * cost)
      }),
    )
  })

  test('has to be exceeded, not met', () => {
    const even: Comparison = { ...proven, candidates: proven.candidates.map((one) => ({ ...one, saves: 100n * dollar })) }
    expect(decideOn({ comparison: even, incident: { ...incident, confidence: 0.5 } })).toMatchObject({
      verdict: 'propose',
      obstacle: 'breakEven',
      breakEven: 0.5,
    })
    expect(decideOn({ comparison: even, incident: { ...incident, confidence: 0.51 } })).toMatchObject({ verdict: 'pull' })
  })

  test('counts what the brake avoids, not what it leaves', () => {
    const leaky: Comparison = {
      ...proven,
      chosen: undefined,
      closest: ['narrow'],
      worstLoss: 1_000n * dollar,
      candidates: [{ ...sure(proven.candidates[0]), residual: 1_000n * dollar, saves: 100n * dollar }],
    }
    expect(decideOn({ comparison: leaky }).breakEven).toBe(0.5)
    expect(decideOn({ comparison: unproven, atRisk: 300n * dollar }).breakEven).toBe(0.25)
  })
})

describe('people decide', () => {
  test('where the rule says so', () => {
    const asks = toyPlan({ rules: [{ watches: ['drain'], brakes: ['narrow'], act: { kind: 'propose', to: 'council' } }] })
    expect(decideOn({}, asks)).toMatchObject({ verdict: 'propose', obstacle: 'rule', brakes: ['narrow'] })
  })

  test('about a brake that they released for this attack', () => {
    expect(decideOn({ released: ['narrow'] })).toMatchObject({ verdict: 'propose', obstacle: 'released' })
    expect(decideOn({ released: ['wide'] })).toMatchObject({ verdict: 'pull' })
  })

  test("when the rule's budget is used up: pulls of one decision count once, old ones not at all", () => {
    const two = [pull(20), pull(30)]
    expect(decideOn({ pulls: two })).toMatchObject({ verdict: 'propose', obstacle: 'budget' })
    expect(decideOn({ pulls: [pull(20), pull(20, { brake: 'another' })] })).toMatchObject({ verdict: 'pull' })
    expect(decideOn({ pulls: two.map((one) => ({ ...one, rule: 1 })) })).toMatchObject({ verdict: 'pull' })
    expect(decideOn({ pulls: two.map((one) => ({ ...one, at: 100 * minute - 86_400_000 })) })).toMatchObject({ verdict: 'pull' })
  })

  test('while the brake cools down', () => {
    expect(decideOn({ pulls: [pull(9, { brake: 'narrow' })] })).toMatchObject({ verdict: 'propose', obstacle: 'coolDown' })
    expect(decideOn({ pulls: [pull(10, { brake: 'narrow' })] })).toMatchObject({ verdict: 'pull' })
  })

  test('when the brake was pulled in this incident as often as the plan allows', () => {
    const often = toyPlan({ brakes: [brake('narrow', { atMostPulls: 2 }), brake('wide')] })
    const before = [pull(20, { brake: 'narrow', at: -(10 ** 12) }), pull(30, { brake: 'narrow', at: -(10 ** 12) })]
    expect(decideOn({ pulls: before }, often)).toMatchObject({ verdict: 'propose', obstacle: 'pulls' })
    expect(decideOn({ pulls: before.slice(1) }, often)).toMatchObject({ verdict: 'pull' })
    // What an earlier incident took is a matter of budgets and cool-downs alone.
    expect(decideOn({ pulls: before.map((one) => ({ ...one, incident: 'inc-earlier' })) }, often)).toMatchObject({ verdict: 'pull' })
  })
})

test('no rule, no act', () => {
  expect(decideOn({ incident: { ...incident, verdicts: { somethingElse: 1 } } })).toMatchObject({ verdict: 'hold', obstacle: 'noRule' })
  // Evidence is heard by no rule.
  expect(decideOn({ incident: { ...incident, verdicts: {}, evidence: { drain: 1 } } })).toMatchObject({
    verdict: 'hold',
    obstacle: 'noRule',
  })
})

test('automatic rules go before those that only propose', () => {
  const act = plan.rules[0]?.act ?? { kind: 'propose' as const, to: '' }
  const mixed = toyPlan({
    rules: [
      { watches: ['drain'], brakes: ['wide'], act: { kind: 'propose', to: 'council' } },
      { watches: ['drain', 'price'], brakes: ['narrow', 'wide'], act },
    ],
  })
  expect(candidatesFor(mixed, incident)).toEqual(['narrow', 'wide'])
  expect(decideOn({}, mixed)).toMatchObject({ verdict: 'pull', rule: 1 })
})

test('bounds hold whatever happened before: a random history never gives more pulls than the plan allows', () => {
  const events = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 400 }), chosen: fc.subarray(['narrow', 'wide'], { minLength: 1 }) }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(events, (history) => {
      const pulls: Pull[] = []
      let at = 0
      for (const [count, { after, chosen }] of history.entries()) {
        at += after * minute
        const decision = decideOn({ at, pulls: [...pulls], count, comparison: { ...proven, chosen } })
        if (decision.verdict === 'pull')
          for (const name of decision.brakes)
            pulls.push({ decision: decision.id, incident: decision.incident, rule: decision.rule, brake: name, at })
      }
      for (const name of ['narrow', 'wide']) {
        const own = pulls.filter((one) => one.brake === name)
        expect(own.length).toBeLessThanOrEqual(3)
        own.slice(1).forEach((one, i) => expect(one.at - (own[i]?.at ?? 0)).toBeGreaterThanOrEqual(10 * minute))
      }
      for (const { at: from } of pulls) {
        const within = new Set(pulls.filter((one) => one.at >= from && one.at < from + 86_400_000).map((one) => one.decision))
        expect(within.size).toBeLessThanOrEqual(2)
      }
    }),
  )
})

describe('a first step', () => {
  const [small, large] = [1_000n * dollar, 20_000n * dollar]
  /** `narrow` saves a part for little; `wide` alone suffices and is dear. */
  const stagedPlan = toyPlan({ brakes: [brake('narrow', { leaves: ['withdrawals'] }), brake('wide', { costPerHour: large, leaves: [] })] })
  const split: Comparison = {
    ...proven,
    chosen: ['wide'],
    candidates: [
      { brakes: ['narrow'], residual: 4_000n * dollar, cost: small, saves: 6_000n * dollar, forms: [], fails: undefined },
      { brakes: ['wide'], residual: 0n, cost: large, saves: 10_000n * dollar, forms: [], fails: undefined },
    ],
  }
  const at = (confidence: number, more: Partial<Circumstances> = {}) =>
    decideOn({ comparison: split, incident: { ...incident, confidence }, ...more }, stagedPlan)

  test('is the brake that is worth its cost while evidence does not justify what would suffice', () => {
    expect(at(0.5)).toMatchObject({ verdict: 'pull', brakes: ['narrow'], staged: true, why: expect.stringContaining('wide would suffice') })
    expect(at(0.7)).toMatchObject({ verdict: 'pull', brakes: ['wide'] })
    expect(at(0.7).staged).toBeUndefined()
    expect(at(0.1)).toMatchObject({ verdict: 'propose', obstacle: 'breakEven', brakes: ['wide'] })
  })

  test('says what it stops and what goes on', () => {
    expect(at(0.5).why).toContain('withdrawals go on')
  })

  test('is not taken twice, nor past a budget, nor what people released', () => {
    expect(at(0.5, { standing: ['narrow'] })).toMatchObject({ verdict: 'propose', obstacle: 'breakEven', brakes: ['wide'] })
    expect(at(0.5, { released: ['narrow'] })).toMatchObject({ verdict: 'propose', obstacle: 'breakEven' })
    expect(at(0.5, { pulls: [pull(20), pull(30)] })).toMatchObject({ verdict: 'propose', obstacle: 'breakEven' })
  })

  test('is no guess: without proof there is none', () => {
    expect(at(0.005, { comparison: unproven })).toMatchObject({ verdict: 'propose', obstacle: 'breakEven' })
  })
})

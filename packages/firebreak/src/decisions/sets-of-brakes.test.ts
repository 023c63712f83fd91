import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef } from '../../test/support/moments.ts'
import { brake, decide, dollar, held, outcomeOf, toyPlan, toyQuestion, worth, type World } from '../../test/support/toy.ts'
import { formsOf } from './trials.ts'

const plan = toyPlan()
const toWeth = (form: string): boolean => form.startsWith('weth instead of usdc')
/** The attacker takes 600,000 of the asset that the form names, unless a brake for it is pulled. */
const stoppedBy =
  (brakes: Readonly<Record<string, 'usdc' | 'weth' | 'all'>>): World =>
  (form, pulled) => {
    const asset = toWeth(form) ? 'weth' : 'usdc'
    const safe = pulled.some((name) => brakes[name] === asset || brakes[name] === 'all')
    return [safe ? [0n, 0n] : asset === 'weth' ? [0n, 600_000n] : [600_000n, 0n]]
  }

describe('when no single brake suffices', () => {
  const three = toyPlan({
    brakes: [
      brake('usdcOnly', { costPerHour: 300n * dollar }),
      brake('wethOnly', { costPerHour: 100n * dollar }),
      brake('useless', { costPerHour: 10n * dollar }),
    ],
  })

  test('all are tried together, and each that can be left out is', () => {
    const { comparison } = decide(three, toyQuestion(three), stoppedBy({ usdcOnly: 'usdc', wethOnly: 'weth' }))
    expect([...(comparison.chosen ?? [])].sort()).toEqual(['usdcOnly', 'wethOnly'])
    expect(comparison.candidates.at(-1)).toMatchObject({ residual: 0n, cost: 400n * dollar })
  })

  test('the one that protects the most dollars goes out first', () => {
    const rich: World = (_, pulled) => [[pulled.includes('usdcOnly') ? 0n : 900_000n, pulled.includes('wethOnly') ? 0n : 200_000n]]
    const poor: World = (_, pulled) => [[pulled.includes('usdcOnly') ? 0n : 100_000n, pulled.includes('wethOnly') ? 0n : 200_000n]]
    expect(decide(three, toyQuestion(three), rich).comparison.chosen).toEqual(['usdcOnly', 'wethOnly'])
    expect(decide(three, toyQuestion(three), poor).comparison.chosen).toEqual(['wethOnly', 'usdcOnly'])
  })

  test('and all together do not either, nothing is chosen, and the best is still shown', () => {
    const { comparison } = decide(three, toyQuestion(three), (_, pulled) => [[pulled.length === 3 ? 100n : 600_000n, 0n]])
    expect(comparison).toMatchObject({ proof: 'proven', chosen: undefined, closest: ['useless', 'wethOnly', 'usdcOnly'] })
    expect(comparison.candidates.at(-1)).toMatchObject({ residual: worth(100n) })
  })

  test('a form that none of them touches does not blur the choice: the smallest that stops as much as all together', () => {
    const elsewhere: World = (form, pulled) => {
      if (form === 'another sender') return [[900_000n, 0n]]
      return stoppedBy({ usdcOnly: 'all', wethOnly: 'weth' })(form, pulled, { steps: [] } as never)
    }
    const { comparison } = decide(three, toyQuestion(three), elsewhere)
    expect(comparison).toMatchObject({ proof: 'proven', chosen: undefined, closest: ['usdcOnly'], worstLoss: worth(900_000n) })
    // It saves, although the worst form stays as it is.
    expect(comparison.candidates.find((one) => one.brakes.join() === 'usdcOnly')).toMatchObject({ saves: worth(600_000n) })
  })

  test('brakes that save nothing of any form are not pulled, however the forms differ', () => {
    const { comparison } = decide(three, toyQuestion(three), (form) => [[form === 'as seen' ? 600_000n : 900_000n, 0n]])
    expect(comparison).toMatchObject({ proof: 'proven', chosen: undefined, why: 'no set of the candidate brakes stops the loss' })
    expect(comparison.closest).toBeUndefined()
    expect(comparison.candidates.every((one) => one.saves === 0n)).toBe(true)
  })

  test('where all together cannot be carried out, the one that saves the most by itself', () => {
    const { comparison } = decide(
      three,
      toyQuestion(three),
      (_, pulled) => [[pulled.includes('usdcOnly') ? 100_000n : pulled.includes('wethOnly') ? 500_000n : 600_000n, 0n]],
      (trial, outcome) => (trial.brakes.length > 1 ? { ok: false, why: 'too much gas' } : outcome),
    )
    expect(comparison).toMatchObject({ chosen: undefined, closest: ['usdcOnly'] })
  })

  test('and only one of them works, that one', () => {
    const { comparison } = decide(
      three,
      toyQuestion(three),
      (_, pulled) => [[pulled.includes('wethOnly') ? 500_000n : 600_000n, 0n]],
      (trial, outcome) => (trial.brakes.some((name) => name !== 'wethOnly') ? { ok: false, why: 'reverts' } : outcome),
    )
    expect(comparison).toMatchObject({ chosen: undefined, closest: ['wethOnly'] })
  })
})

/** A toy in which a brake stops a set of forms; the brakes of a set stop what any of them stops. */
const toys = fc
  .record({
    brakes: fc.array(
      fc.record({ stops: fc.uniqueArray(fc.integer({ min: 0, max: 7 })), cost: fc.integer({ min: 0, max: 6 }), fails: fc.boolean() }),
      { minLength: 1, maxLength: 7 },
    ),
    works: fc.uniqueArray(fc.integer({ min: 0, max: 7 })),
  })
  .map(({ brakes, works }) => ({ brakes, works: new Set([0, ...works]) }))

test('the cheapest single brake that stops every form that works is chosen, or else a set without a needless one, by about 2n + 2 trials a form', () => {
  fc.assert(
    fc.property(toys, ({ brakes, works }) => {
      const toy = toyPlan({ brakes: brakes.map((one, i) => brake(`b${i}`, { costPerHour: BigInt(one.cost) * dollar })) })
      const question = toyQuestion(toy)
      const forms = formsOf(toy, question).map((form) => form.name)
      const numberOf = (form: string): number => Math.min(forms.indexOf(form), 7)
      const stops = (names: readonly string[], form: number): boolean =>
        names.some((name) => brakes[Number(name.slice(1))]?.stops.includes(form))
      const works0 = (form: number): boolean => works.has(form)
      const { comparison, asked } = decide(
        toy,
        question,
        (form, pulled) => [works0(numberOf(form)) && !stops(pulled, numberOf(form)) ? [100n, 0n] : [0n, 0n]],
        (trial, outcome) => (trial.brakes.some((name) => brakes[Number(name.slice(1))]?.fails) ? { ok: false, why: 'reverts' } : outcome),
      )
      const able = toy.brakes.map((one) => one.name).filter((name) => !brakes[Number(name.slice(1))]?.fails)
      const enough = (names: readonly string[]): boolean => forms.every((form) => !works0(numberOf(form)) || stops(names, numberOf(form)))
      const cost = (names: readonly string[]): number => names.reduce((sum, name) => sum + (brakes[Number(name.slice(1))]?.cost ?? 0), 0)
      const singles = able.filter((name) => enough([name]))
      expect(comparison.proof).toBe('proven')
      if (singles.length > 0) {
        expect(comparison.chosen).toHaveLength(1)
        expect(singles).toContain(comparison.chosen?.[0])
        expect(cost(comparison.chosen ?? [])).toBe(Math.min(...singles.map((name) => cost([name]))))
      } else if (enough(able)) {
        const chosen = comparison.chosen ?? []
        expect(enough(chosen)).toBe(true)
        for (const name of chosen) expect(enough(chosen.filter((one) => one !== name))).toBe(false)
      } else {
        expect(comparison.chosen).toBeUndefined()
        // As much as all together, and no brake too many.
        const reach = (names: readonly string[]): readonly number[] =>
          [...works].filter((form) => form < forms.length && stops(names, form)).toSorted((a, b) => a - b)
        const closest = comparison.closest ?? []
        expect(reach(closest)).toEqual(reach(able))
        if (closest.length > 1) for (const name of closest) expect(reach(closest.filter((one) => one !== name))).not.toEqual(reach(able))
      }
      expect(new Set(asked.map((trial) => trial.id)).size).toBe(asked.length)
      expect(asked.length).toBeLessThanOrEqual((2 * brakes.length + 2) * forms.length)
    }),
    { numRuns: 300 },
  )
})

test('a trial that was sent early is found again by its id', () => {
  const question = toyQuestion(plan)
  const early = outcomeOf(
    plan,
    question,
    { id: 'x', base: question.attack.base, brakes: [], form: 'as seen', steps: [[]], code: {} },
    () => [[0n, 0n]],
  )
  expect(early.ok).toBe(true)
  const [once, twice] = [
    decide(plan, question, stoppedBy({ wide: 'all' })),
    decide(plan, { ...question, id: 'another' }, stoppedBy({ wide: 'all' })),
  ]
  expect(once.asked.map((trial) => trial.id)).toEqual(twice.asked.map((trial) => trial.id))
})

test('an amount that is held by nobody else is not needed: holdings of another chain change nothing', () => {
  const abroad = toyPlan({ holdings: [held('usdc'), held('weth'), { ...held('dai'), chain: 'elsewhere' }] })
  const question = toyQuestion(abroad, { before: { [blockRef(1_000).hash]: [1_000_000n, 1_000_000n, undefined] } })
  expect(decide(abroad, question, stoppedBy({ narrow: 'all' })).comparison.chosen).toEqual(['narrow'])
})

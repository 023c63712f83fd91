import { describe, expect, it } from 'vitest'
import { blockRef, chain, someone, txHash, word } from '../../test/support/moments.ts'
import type { Answer } from '../model/chain.ts'
import type { Detector, Finding } from '../model/detector.ts'
import type { Forecast, ForecastOutcome, Played } from '../model/forecast.ts'
import type { BlockMoment } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { toyPlan } from '../../test/support/toy.ts'
import { forecasts } from './forecasts.ts'
import type { Input } from './inputs.ts'
import { watching } from './reach.ts'

const forecast = (n: number): Forecast => ({
  key: `op${n}|0`,
  operation: `op${n}`,
  label: `proposal ${n} of dao`,
  executor: someone(5),
  calls: [],
  direct: undefined,
  by: someone(6),
  time: 2_000_000n,
  subjects: [someone(7)],
  evidence: { executableFrom: 'then', canStopIt: 'the guardian' },
  culprits: [txHash(9)],
  stops: [],
})

/** Wants `count` operations tried, and speaks itself when it is asked what it would say. */
const governing = (count: number): Detector => ({
  kind: 'governance',
  chain,
  subjects: [],
  start: 0,
  needs: () => ({ reads: [], logs: [], forecasts: Array.from({ length: count }, (_, i) => forecast(i)) }),
  step: (state) => ({ state, findings: [] }),
})

/** Breaks when the answer `key` is not zero, by that many units. */
const breaking = (key: string, weight: Finding['weight'] = 'verdict'): Detector => ({
  kind: 'invariant',
  chain,
  subjects: [],
  start: 0,
  needs: () => ({ reads: [], logs: [] }),
  step: (state, moment) => {
    const answer = moment.answers.get(key)
    const by = answer?.ok ? BigInt(answer.data) : 0n
    const finding: Finding = {
      subjects: [],
      likelihood: 0.7,
      weight,
      summary: `${key} by ${by}`,
      evidence: {},
      loss: by > 0n ? [{ asset: 'a', amount: by }] : [],
      culprits: [],
    }
    return { state, findings: by > 0n ? [finding] : [] }
  },
})

function planWith(...watches: readonly (readonly [string, Detector])[]): ResolvedPlan {
  return { ...toyPlan(), holdings: [], watches: watches.map(([name, detector]) => ({ name, detector })) }
}

const block = blockRef(1_000_000)
const moment: BlockMoment = { kind: 'block', chain, block, answers: new Map(), logs: new Map(), touched: [] }
const answers = (values: Readonly<Record<string, bigint>>): Played => ({
  answers: new Map(Object.entries(values).map(([key, value]): [string, Answer] => [key, { ok: true, data: `0x${word(value)}` }])),
  logs: new Map(),
  fails: undefined,
})
const outcome = (control: Played, played: Played): ForecastOutcome => ({ ok: true, block, way: 'understudy', control, played })
const heardOf = (what: ForecastOutcome, n = 0): Extract<Input, { kind: 'forecast' }> => ({
  kind: 'forecast',
  at: 5,
  chain,
  watch: 'gov',
  forecast: forecast(n),
  outcome: what,
})

function trying(plan: ResolvedPlan) {
  const watcher = watching(plan, chain)
  watcher.reach(moment)
  return forecasts(plan, () => watcher)
}

describe('what is tried', () => {
  it('is asked once, a few at a time, and again when nobody could say', () => {
    const all = trying(planWith(['gov', governing(10)]))
    expect(all.due(moment)).toHaveLength(8)
    expect(all.due(moment)).toHaveLength(2)
    expect(all.due(moment)).toEqual([])
    expect(all.heard(heardOf({ ok: false, why: 'away' }, 3))).toBeUndefined()
    expect(all.due(moment)).toMatchObject([{ kind: 'forecast', watch: 'gov', forecast: { key: 'op3|0' } }])
  })
})

describe('what comes of it', () => {
  const plan = planWith(['gov', governing(1)], ['solvent', breaking('debt')], ['hint', breaking('debt', 'evidence')])

  it('is one signal of the watch that asked, with what the others would say', () => {
    const heard = trying(plan).heard(heardOf(outcome(answers({}), answers({ debt: 40n }))))
    expect(heard?.signal).toMatchObject({
      watch: 'gov',
      kind: 'governance',
      likelihood: 0.7,
      weight: 'verdict',
      subjects: [someone(7)],
      culprits: [txHash(9)],
      actors: [someone(6)],
      loss: [{ asset: 'a', amount: 40n }],
      summary: 'proposal 0 of dao would break solvent (solvent: debt by 40); it can be executed from then on, and stopped by the guardian',
    })
    expect(heard?.entries.map((entry) => entry.body)).toMatchObject([{ words: 'would break', operation: 'op0' }])
  })

  it('is nothing where it would happen anyway, or nothing breaks, and that is on record once', () => {
    const all = trying(plan)
    const same = all.heard(heardOf(outcome(answers({ debt: 40n }), answers({ debt: 40n }))))
    expect(same?.signal).toBeUndefined()
    expect(same?.entries).toHaveLength(1)
    expect(all.heard(heardOf(outcome(answers({}), answers({}))))?.entries).toEqual([])
    // Broken before, and more so by its doing.
    expect(all.heard(heardOf(outcome(answers({ debt: 40n }), answers({ debt: 41n }))))?.signal).toBeDefined()
  })

  it('is nothing where the calls fail now', () => {
    const heard = trying(plan).heard(heardOf(outcome(answers({}), { ...answers({ debt: 40n }), fails: 'not yet' })))
    expect(heard?.signal).toBeUndefined()
    expect(heard?.entries.map((entry) => entry.body)).toMatchObject([{ words: 'cannot be carried out now', fails: 'not yet' }])
  })

  it('leaves no detector with another state', () => {
    const learned: Detector<number> = {
      ...(breaking('debt') as Detector<number>),
      step: (state, { kind }) => ({ state: kind === 'pending' ? state + 1 : state, findings: [] }),
    }
    const own = planWith(['gov', governing(1)], ['learns', learned])
    const watcher = watching(own, chain)
    watcher.reach(moment)
    forecasts(own, () => watcher).heard(heardOf(outcome(answers({}), answers({}))))
    expect(watcher.at(block.hash)?.states[1]).toBe(0)
  })
})

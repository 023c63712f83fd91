import { describe, expect, it } from 'vitest'
import { blockRef, chain, someone } from '../../test/support/moments.ts'
import { dollar, sure, toyPlan } from '../../test/support/toy.ts'
import type { Veto } from '../model/brake.ts'
import type { Comparison, Decision, TrialOutcome } from '../model/decision.ts'
import type { Forecast, Stop } from '../model/forecast.ts'
import type { Incident } from '../model/incident.ts'
import type { Signal } from '../model/signal.ts'
import type { Result } from './inquiries.ts'
import { vetoing } from './vetoing.ts'

const [dao, timelock] = [someone(21), someone(22)]
const stopAt = (n: number): Stop => ({
  operation: 'op',
  label: `way ${n} stops it`,
  call: { to: n === 1 ? dao : timelock, data: `0x0${n}`, label: `way ${n}` },
  holds: { key: 'k', to: dao, data: '0x', label: 'state', is: 2n },
})
const forecast: Forecast = {
  key: 'op|0',
  operation: 'op',
  label: 'proposal 1 of dao',
  executor: dao,
  calls: [],
  direct: undefined,
  by: undefined,
  time: 0n,
  subjects: [dao],
  evidence: { canStopIt: 'the guardian' },
  culprits: [],
  stops: [stopAt(1), stopAt(2)],
}
const veto = (name: string, stops: readonly (typeof dao)[]): Veto => ({
  name,
  chain,
  stops,
  by: ['guardian'],
  costPerHour: dollar,
  lastsMs: 3_600_000,
  owner: 'risk',
  atMostPulls: 3,
})
const plan = toyPlan({
  vetoes: [veto('veto', [dao, timelock]), veto('other', [someone(99)])],
  rules: [
    {
      watches: ['gov'],
      brakes: [],
      vetoes: ['veto', 'other'],
      act: { kind: 'automatically', atMost: { count: 2, perMs: 86_400_000 }, coolDownMs: 0 },
    },
  ],
})
const incident = {
  id: 'inc-1',
  chain,
  verdicts: { gov: 0.9 },
  prices: { usdc: dollar },
  severity: 7n * dollar,
  confidence: 0.9,
} as unknown as Incident
const signal = { loss: [{ asset: 'usdc', amount: 5n * 10n ** 6n }] } as unknown as Signal
const works: TrialOutcome = { ok: true, steps: [{ calls: [{ ok: true, gasUsed: 100_000n, why: '' }], answers: new Map() }] }
const fails: TrialOutcome = { ok: true, steps: [{ calls: [{ ok: false, gasUsed: 1n, why: 'only the guardian' }], answers: new Map() }] }

function deciding({ asked = false } = {}) {
  const settled: { readonly comparison: Comparison; readonly about: string; readonly brakes: readonly string[] }[] = []
  const all = vetoing(plan, {
    incident: () => incident,
    mayAsk: () => !asked,
    settle: (within, _, comparison, about) => {
      settled.push({ comparison, about, brakes: within.rules[0]?.brakes ?? [] })
      return [
        { kind: 'decided', decision: { brakes: comparison.chosen ?? [] } as unknown as Decision, incident: incident.id, waiting: false },
      ]
    },
  })
  const open = (what = forecast): readonly Result[] =>
    all.open(incident, { forecast: what, signal, block: blockRef(1_000_000), alone: undefined }, 5)
  return { all, open, settled }
}

const asked = (results: readonly Result[]) => {
  const [ask] = results
  if (ask?.kind !== 'ask') throw new Error('nothing is asked')
  return ask
}
const stopOf = (results: readonly Result[] | undefined): Stop | undefined =>
  results?.[0]?.kind === 'decided' ? results[0].decision.stop : undefined

describe('a veto', () => {
  it('is tried from its own authority, each way that it may go', () => {
    const { open } = deciding()
    const { trials } = asked(open())
    const guardian = sure(plan.authorities[0]).address
    expect(trials.map((trial) => trial.steps[0]?.[0])).toMatchObject([
      { from: guardian, to: dao, data: '0x01' },
      { from: guardian, to: timelock, data: '0x02' },
    ])
    expect(new Set(trials.map((trial) => trial.id)).size).toBe(2)
  })

  it('the first way that works is taken, and is a brake like any other for the plan’s bounds', () => {
    const { all, open, settled } = deciding()
    const { question, trials } = asked(open())
    const ids = trials.map((trial) => trial.id)
    const results = all.answer(
      question,
      [
        [sure(ids[0]), fails],
        [sure(ids[1]), works],
      ],
      6,
    )
    expect(stopOf(results)).toEqual({ ...stopAt(2), gas: 150_000n })
    expect(settled).toMatchObject([
      {
        about: 'forecast|op',
        brakes: ['veto', 'other'],
        comparison: {
          proof: 'proven',
          chosen: ['veto'],
          predictedLoss: 5n * dollar,
          candidates: [{ residual: 0n, saves: 5n * dollar, cost: dollar }],
        },
      },
    ])
    expect(all.answer(question, [], 7)).toBeUndefined()
  })

  it('that fails everywhere is no brake: who can stop it is said', () => {
    const { all, open, settled } = deciding()
    const { question, trials } = asked(open())
    const results = all.answer(
      question,
      trials.map((trial) => [trial.id, fails] as const),
      6,
    )
    expect(stopOf(results)).toBeUndefined()
    expect(settled[0]?.comparison).toMatchObject({
      chosen: undefined,
      candidates: [{ fails: 'only the guardian' }, { fails: 'only the guardian' }],
    })
    expect(settled[0]?.comparison.why).toContain('it can be stopped by the guardian')
  })

  it('of something else is not tried, and an operation that was decided is not decided again', () => {
    const { open, settled } = deciding()
    expect(open({ ...forecast, stops: [] })[0]?.kind).toBe('decided')
    expect(settled[0]?.comparison.chosen).toBeUndefined()
    expect(deciding({ asked: true }).open()).toEqual([])
  })

  it('where nobody counts a loss, all that is at stake counts', () => {
    const all = vetoing(plan, {
      incident: () => incident,
      mayAsk: () => true,
      settle: (_, __, comparison) => {
        expect(comparison.predictedLoss).toBe(7n * dollar)
        return []
      },
    })
    all.open(incident, { forecast: { ...forecast, stops: [] }, signal: { ...signal, loss: [] }, block: blockRef(1), alone: undefined }, 5)
    expect.assertions(1)
  })
})

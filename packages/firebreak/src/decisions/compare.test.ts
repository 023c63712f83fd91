import { describe, expect, test } from 'vitest'
import { blockRef, someone } from '../../test/support/moments.ts'
import { attackTx, brake, decide, dollar, held, probe, told, toyPlan, toyQuestion, worth, type World } from '../../test/support/toy.ts'
import type { TrialOutcome } from '../model/decision.ts'
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

describe('a control run', () => {
  test('that loses nothing proves nothing, however good every brake looks', () => {
    const { comparison, asked } = decide(plan, toyQuestion(plan), () => [[0n, 0n]])
    expect(comparison).toMatchObject({ proof: 'unproven', chosen: undefined, predictedLoss: 0n, worstLoss: 0n })
    expect(comparison.inapplicable).toEqual(formsOf(plan, toyQuestion(plan)).map((form) => form.name))
    // The candidates are still shown, so that people see what was tried.
    expect(comparison.candidates.map((one) => one.brakes)).toEqual([['narrow'], ['wide']])
    expect(asked.some((trial) => trial.brakes.length > 1)).toBe(false)
  })

  test('that cannot be carried out proves nothing, and says why', () => {
    const { comparison } = decide(plan, toyQuestion(plan), () => 'the node timed out')
    expect(comparison).toMatchObject({ proof: 'unproven', why: 'the control run could not be carried out: the node timed out' })
  })

  test('of a mutation alone does not prove the attack itself', () => {
    const { comparison } = decide(plan, toyQuestion(plan), (form) => [toWeth(form) ? [0n, 600_000n] : [0n, 0n]])
    expect(comparison.proof).toBe('unproven')
  })

  test('counts with what leaves the pool, net of what came in, at trusted prices', () => {
    const question = toyQuestion(plan, { prices: { usdc: dollar, weth: 2_000n * dollar } })
    const { comparison } = decide(plan, question, (_, pulled) => [pulled.length > 0 ? [0n, 0n] : [600_000n, -100n]])
    expect(comparison.predictedLoss).toBe(worth(600_000n) - worth(100n) * 2_000n)
  })
})

describe('what only moves between the plan’s own contracts', () => {
  const two = toyPlan({ holdings: [held('usdc'), held('weth'), held('usdc', someone(2))] })

  test('is no loss: nothing is pulled for a migration', () => {
    const { comparison } = decide(two, toyQuestion(two), (_, pulled) => [pulled.length > 0 ? [0n, 0n, 0n] : [600_000n, 0n, -600_000n]])
    expect(comparison).toMatchObject({ proof: 'proven', chosen: [], why: expect.stringContaining('arrives in another') })
  })

  test('but what comes back in another asset proves nothing', () => {
    const { comparison } = decide(two, toyQuestion(two), () => [[600_000n, -600_000n, 0n]])
    expect(comparison).toMatchObject({ proof: 'unproven', chosen: undefined })
  })

  test('nor does a form of it that goes elsewhere', () => {
    const { comparison } = decide(two, toyQuestion(two), (form) => [
      form === 'another sender' ? [600_000n, 0n, 0n] : [600_000n, 0n, -600_000n],
    ])
    expect(comparison).toMatchObject({ proof: 'unproven', chosen: undefined })
  })
})

describe('the worst case', () => {
  test('decides: a brake that only sends the attacker to the next asset is not sufficient', () => {
    const { comparison } = decide(plan, toyQuestion(plan), stoppedBy({ narrow: 'usdc', wide: 'all' }))
    expect(comparison).toMatchObject({ proof: 'proven', chosen: ['wide'] })
    expect(comparison.candidates.find((one) => one.brakes[0] === 'narrow')).toMatchObject({ residual: worth(600_000n), fails: undefined })
    expect(comparison.candidates.find((one) => one.brakes[0] === 'wide')).toMatchObject({ residual: 0n })
  })

  test('counts the same again in the following block', () => {
    const world: World = (form, pulled) =>
      pulled.includes('wide')
        ? [[0n, 0n]]
        : pulled.includes('narrow')
          ? [[0n, 0n], form.includes('again') ? [500n, 0n] : [0n, 0n]]
          : [[600n, 0n]]
    expect(decide(plan, toyQuestion(plan), world).comparison.chosen).toEqual(['wide'])
  })

  test('lists mutations whose own control run loses nothing as inapplicable, and lets them weigh nothing', () => {
    const world: World = (form, pulled) => [form.startsWith('as seen') && pulled.length === 0 ? [600_000n, 0n] : [0n, 0n]]
    const { comparison, asked } = decide(plan, toyQuestion(plan), world)
    expect(comparison.chosen).toEqual(['narrow'])
    expect(comparison.inapplicable).toContain('another sender')
    expect(comparison.inapplicable).not.toContain('as seen')
    expect(asked.filter((trial) => trial.form === 'another sender').map((trial) => trial.brakes)).toEqual([[]])
  })

  test('a mined attack is tried on the state before it and again at head, where only the repetition is left', () => {
    const [base, head] = [blockRef(1_000), blockRef(1_001)]
    const attack = { origin: 'mined' as const, base, head, txs: [attackTx(1), attackTx(2, { nonce: 1n })], code: {} }
    const { asked } = decide(plan, toyQuestion(plan, { attack }), () => [[0n, 0n]])
    const controls = asked.filter((trial) => trial.brakes.length === 0 && trial.form.startsWith('as seen'))
    expect(controls.map((trial) => [trial.form, trial.base.number, trial.steps.map((step) => step.length)])).toEqual([
      ['as seen, at head', 1_001n, [1]],
      ['as seen and again in the following block, at head', 1_001n, [1, 1]],
      ['as seen', 1_000n, [2]],
      ['as seen and again in the following block', 1_000n, [2, 1]],
    ])
  })
})

describe('a candidate', () => {
  const world = stoppedBy({ narrow: 'all', wide: 'all' })
  const only = (name: string, change: (outcome: Extract<TrialOutcome, { ok: true }>) => TrialOutcome) =>
    decide(plan, toyQuestion(plan), world, (trial, outcome) => (outcome.ok && trial.brakes.includes(name) ? change(outcome) : outcome))
      .comparison

  test('whose own call reverts is no brake', () => {
    const comparison = only('narrow', (outcome) => ({
      ...outcome,
      steps: outcome.steps.map((step) => ({
        ...step,
        calls: step.calls.map((call, i) => (i === 0 ? { ...call, ok: false, why: 'not the guardian' } : call)),
      })),
    }))
    expect(comparison.chosen).toEqual(['wide'])
    expect(comparison.candidates.find((one) => one.brakes[0] === 'narrow')).toMatchObject({
      fails: 'its own call reverts: not the guardian',
      residual: worth(600_000n),
    })
  })

  test('without anybody who could pay for it is told as that, and not as a brake that does not help', () => {
    const funds = 'local: the node refused eth_simulateV1 with -32003 "Insufficient funds for gas * price + value"'
    const { comparison } = decide(plan, toyQuestion(plan), world, (trial, outcome) =>
      trial.brakes.length > 0 ? { ok: false, why: funds } : outcome,
    )
    expect(comparison).toMatchObject({ proof: 'proven', chosen: undefined })
    expect(comparison.why).toBe(`no brake can be pulled: the account of guardian cannot pay for the gas (${funds})`)
  })

  test('whose call succeeds and brings nothing about is no brake', () => {
    const comparison = only('narrow', (outcome) => ({
      ...outcome,
      steps: outcome.steps.map((step) => ({ ...step, answers: new Map([...step.answers, ...told({ 'narrow holds': 0n }).answers]) })),
    }))
    expect(comparison.chosen).toEqual(['wide'])
    expect(comparison.candidates.find((one) => one.brakes[0] === 'narrow')?.fails).toContain('does not say that it holds')
  })

  test('that loosens a lever is no brake, even where it stops this attack', () => {
    const cap = brake('narrow', { lever: { probe: probe('cap'), restrictsWhen: 'lower', unlimited: 0n } })
    const withCap = toyPlan({ brakes: [cap, brake('wide', { costPerHour: 900n * dollar })] })
    const capAfter = (value: bigint) =>
      decide(withCap, toyQuestion(withCap, { levers: { narrow: 500n } }), world, (_, outcome) =>
        outcome.ok
          ? {
              ...outcome,
              steps: outcome.steps.map((step) => ({ ...step, answers: new Map([...step.answers, ...told({ cap: value }).answers]) })),
            }
          : outcome,
      ).comparison.chosen
    expect(capAfter(499n)).toEqual(['narrow'])
    expect(capAfter(501n)).toEqual(['wide'])
    // On some protocols a cap of 0 means no limit at all.
    expect(capAfter(0n)).toEqual(['wide'])
  })

  test('after which a balance cannot be read has saved nothing', () => {
    const comparison = only('narrow', (outcome) => ({
      ...outcome,
      steps: outcome.steps.map((step) => ({ ...step, answers: new Map([...step.answers].filter(([key]) => !key.startsWith('usdc'))) })),
    }))
    expect(comparison.chosen).toEqual(['wide'])
    expect(comparison.candidates.find((one) => one.brakes[0] === 'narrow')?.fails).toContain('could not be read')
  })

  test('is not needed where the attack itself stays within what the plan tolerates', () => {
    const lenient = toyPlan({ bounds: { ...plan.bounds, tolerates: worth(700_000n) } })
    const { comparison } = decide(lenient, toyQuestion(lenient), () => [[600_000n, 0n]])
    expect(comparison).toMatchObject({
      proof: 'proven',
      chosen: [],
      why: 'the loss is within what the plan tolerates',
      predictedLoss: worth(600_000n),
    })
    // As soon as one form of it takes more, it is answered.
    const grows: World = (form, pulled) => [[pulled.includes('narrow') ? 0n : form.startsWith('ten times') ? 900_000n : 600_000n, 0n]]
    expect(decide(lenient, toyQuestion(lenient), grows).comparison).toMatchObject({ proof: 'proven', chosen: ['narrow'] })
  })

  test('is sufficient up to what the plan tolerates, and not a wei further', () => {
    const leaves = (rest: bigint) => {
      const lenient = toyPlan({ bounds: { ...plan.bounds, tolerates: worth(1_000n) } })
      const world: World = (_, pulled) => [pulled.includes('wide') ? [0n, 0n] : pulled.includes('narrow') ? [rest, 0n] : [600_000n, 0n]]
      return decide(lenient, toyQuestion(lenient), world).comparison.chosen
    }
    expect(leaves(1_000n)).toEqual(['narrow'])
    expect(leaves(1_001n)).toEqual(['wide'])
  })
})

describe('value that no applicable form took', () => {
  const usdcOnly: World = (form, pulled) => [form.startsWith('as seen') && pulled.length === 0 ? [600_000n, 0n] : [0n, 0n]]

  test('is reported, with its dollars', () => {
    const { comparison } = decide(plan, toyQuestion(plan), usdcOnly)
    expect(comparison).toMatchObject({ chosen: ['narrow'], untested: [{ asset: 'weth', dollars: worth(1_000_000n) }] })
  })

  test('moves the choice to the next broader brake where the plan says so, and the reason names it', () => {
    const wary = toyPlan({ bounds: { ...plan.bounds, untested: 'widen' } })
    const { comparison } = decide(wary, toyQuestion(wary), usdcOnly)
    expect(comparison.chosen).toEqual(['wide'])
    expect(comparison.why).toContain('weth')
    // Nothing broader suffices: the cheapest stays.
    const { comparison: alone } = decide(wary, toyQuestion(wary, { candidates: ['narrow'] }), usdcOnly)
    expect(alone.chosen).toEqual(['narrow'])
  })

  test('without a trusted price cannot be counted, and is named', () => {
    const { comparison } = decide(plan, toyQuestion(plan, { prices: { usdc: dollar } }), stoppedBy({ narrow: 'usdc' }))
    expect(comparison).toMatchObject({ chosen: ['narrow'], unpriced: ['weth'] })
  })
})

describe('brakes that are wanted already', () => {
  const standing = { [blockRef(1_000).hash]: ['narrow'] }

  test('are part of every trial, the control run too', () => {
    const { comparison, asked } = decide(
      plan,
      toyQuestion(plan, { standing, candidates: ['wide'] }),
      stoppedBy({ narrow: 'usdc', wide: 'all' }),
    )
    expect(asked.every((trial) => trial.steps[0]?.[0]?.data === plan.brakes[0]?.calls[0]?.data)).toBe(true)
    // The attack as seen loses nothing any more: what is left to lose is another form of it.
    expect(comparison).toMatchObject({ proof: 'unproven' })
  })

  test('may suffice: then nothing more is pulled', () => {
    const { comparison } = decide(plan, toyQuestion(plan, { standing, candidates: ['wide'] }), stoppedBy({ narrow: 'all' }))
    expect(comparison).toMatchObject({ proof: 'proven', chosen: [] })
  })

  test('that revert, because they hold after all, do not spoil the candidates', () => {
    const { comparison } = decide(
      plan,
      toyQuestion(plan, { standing, candidates: ['wide'] }),
      (_, pulled) => [pulled.includes('wide') ? [0n, 0n] : [600_000n, 0n]],
      (_, outcome) =>
        outcome.ok
          ? {
              ...outcome,
              steps: outcome.steps.map((step, s) => ({
                ...step,
                calls: step.calls.map((call, i) => (s === 0 && i === 0 ? { ...call, ok: false, why: 'paused' } : call)),
              })),
            }
          : outcome,
    )
    expect(comparison).toMatchObject({ proof: 'proven', chosen: ['wide'] })
  })
})

describe('of brakes that do as much', () => {
  const stop = stoppedBy({ cheap: 'all', gentle: 'all' })
  const choice = (cheap: Parameters<typeof brake>[1], gentle: Parameters<typeof brake>[1]) => {
    const given = toyPlan({ brakes: [brake('cheap', cheap), brake('gentle', { costPerHour: 900n * dollar, ...gentle })] })
    return decide(given, toyQuestion(given), stop).comparison
  }

  test('the one that keeps repayments, withdrawals and liquidations alive is taken, though it costs more', () => {
    const comparison = choice({ leaves: ['deposits'] }, { leaves: ['repayments', 'withdrawals', 'liquidations'] })
    expect(comparison.chosen).toEqual(['gentle'])
    expect(comparison.why).toContain('keeps most alive (stops deposits; withdrawals, repayments and liquidations go on)')
  })

  test('the cheaper is taken where both keep as much of it, and where neither says', () => {
    expect(choice({ leaves: ['repayments'] }, { leaves: ['withdrawals', 'deposits'] }).chosen).toEqual(['cheap'])
    expect(choice({}, {})).toMatchObject({
      chosen: ['cheap'],
      why: 'the cheapest set of brakes that leaves no more than the plan tolerates',
    })
  })

  test('one that does not say what it leaves promises nothing', () => {
    expect(choice({}, { leaves: ['repayments'] }).chosen).toEqual(['gentle'])
  })
})

import { expect, test } from 'vitest'
import { blockRef } from '../../test/support/moments.ts'
import { toyPlan, toyQuestion } from '../../test/support/toy.ts'
import { trialsNeeded } from '../decisions/compare.ts'
import type { Trial } from '../model/decision.ts'
import { foresight } from './foresight.ts'

/** What reaches the node of these trials. */
async function sent(trials: readonly Trial[], gasOf?: (brake: string, call: number) => bigint): Promise<readonly Trial[]> {
  const seen: Trial[] = []
  const node = {
    run: async (asked: readonly Trial[]) => {
      seen.push(...asked)
      return asked.map(() => ({ ok: false as const, why: 'not now' }))
    },
    code: async () => ({}),
  }
  await foresight(node, [], gasOf).outcomes(trials)
  return seen
}

test('a brake is simulated with the gas that it is sent with; everything else as it is written', async () => {
  const plan = toyPlan()
  const trials = trialsNeeded(plan, toyQuestion(plan), new Map())
  const written = (trial: Trial) => trial.steps.map((step) => step.map((call) => call.gas))
  expect((await sent(trials)).map(written)).toEqual(trials.map(written))
  const measured = await sent(trials, (brake) => (brake === 'narrow' ? 123_456n : 10n ** 12n))
  expect(measured.map((trial) => trial.id)).toEqual(trials.map((trial) => trial.id))
  const gasOfFirst = (brake: string): bigint | undefined => measured.find((one) => one.brakes.includes(brake))?.steps[0]?.[0]?.gas
  expect([gasOfFirst('narrow'), gasOfFirst('wide')]).toEqual([123_456n, 1_500_000n])
  for (const [i, trial] of measured.entries())
    for (const [j, step] of trial.steps.entries())
      for (const [k, call] of step.entries()) if (!call.ours) expect(call).toEqual(trials[i]?.steps[j]?.[k])
  expect(blockRef(1_000).hash).toBe(measured[0]?.base.hash)
})

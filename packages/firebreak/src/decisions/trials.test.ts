import { describe, expect, test } from 'vitest'
import { attackTx, brake, sure, toyPlan, toyQuestion } from '../../test/support/toy.ts'
import type { Question, TrialCall } from '../model/decision.ts'
import { aloneTrial, formsOf, trialOf } from './trials.ts'

const plan = toyPlan({ brakes: [brake('one'), brake('two')] })
const withTx = (more: Parameters<typeof attackTx>[1]): Question => {
  const question = toyQuestion(plan)
  return { ...question, attack: { ...question.attack, txs: [attackTx(1, more)] } }
}
const callsOf = (question: Question, brakes: readonly string[], form = 'as seen'): readonly (readonly TrialCall[])[] =>
  trialOf(plan, question, sure(formsOf(plan, question).find((one) => one.name === form)), brakes).steps

describe('an attack in a trial', () => {
  const question = withTx({ maxTip: 7n, envelope: { accessList: [{ address: '0x01', storageKeys: [] }], r: '0x1' } })

  test('pays its tip and brings its access list along, because both can be told from inside', () => {
    expect(callsOf(question, [])[0]?.[0]).toMatchObject({ maxTip: 7n, extras: { accessList: [{ address: '0x01', storageKeys: [] }] } })
  })

  test('pays no tip the second time: it need not be able to', () => {
    const steps = callsOf(question, [], 'as seen and again in the following block')
    expect(steps.map((calls) => calls.at(-1)?.maxTip)).toEqual([7n, 0n])
  })

  test('leaves the brakes before it what it does not ask for itself: the gas limit stays a real one', () => {
    const { gasLimit } = question.attack.base
    const gasOf = (gas: bigint): readonly bigint[] => sure(callsOf(withTx({ gas }), ['one', 'two'])[0]).map((call) => call.gas)
    expect(gasOf(1_000_000n)).toEqual([1_500_000n, 1_500_000n, 1_000_000n])
    const tight = gasOf(gasLimit - 1_000_000n)
    expect(tight).toEqual([500_000n, 500_000n, gasLimit - 1_000_000n])
    // Nobody pulls a brake with less than this.
    expect(gasOf(gasLimit)[0]).toBe(150_000n)
  })

  test('in another imagined block is another trial', () => {
    const on = (prevRandao: `0x${string}`): Question => {
      const next = { seconds: 12n, feeRecipient: question.attack.base.feeRecipient, prevRandao, gasLimit: 30_000_000n }
      const base = { ...question.attack.base, next }
      return { ...question, attack: { ...question.attack, base, head: base } }
    }
    const ids = [question, on('0xaa'), on('0xbb')].flatMap((one) => [
      aloneTrial(one.attack).id,
      trialOf(plan, one, sure(formsOf(plan, one)[0]), []).id,
    ])
    expect(new Set(ids).size).toBe(6)
  })
})

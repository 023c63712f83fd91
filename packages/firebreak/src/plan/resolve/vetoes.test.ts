import { expect, it } from 'vitest'
import { mainnet, pool, poolAbi, samplePlan } from '../../../test/plan-types/sample.ts'
import { encoders, faultsOf } from '../../../test/plan-types/settle.ts'
import { cancelled, cancels, env, evm } from '../../index.ts'
import { resolvePlan } from '../resolve.ts'

const dao = mainnet.at('0x1111111111111111111111111111111111111111', poolAbi)
const veto = { call: cancels(dao), holds: cancelled(), by: 'sentinel', falsePauseCosts: '$50/h' } as const
const withVeto = (more: object, named = true) =>
  ({
    ...samplePlan,
    brakes: { ...samplePlan.brakes, veto: { ...veto, ...more } },
    respond: (on: Parameters<typeof samplePlan.respond>[0]) => [
      ...samplePlan.respond(on),
      ...(named ? [on('solvent').pull('veto', 'pausePool').automatically({ atMost: '2/day' })] : []),
    ],
  }) as typeof samplePlan

it('a veto is named in rules like a brake, and is none: nothing is called before something has to be stopped', () => {
  const { plan } = resolvePlan(withVeto({}), encoders)
  expect(plan.brakes.map((one) => one.name)).not.toContain('veto')
  expect(plan.vetoes).toMatchObject([{ name: 'veto', chain: 'mainnet', stops: [dao.address], by: ['sentinel'], atMostPulls: 3 }])
  expect(plan.rules.at(-1)).toMatchObject({ brakes: ['pausePool'], vetoes: ['veto'] })
  expect(plan.rules[0]).not.toHaveProperty('vetoes')
})

it('is part of the plan’s hash; a plan without one keeps its own', () => {
  const hash = (more: object): string => resolvePlan(withVeto(more), encoders).plan.hash
  expect(hash({})).not.toBe(hash({ call: cancels(dao, pool) }))
  expect(resolvePlan(samplePlan, encoders).plan).not.toHaveProperty('vetoes')
})

it('says what is wrong with it', () => {
  const elsewhere = evm('elsewhere', { id: 5, rpc: env('OTHER') }).at('0x2222222222222222222222222222222222222222', poolAbi)
  const paths = (more: object, named = true): readonly string[] => faultsOf(withVeto(more, named)).map((fault) => fault.path)
  expect(paths({ holds: pool.read.paused(), by: 'nobody', falsePauseCosts: 'much' })).toEqual([
    'brakes.veto.holds',
    'brakes.veto.by',
    'brakes.veto.falsePauseCosts',
  ])
  expect(paths({ undo: pool.write.pause() }, false)).toEqual(['brakes.veto.undo'])
  expect(paths({ call: cancels(elsewhere) }, false)).toEqual(['brakes.veto.call'])
})

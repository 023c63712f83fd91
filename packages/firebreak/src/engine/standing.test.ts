import { expect, test } from 'vitest'
import type { Desire } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { standing } from './standing.ts'

const plan = { brakes: [] } as unknown as ResolvedPlan
const taken = (...desires: readonly Partial<Desire>[]): readonly string[] =>
  standing(plan, {
    desires: () => desires.map((one) => ({ chain: 'local', status: 'holding', ...one }) as Desire),
    incident: () => undefined,
    reachedAt: () => undefined,
    head: () => undefined,
    ways: () => ({}),
  }).takenAt('local', '0x01')

test('a brake that is wanted is there when the attack comes; a question to people, a release and another chain’s are not', () => {
  expect(taken({ brake: 'pause' }, { brake: 'cap', status: 'wanted' })).toEqual(['pause', 'cap'])
  expect(taken({ brake: 'pause', status: 'wanted', asks: true }, { brake: 'cap', does: 'undo' }, { brake: 'far', chain: 'other' })).toEqual(
    [],
  )
})

test('a veto that holds stopped its own operation and nothing else: no attack is judged as if it stood in its way', () => {
  const stop = { operation: 'proposal:1' } as Desire['stop']
  expect(taken({ brake: 'veto', stop }, { brake: 'veto', status: 'wanted', stop })).toEqual([])
})

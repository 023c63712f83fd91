import { expect, test } from 'vitest'
import { live, pendingOn } from '../../test/support/toy-engine.ts'
import { attack, begun, plan, second, stoppedBy } from '../../test/support/toy-scene.ts'
import { sure } from '../../test/support/toy.ts'
import type { Decision } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import { pulls } from './pulls.ts'

const day = 86_400_000

/** A decision and an incident as the core makes them. */
function made(): { readonly decision: Decision; readonly incident: Incident } {
  const life = begun(live(plan, stoppedBy('narrow')))
  life.see(pendingOn(plan, second, attack, { drain: 90n }))
  return { decision: sure(life.decisions()[0]), incident: sure(life.incidents()[0]) }
}

test('years of pulls leave no more behind than budgets, cool-downs and living incidents may count', () => {
  const { decision, incident } = made()
  const open = pulls(plan, [], (id) => (id === 'inc-open' ? { ...incident, id } : { ...incident, id, status: 'closed' }))
  open.note({ ...decision, id: 'first', incident: 'inc-open', at: 0 })
  for (let n = 1; n <= 1_000; n++) open.note({ ...decision, id: `d${n}`, incident: `inc-${n}`, at: n * day * 2 })
  expect(open.all().map((pull) => pull.decision)).toEqual(['first', 'd1000'])
  open.note({ ...decision, id: 'next', incident: 'inc-1000', at: 1_000 * day * 2 + day })
  expect(open.all().map((pull) => pull.decision)).toEqual(['first', 'd1000', 'next'])
})

test('pulls of an incident that became part of another count for that one', () => {
  const { decision, incident } = made()
  const merged = pulls(plan, [], () => ({ ...incident, id: 'inc-home' }))
  merged.note({ ...decision, incident: 'inc-part' })
  expect(merged.all()).toMatchObject([{ incident: 'inc-home', brake: 'narrow' }])
})

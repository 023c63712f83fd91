// What one operator says leads to proposals beyond the bound, is told once, settles nothing, and is decided anew when two agree.
import { expect, test } from 'vitest'
import { blockAt, live, pendingOn, type Life } from '../../test/support/toy-engine.ts'
import { attack, begun, plan as agreedPlan, stoppedBy } from '../../test/support/toy-scene.ts'
import type { ResolvedPlan } from '../model/plan.ts'

const upTo = (dollars: bigint): ResolvedPlan => ({
  ...agreedPlan,
  chains: agreedPlan.chains.map((one) => ({ ...one, agreement: { ...one.agreement, aloneUpTo: dollars * 10n ** 18n } })),
})

const attacked = (life: Life, plan: ResolvedPlan, number: number, alone?: string) => {
  const on = blockAt(plan, number)
  life.see(on)
  life.see(pendingOn(plan, on, attack, { drain: 90n }, alone === undefined ? {} : { alone }))
}
const verdicts = (life: Life) => life.decisions().map((one) => [one.verdict, one.obstacle ?? '', one.alone ?? ''].join(' '))

test('beyond the bound it is proposed once, however often it is seen, and pulled as soon as two agree', () => {
  const plan = upTo(0n)
  const life = begun(live(plan, stoppedBy('narrow', 'wide')))
  attacked(life, plan, 3, 'acme')
  attacked(life, plan, 4, 'acme')
  expect(verdicts(life)).toEqual(['propose alone acme'])
  expect(life.wanted()).toEqual([])
  attacked(life, plan, 5)
  expect(verdicts(life)).toEqual(['propose alone acme', 'pull  '])
  expect(life.wanted()).toHaveLength(1)
})

test('another operator who says it alone is another thing to tell', () => {
  const plan = upTo(0n)
  const life = begun(live(plan, stoppedBy('narrow', 'wide')))
  attacked(life, plan, 3, 'acme')
  attacked(life, plan, 4, 'third')
  expect(verdicts(life)).toEqual(['propose alone acme', 'propose alone third'])
})

test('within the bound one word is enough, and the decision says whose it was', () => {
  const plan = upTo(1_000_000_000n)
  const life = begun(live(plan, stoppedBy('narrow', 'wide')))
  attacked(life, plan, 3, 'acme')
  expect(verdicts(life)).toEqual(['pull  acme'])
})

test('a block that one operator vouches for is a ground like any other', () => {
  const plan = upTo(0n)
  const life = begun(live(plan, stoppedBy('narrow', 'wide')))
  const on = { ...blockAt(plan, 3), alone: 'acme' }
  life.see(on)
  life.see(pendingOn(plan, on, attack, { drain: 90n }))
  expect(verdicts(life)).toEqual(['propose alone acme'])
})

test('what endpoints make us say is a signal, and no reason to act', () => {
  const life = begun(live(agreedPlan, stoppedBy('narrow')))
  const sides = [
    { operators: ['acme'], says: 'paused() true' },
    { operators: ['ours', 'third'], says: 'paused() false' },
  ]
  const news = {
    kind: 'disagreement',
    asked: 'observe',
    block: { number: 2n, hash: undefined },
    sides,
    against: ['acme'],
    settledBy: 'proof',
  } as const
  life.feed({ kind: 'endpoint', at: 90_000, chain: 'test', news })
  life.feed({ kind: 'endpoint', at: 90_001, chain: 'test', news: { kind: 'aside', endpoint: 'acme', why: 'it lies', forMs: 3_600_000 } })
  expect(life.signals().map((one) => one.summary)).toEqual([
    'operators disagree on observe at 2; proof contradicts acme: acme: paused() true | ours and third: paused() false',
    'the endpoint acme is set aside for 60 minutes: it lies',
  ])
  expect(life.decisions()).toEqual([])
})

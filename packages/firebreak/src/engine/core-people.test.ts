import { describe, expect, test } from 'vitest'
import { blockAt, holds, live, pendingOn } from '../../test/support/toy-engine.ts'
import { attack, attackPending, begun, first, plan, second, stoppedBy, usdc } from '../../test/support/toy-scene.ts'
import { attackTx, pool, sure, toyPlan } from '../../test/support/toy.ts'
import type { Input } from './inputs.ts'

describe('a release by somebody else', () => {
  const released = () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    const fourth = blockAt(plan, 4, { 'narrow holds': 1n, [usdc]: 400_000n })
    life.see(fourth)
    const [desire] = life.wanted()
    if (!desire) throw new Error('nothing was pulled')
    life.feed(holds(desire, fourth.block, 50_000))
    life.see(blockAt(plan, 5, { [usdc]: 400_000n }))
    life.feed({ kind: 'desire', at: 60_000, desire: desire.id, news: { kind: 'released', tx: '0x99' } })
    return life
  }

  test('ends the desire, closes the incident, is a signal, and leaves a proposal', () => {
    const life = released()
    expect(life.core.desires()).toMatchObject([{ status: 'released' }])
    expect(life.incidents()).toMatchObject([{ status: 'closed' }, { status: 'open', subjects: [pool] }])
    expect(life.signals().at(-1)).toMatchObject({ watch: 'firebreak', kind: 'released' })
    expect(life.decisions().at(-1)).toMatchObject({
      verdict: 'propose',
      obstacle: 'released',
      brakes: ['narrow'],
      incident: life.incidents()[1]?.id,
    })
    expect(life.entries('release')).toMatchObject([{ brake: 'narrow', tx: '0x99', culprits: [attack.hash] }])
  })

  test('is never fought, after a restart neither, while the damage lasts', () => {
    const life = released()
    const seen = { lasts: 90n, [usdc]: 400_000n }
    life.see(blockAt(plan, 6, seen))
    life.see(blockAt(plan, 7, seen))
    expect(life.wanted()).toHaveLength(1)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    again.see(blockAt(plan, 6, seen))
    again.see(blockAt(plan, 8, seen))
    expect(again.wanted()).toEqual([])
  })

  test('does not keep us from a new attack: whoever released it may have been the attacker', () => {
    const life = released()
    life.see(blockAt(plan, 6, { drain: 90n, [usdc]: 100_000n }, [{ tx: attackTx(20), touches: [pool] }]))
    expect(life.wanted().map((one) => one.brake)).toEqual(['narrow', 'narrow'])
  })
})

describe("a person's order", () => {
  const order = (what: 'pull' | 'release'): Input => ({
    kind: 'order',
    at: 50_000,
    order: what,
    brake: 'narrow',
    by: 'ann',
    because: 'a drill',
  })

  test('to pull is carried out without an incident, and who gave it is sealed', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    const [effect] = life.feed(order('pull'))
    expect(life.wanted()).toMatchObject([{ brake: 'narrow', incident: undefined, status: 'wanted' }])
    expect(effect).toMatchObject({
      kind: 'record',
      entries: [{ kind: 'order', body: { order: 'pull', brake: 'narrow' }, sealed: { by: 'ann', because: 'a drill' } }],
    })
  })

  test('to release ends our desire, and lasting damage does not bring it back', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    life.feed(order('release'))
    expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
    life.see(blockAt(plan, 6, { lasts: 90n, [usdc]: 400_000n }))
    expect(life.wanted()).toHaveLength(1)
  })
})

test('a desire has an end: after it we want nothing, and people decide about loosening', () => {
  const life = begun(live(plan, stoppedBy('narrow')))
  attackPending(life)
  const [desire] = life.wanted()
  life.see(blockAt(plan, 3))
  // Our clock alone does not end it: it may have jumped.
  life.see(blockAt(plan, 4), (desire?.until ?? 0) + 1)
  expect(life.core.desires()).toMatchObject([{ status: 'wanted' }])
  const effects = life.see(blockAt(plan, 400), (desire?.until ?? 0) + 2)
  expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
  expect(effects).toContainEqual({ kind: 'unwant', desire: desire?.id })
})

describe('after a restart', () => {
  test('the same suspicion is not decided a second time, and the brakes are still wanted', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    const again = live(plan, stoppedBy('narrow'), life.memory())
    for (const block of [first, second, blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }])])
      again.see(block)
    expect(again.decisions()).toEqual([])
    expect(again.signals()).toEqual([])
    expect(again.core.desires()).toEqual(life.core.desires())
    expect(again.incidents().map((one) => [one.id, one.status])).toEqual(life.incidents().map((one) => [one.id, one.status]))
  })

  test('in the middle of a question it is asked again', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.answering(false)
    attackPending(life)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    attackPending(again)
    expect(again.decisions()).toMatchObject([{ verdict: 'pull', brakes: ['narrow'] }])
  })

  test('budgets still count what was pulled before', () => {
    const once = toyPlan({
      ...plan,
      rules: [{ ...sure(plan.rules[0]), act: { kind: 'automatically', atMost: { count: 1, perMs: 86_400_000 }, coolDownMs: 0 } }],
    })
    const life = begun(live(once, stoppedBy('narrow')))
    attackPending(life)
    const again = begun(live(once, stoppedBy('wide'), life.memory()))
    again.see(pendingOn(once, second, attackTx(8), { drain: 90n }))
    expect(again.decisions()).toMatchObject([{ verdict: 'propose', obstacle: 'budget' }])
  })
})

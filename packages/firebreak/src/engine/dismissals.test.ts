// What people dismiss: the incident ends with its wishes, the same suspicion stays away, and a new transaction is a new suspicion.
import { describe, expect, test } from 'vitest'
import { blockAt, holds, live, pendingOn, type Life } from '../../test/support/toy-engine.ts'
import { attack, attackPending, begun, plan, second, stoppedBy, usdc } from '../../test/support/toy-scene.ts'
import { attackTx, pool } from '../../test/support/toy.ts'
import type { Input, Order } from './inputs.ts'

const order = (given: Order, at = 50_000): Input => ({ kind: 'order', at, by: 'ann', because: 'a known migration', ...given })
const idOf = (life: Life): string => life.incidents()[0]?.id ?? ''
const dismiss = (life: Life, incident = idOf(life)) => life.feed(order({ order: 'dismiss', incident }))
const taken = { drain: 90n, [usdc]: 400_000n }
const lasting = { lasts: 90n, [usdc]: 400_000n }
const touched = [{ tx: attack, touches: [pool] }]

describe('a dismissal', () => {
  test('closes the incident, ends its wishes, and is in the record with what was known', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    const effects = dismiss(life)
    expect(life.incidents()).toMatchObject([{ status: 'closed' }])
    expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
    expect(effects).toContainEqual({ kind: 'unwant', desire: life.wanted()[0]?.id })
    expect(effects[0]).toMatchObject({
      entries: [{ kind: 'order', body: { order: 'dismiss', incident: idOf(life), culprits: [attack.hash], watches: ['drain'] } }],
    })
    expect(effects[0]).toMatchObject({ entries: [{ sealed: { by: 'ann', because: 'a known migration' } }] })
  })

  test('keeps the same transaction from opening anything again: waiting, mined, or after a restart', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    dismiss(life)
    attackPending(life)
    life.see(blockAt(plan, 3, taken, touched))
    expect(life.incidents()).toHaveLength(1)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    attackPending(again)
    again.see(blockAt(plan, 3, taken, touched))
    expect(again.incidents()).toMatchObject([{ status: 'closed' }])
    expect(again.wanted()).toEqual([])
    expect(life.entries('note').filter((one) => JSON.stringify(one).includes('dismissed by people'))).toHaveLength(1)
  })

  test('covers the damage that lasts, until it was gone for a block', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, lasting))
    dismiss(life)
    for (const number of [4, 5, 6]) life.see(blockAt(plan, number, lasting))
    expect(life.incidents()).toHaveLength(1)
    life.see(blockAt(plan, 7))
    life.see(blockAt(plan, 8, lasting))
    expect(life.incidents()).toMatchObject([{ status: 'closed' }, { status: 'containing' }])
  })

  test('covers it after a restart, too, although older blocks are seen again', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, lasting))
    dismiss(life)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    for (const number of [3, 4, 5]) again.see(blockAt(plan, number, lasting))
    expect(again.incidents()).toHaveLength(1)
  })

  test('covers what the dismissed transaction leaves behind once it is mined', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life, { lasts: 90n })
    life.feed(order({ order: 'dismiss', incident: idOf(life) }))
    life.see(blockAt(plan, 3, taken, touched))
    life.see(blockAt(plan, 4, { drain: 90n, [usdc]: 400_000n }))
    expect(life.incidents()).toHaveLength(1)
  })

  test('does not cover a new transaction, nor a block in which one was beside it and nobody can tell', () => {
    for (const news of [
      (life: Life) => life.see(pendingOn(plan, second, attackTx(9), { drain: 90n })),
      (life: Life) => life.see(blockAt(plan, 3, taken, [...touched, { tx: attackTx(9), touches: [pool] }])),
    ]) {
      const life = begun(live(plan, stoppedBy('narrow')))
      attackPending(life)
      dismiss(life)
      news(life)
      expect(life.incidents().map((one) => one.status)).toEqual(['closed', 'containing'])
      expect(life.wanted()).toHaveLength(2)
    }
  })

  test('wins against a decision whose answers are still on their way', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.answering(false)
    attackPending(life)
    dismiss(life)
    life.answering(true)
    expect(life.wanted()).toEqual([])
    expect(life.decisions()).toEqual([])
  })

  test('leaves what holds on the chain as it is', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    const [desire] = life.wanted()
    if (!desire) throw new Error('nothing was pulled')
    const third = blockAt(plan, 3, { 'narrow holds': 1n })
    life.see(third)
    life.feed(holds(desire, third.block, 40_000))
    const effects = dismiss(life)
    expect(effects.filter((one) => one.kind === 'want')).toEqual([])
    expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
  })

  test('of what nobody knows does nothing at all', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    expect(dismiss(life, 'inc-none')).toEqual([])
  })
})

test('whoever takes an incident on changes nothing else', () => {
  const life = begun(live(plan, stoppedBy('narrow')))
  attackPending(life)
  const before = [life.incidents(), life.core.desires()]
  expect(life.feed(order({ order: 'ack', incident: idOf(life) }))).toMatchObject([
    { kind: 'record', entries: [{ kind: 'order', body: { order: 'ack', incident: idOf(life) }, sealed: { by: 'ann' } }] },
  ])
  expect([life.incidents(), life.core.desires()]).toEqual(before)
})

test('disarmed, it decides and records as ever; after a restart it is still disarmed, and armed again when people say so', () => {
  const life = begun(live(plan, stoppedBy('narrow')))
  life.feed(order({ order: 'disarm', brake: undefined }))
  expect(life.core.disarmed()).toEqual({ all: true, but: [] })
  attackPending(life)
  expect(life.decisions()).toMatchObject([{ verdict: 'pull', brakes: ['narrow'] }])
  const again = live(plan, stoppedBy('narrow'), life.memory())
  expect(again.core.disarmed()).toEqual({ all: true, but: [] })
  again.feed(order({ order: 'arm', brake: 'narrow' }))
  expect(again.core.disarmed()).toEqual({ all: true, but: ['narrow'] })
})

// Damage that lasts, after its attack was decided about: no second reason to act, whatever happens in between.
import { expect, test } from 'vitest'
import { blockAt, holds, live } from '../../test/support/toy-engine.ts'
import { attack, begun, plan, stoppedBy, usdc } from '../../test/support/toy-scene.ts'
import { pool, sure } from '../../test/support/toy.ts'

const damage = { drain: 90n, lasts: 90n, [usdc]: 400_000n }
const struck = blockAt(plan, 3, damage, [{ tx: attack, touches: [pool] }])
const after = (number: number, more: Readonly<Record<string, bigint>> = {}) =>
  blockAt(plan, number, { lasts: 90n, [usdc]: 400_000n, ...more })

test('an attack that no brake stops is not answered blindly for its damage, after a restart neither', () => {
  const life = begun(live(plan, stoppedBy('none')))
  life.see(struck)
  expect(life.decisions()).toMatchObject([{ verdict: 'hold', obstacle: 'noBrake', proof: 'proven' }])
  life.see(after(4))
  expect(life.decisions()).toHaveLength(1)
  const again = live(plan, stoppedBy('none'), life.memory())
  for (const block of [struck, after(4), after(5)]) again.see(block)
  expect(again.decisions()).toEqual([])
  expect(again.wanted()).toEqual([])
})

test('when our wish for the brake is over and the damage is still there, the next brake is not pulled for it', () => {
  const life = begun(live(plan, stoppedBy('narrow')))
  life.see(struck)
  const desire = sure(life.wanted()[0])
  const fourth = after(4, { 'narrow holds': 1n })
  life.see(fourth)
  life.feed(holds(desire, fourth.block, 60_000))
  // Its four hours are over, by the chain's clock too.
  for (const number of [500, 501, 502]) life.see(after(number, { 'narrow holds': 1n }))
  expect(life.core.desires()).toMatchObject([{ brake: 'narrow', status: 'ended' }])
  expect(life.wanted().map((one) => one.brake)).toEqual(['narrow'])
})

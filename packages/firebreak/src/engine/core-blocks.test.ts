// What the core makes of blocks: several suspects in one of them, and those from before the first start.
import { expect, test } from 'vitest'
import { someone } from '../../test/support/moments.ts'
import { blockAt, live } from '../../test/support/toy-engine.ts'
import { attack, begun, plan, stoppedBy } from '../../test/support/toy-scene.ts'
import { attackTx, pool, type World } from '../../test/support/toy.ts'

/** A withdrawal that no brake stops: tried first, it would prove that nothing helps. */
const honest = attackTx(5, { from: someone(905), data: '0xabcdef01' })

const withHonestUsers: World = (form, pulled, trial) => {
  const isHonest = trial.steps[0]?.some((call) => call.data === honest.data) === true
  return isHonest ? [[50_000n, 0n, 0n]] : stoppedBy('narrow')(form, pulled, trial)
}

test('of several suspects in a block the one that takes the most is the attack, wherever it stands', () => {
  const life = begun(live(plan, withHonestUsers))
  const touched = [honest, attack].map((tx) => ({ tx, touches: [pool] }))
  life.see(blockAt(plan, 3, { drain: 90n }, touched))
  expect(life.decisions()).toMatchObject([{ verdict: 'pull', proof: 'proven', brakes: ['narrow'] }])
})

test('what happened before the very first start is learned from, and not acted upon', () => {
  const life = live(plan, stoppedBy('narrow'))
  life.see({ ...blockAt(plan, 1), past: true })
  life.see({ ...blockAt(plan, 2, { drain: 90n }, [{ tx: attack, touches: [pool] }]), past: true })
  expect([life.signals(), life.decisions(), life.wanted()]).toEqual([[], [], []])
  const { block } = blockAt(plan, 2)
  expect(life.core.watching(block.chain).at(block.hash)?.states).not.toEqual(plan.watches.map((watch) => watch.detector.start))
})

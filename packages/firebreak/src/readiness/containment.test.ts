import { expect, test } from 'vitest'
import { containmentOf } from './containment.ts'

test('a waiting attack is met in the next block, an unseen one a block later', () => {
  const { waiting, unseen } = containmentOf({ pending: true, bodies: true, simulates: true }, 12)
  expect([waiting?.blocks, waiting?.seconds, unseen.blocks, unseen.seconds]).toEqual([1, 12, 2, 24])
})

test.each([
  { pending: false, bodies: false, simulates: true },
  { pending: true, bodies: true, simulates: false },
])('without sight of the mempool there is no waiting attack: %o', (sight) => {
  const { waiting, unseen } = containmentOf(sight, 2)
  expect(waiting).toBeUndefined()
  expect(unseen).toMatchObject({ blocks: 2, seconds: 4 })
  expect(unseen.steps[0]?.why).toMatch(/not judged here/)
})

test('hashes without bodies cost a request, not a block', () => {
  const { waiting } = containmentOf({ pending: true, bodies: false, simulates: true }, 12)
  expect(waiting?.blocks).toBe(1)
  expect(waiting?.steps[0]?.why).toMatch(/one request later/)
})

test('a signer elsewhere takes its time, a relay its blocks; both are said', () => {
  const means = { signer: { authority: 'sentinel', ms: 1_500 }, relay: { publicAfter: 3 } }
  const { waiting, unseen } = containmentOf({ pending: true, bodies: true, simulates: true }, 12, means)
  expect([waiting?.blocks, waiting?.seconds, unseen.blocks, unseen.seconds]).toEqual([1, 13.5, 2, 25.5])
  expect(waiting?.steps[1]?.why).toMatch(/1500 ms more, and counted here, where the signer of sentinel has to be asked/)
  expect(unseen.steps.at(-1)?.why).toMatch(/in public after 3 blocks/)
})

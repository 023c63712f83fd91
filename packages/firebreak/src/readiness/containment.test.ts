import { expect, test } from 'vitest'
import { containmentOf, quickestLeave } from './containment.ts'
import type { RouteReport } from './report.ts'

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

const route = (ms: number | undefined, kind: 'works' | 'fails' = 'works'): RouteReport => ({
  authority: 'a',
  verdict: kind === 'works' ? { kind } : { kind, failure: 'reverts', why: 'no' },
  gasUsed: [],
  gasLimits: [],
  undo: undefined,
  ...(ms === undefined ? {} : { takes: { ms, why: `${ms} ms` } }),
})

test('where no brake is by a key, signers’ time and delays are part of every estimate', () => {
  const leave = quickestLeave([{ routes: [route(60_000), route(undefined)] }, { routes: [route(3_600_000)] }])
  expect(leave).toEqual({ ms: 60_000, why: '60000 ms' })
  const { waiting, unseen } = containmentOf({ pending: true, bodies: true, simulates: true }, 12, { leave })
  expect([waiting?.blocks, waiting?.seconds, unseen.blocks, unseen.seconds]).toEqual([6, 72, 7, 84])
  expect(waiting?.steps.map((step) => step.why).join()).not.toMatch(/needs nobody|ahead of the attack|signed ahead/)
})

test('one brake by a key that works is enough to be quick', () => {
  expect(quickestLeave([{ routes: [route(60_000)] }, { routes: [route(undefined)] }])).toBeUndefined()
  expect(quickestLeave([{ routes: [route(60_000)] }, { routes: [route(undefined, 'fails')] }])).toMatchObject({ ms: 60_000 })
  expect(quickestLeave([])).toBeUndefined()
})

import { expect, test } from 'vitest'
import { fakeClock } from '../../test/support/clock.ts'
import { startHeartbeat, type HeartbeatOptions } from './heartbeat.ts'
import type { Answered, Sending } from './post.ts'

function heart(more: Partial<HeartbeatOptions> = {}, answer: () => Answered | Promise<Answered> = () => ({ ok: true, answer: undefined })) {
  const clock = fakeClock()
  const beats: Sending[] = []
  const troubles: string[] = []
  const one = startHeartbeat({
    url: 'http://127.0.0.1/beat?key=k',
    secret: undefined,
    method: 'POST',
    everyMs: 30_000,
    silentMs: 120_000,
    chains: ['main', 'side'],
    plan: { name: 'p', hash: '0x1' },
    clock,
    post: async (sending) => {
      beats.push(sending)
      return answer()
    },
    facts: () => ({ armed: true }),
    trouble: (what) => void troubles.push(what),
    ...more,
  })
  return { clock, one, beats, troubles }
}

test('beats only while blocks of every chain are judged', async () => {
  const { clock, one, beats } = heart()
  await clock.pass(300_000)
  expect(beats).toEqual([])
  one.judged('main', 1n)
  await clock.pass(30_000)
  expect(beats).toEqual([])
  one.judged('side', 7n)
  await clock.pass(1)
  expect(beats).toHaveLength(1)
  expect(JSON.parse(beats[0]?.body ?? '')).toMatchObject({
    kind: 'heartbeat',
    armed: true,
    chains: [
      { chain: 'main', block: '1', judged: 1 },
      { chain: 'side', block: '7', judged: 1 },
    ],
  })
  // One of them falls silent: the loop lives and ticks, and is blind on one eye.
  for (let n = 2n; n < 20n; n++) {
    one.judged('main', n)
    await clock.pass(12_000)
  }
  const before = beats.length
  expect(before).toBeLessThan(6)
  await clock.pass(300_000)
  expect(beats).toHaveLength(before)
  one.stop()
})

test('a GET says it in its address', async () => {
  const { clock, one, beats } = heart({ method: 'GET', chains: ['main'] })
  one.judged('main', 12n)
  await clock.pass(1)
  expect(beats[0]).toMatchObject({ url: 'http://127.0.0.1/beat?key=k&block_main=12&judged_main=1', body: '' })
})

test('a receiver that hangs is asked once, and one that is away is said once', async () => {
  const hanging = heart({ chains: ['main'] }, () => new Promise<Answered>(() => {}))
  const away = heart({ chains: ['main'] }, () => ({ ok: false, why: 'ECONNREFUSED' }))
  for (const { clock, one } of [hanging, away])
    for (let n = 0n; n < 20n; n++) {
      one.judged('main', n)
      await clock.pass(12_000)
    }
  expect(hanging.beats).toHaveLength(1)
  expect(away.beats.length).toBeGreaterThan(5)
  expect(away.troubles).toEqual(['the heartbeat is not heard (ECONNREFUSED); it goes on'])
})

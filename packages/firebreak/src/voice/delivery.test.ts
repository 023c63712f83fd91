import { expect, test } from 'vitest'
import { fakeClock } from '../../test/support/clock.ts'
import { delivery, type DeliveryOptions } from './delivery.ts'
import type { Message } from './message.ts'
import type { Answered, Sending } from './post.ts'

const message = (n: number, level: Message['level'] = 'incident'): Message => ({
  id: `m${n}`,
  kind: 'opened',
  level,
  at: n,
  said: `message ${n}`,
  topic: `inc-${n}`,
  wants: true,
  incident: `inc-${n}`,
  command: undefined,
  fields: {},
})

function line(answers: (n: number, sending: Sending) => Answered | Promise<Answered>, more: Partial<DeliveryOptions> = {}) {
  const clock = fakeClock()
  const sent: string[] = []
  const taken: string[] = []
  const troubles: string[] = []
  const answered: string[] = []
  const one = delivery({
    name: 'onCall',
    url: 'http://127.0.0.1/hook',
    secret: 'a secret of the test',
    clock,
    post: async (sending) => {
      sent.push(sending.body)
      const answer = await answers(sent.length, sending)
      if (answer.ok) taken.push(sending.body)
      return answer
    },
    bodyOf: (said) => said.id,
    done: [],
    dropped: 0,
    onDone: () => {},
    onAnswer: (said, by) => void answered.push(`${said.id} ${by}`),
    trouble: (what) => void troubles.push(what),
    ...more,
  })
  return { clock, one, sent, taken, troubles, answered }
}

const yes: Answered = { ok: true, answer: undefined }
const no: Answered = { ok: false, why: 'HTTP status 500' }

test('one after the other, in order, again until it is taken, with pauses that grow', async () => {
  const { clock, one, sent, taken, troubles } = line((n) => (n <= 3 ? no : yes))
  for (const n of [1, 2, 3]) one.tell(message(n))
  await clock.pass(100)
  expect(sent).toEqual(['m1'])
  await clock.pass(1_000)
  expect(sent).toEqual(['m1', 'm1'])
  await clock.pass(1_000)
  expect(sent).toHaveLength(2)
  await clock.pass(60_000)
  expect(taken).toEqual(['m1', 'm2', 'm3'])
  expect(one.idle()).toBe(true)
  expect(troubles).toEqual([expect.stringContaining('onCall was not told (HTTP status 500)'), 'onCall is told again'])
})

test('what was delivered in an earlier life, or waits already, is not said again', async () => {
  const { clock, one, taken } = line(() => yes, { done: ['m1'] })
  for (const n of [1, 2, 2]) one.tell(message(n))
  await clock.pass(10)
  expect(taken).toEqual(['m2'])
})

test('an answer that somebody has it is heard, and anything else is not', async () => {
  const answers: readonly unknown[] = [{ ack: true, by: 'ann\n' }, { ack: true }, { ack: 'yes' }, 'ok', { ack: true, by: 7 }]
  const { clock, one, answered } = line((n) => ({ ok: true, answer: answers[n - 1] }))
  for (let n = 1; n <= answers.length; n++) one.tell(message(n))
  await clock.pass(10)
  expect(answered).toEqual(['m1 ann ', 'm2 onCall'])
})

test('more than a thousand wait for nobody: what matters least is dropped, and the receiver is told how many', async () => {
  let away = true
  const { clock, one, taken } = line(() => (away ? no : yes))
  one.tell(message(0, 'proposal'))
  for (let n = 1; n <= 1_500; n++) one.tell(message(n, n % 2 === 0 ? 'finding' : 'incident'))
  await clock.pass(10)
  expect(one.dropped()).toBe(501)
  away = false
  await clock.pass(120_000)
  expect(taken[0]).toBe('m0-dropped-501')
  expect(taken[1]).toBe('m0')
  expect(taken).toHaveLength(1_001)
  expect(taken).toContain('m1499')
  expect(taken).not.toContain('m2')
  expect(one.dropped()).toBe(0)
})

test('a receiver that hangs holds up nothing but itself', async () => {
  const { one, sent } = line(() => new Promise<Answered>(() => {}))
  for (let n = 1; n <= 5; n++) one.tell(message(n))
  expect(sent).toEqual(['m1'])
  expect(one.idle()).toBe(false)
})

test('at the end what waits is tried once more, without a pause', async () => {
  let away = true
  const { clock, one, taken } = line(() => (away ? no : yes))
  one.tell(message(1))
  one.tell(message(2))
  await clock.pass(100)
  away = false
  await one.stop()
  expect(taken).toEqual(['m1', 'm2'])
})

// One request to a real server on loopback, on its bad days.
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startReceiver, type ReceiverServer } from '../../test/support/receiver.ts'
import { post, postWithin } from './post.ts'
import { signatureOf } from './sign.ts'

let receiver: ReceiverServer
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const sending = (more: object = {}) => ({
  url: `${receiver.url}/hook/very-secret-path`,
  secret: 'sixteen characters',
  method: 'POST' as const,
  body: '{"said":"hello"}',
  at: 1_700_000_000_000,
  ...more,
})

test('signs its body, and reads a short answer', async () => {
  receiver.answers(() => ({ body: '{"ack":true,"by":"ann"}' }))
  expect(await post(sending())).toEqual({ ok: true, answer: { ack: true, by: 'ann' } })
  const [one] = receiver.received()
  expect(one).toMatchObject({ method: 'POST', path: '/hook/very-secret-path', body: '{"said":"hello"}' })
  expect(one?.headers['firebreak-signature']).toBe(signatureOf('sixteen characters', '{"said":"hello"}', 1_700_000_000_000))
})

test('refusals, redirects, silence and floods end, and none of them names the address', async () => {
  const elsewhere = await startReceiver()
  try {
    const cases = [
      ['HTTP status 500', () => ({ status: 500, body: 'oops' })],
      ['HTTP status 302', () => ({ status: 302, headers: { location: elsewhere.url } })],
      ['no answer within 0.3 s', () => 'hang' as const],
    ] as const
    for (const [why, answer] of cases) {
      receiver.answers(answer)
      expect(await postWithin(300)(sending())).toEqual({ ok: false, why })
    }
    receiver.answers(() => 'flood')
    expect(await post(sending())).toEqual({ ok: true, answer: undefined })
    expect(elsewhere.received()).toEqual([])
  } finally {
    await elsewhere.close()
  }
  const port = await freePort()
  expect(await post(sending({ url: `http://127.0.0.1:${port}/very-secret-path` }))).toEqual({ ok: false, why: 'ECONNREFUSED' })
  expect(await post(sending({ url: 'http://very-secret-host.invalid/' }))).toMatchObject({
    ok: false,
    why: expect.stringMatching(/^E[A-Z_]+$/),
  })
  expect(await post(sending({ url: 'no address' }))).toEqual({ ok: false, why: 'ERR_INVALID_URL' })
})

test('a login in the address becomes a header', async () => {
  expect(await post(sending({ url: receiver.url.replace('//', '//ann:p%40ss@') }))).toMatchObject({ ok: true })
  expect(receiver.received()[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address ? address.port : 1
}

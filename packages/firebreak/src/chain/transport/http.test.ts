import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { startAnvil } from '../../local-chain/anvil.ts'
import { http } from './http.ts'
import type { HttpOptions } from './http.ts'
import type { Rpc } from './rpc.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, RpcError } from './rpc.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function client(url: string, options: HttpOptions = {}): Rpc {
  const rpc = http(url, 'local', options)
  cleanups.push(rpc.close)
  return rpc
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const key = 'k3y-0123456789abcdef'

/** A gateway that answers each request as the test says; gives its URL, with a key in it. */
async function gateway(answer: (body: string, response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => answer(body, response, request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v2/${key}?token=${key}`
}

test('asks a real node, in batches too', async () => {
  const anvil = await startAnvil({ ipc: false })
  cleanups.push(anvil.stop)
  const rpc = client(anvil.httpUrl)
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  expect(rpc.subscribe).toBeUndefined()
  expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
  const outcomes = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'no_such_method', params: [] },
  ])
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false])
  anvil.kill('SIGKILL')
  await anvil.exited
  expect(await failure(rpc.request('eth_chainId', []))).toBeInstanceOf(NodeUnreachable)
  expect(states).toEqual(['up', 'down'])
})

describe('a gateway that misbehaves', () => {
  const refusal = { jsonrpc: '2.0', id: null, error: { code: -32005, message: `limit for ${key} at http://x/${key}` } }

  test.each([
    ['HTTP 200 with an error', 200, JSON.stringify({ ...refusal, id: 1 }), RpcError],
    ['HTTP 200 with an error without an id', 200, JSON.stringify(refusal), RpcError],
    ['HTTP 200 with HTML', 200, '<html>', MalformedAnswer],
    ['HTTP 200 with nothing', 200, '', MalformedAnswer],
    ['another id', 200, '{"id":99,"result":1}', MalformedAnswer],
    ['no id', 200, '{"result":1}', MalformedAnswer],
    ['neither result nor error', 200, '{"id":1}', MalformedAnswer],
    ['HTTP 429', 429, JSON.stringify({ ...refusal, id: 1 }), MalformedAnswer],
    ['HTTP 502', 502, 'bad gateway', MalformedAnswer],
    ['a redirect', 301, '', MalformedAnswer],
  ])('%s', async (_, status, body, expected) => {
    const url = await gateway((_body, response) => response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body))
    const error = await failure(client(url).request('eth_chainId', []))
    expect(error).toBeInstanceOf(expected)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key)
    const outcomes = await client(url).batch([
      { method: 'x', params: [] },
      { method: 'y', params: [] },
    ])
    expect(outcomes.every((outcome) => !outcome.ok)).toBe(true)
    expect(inspect(outcomes, { depth: 9, showHidden: true })).not.toContain(key)
  })

  test('items that a batch leaves out fail alone, and the order of answers does not matter', async () => {
    const url = await gateway((_body, response) => response.end('[{"id":3,"result":"c"},{"id":1,"result":"a"}]'))
    const outcomes = await client(url).batch(['x', 'y', 'z'].map((method) => ({ method, params: [] })))
    expect(outcomes[0]).toEqual({ ok: true, result: 'a' })
    expect(outcomes[1]).toMatchObject({ ok: false, error: expect.any(MalformedAnswer) })
    expect(outcomes[2]).toEqual({ ok: true, result: 'c' })
  })

  test('does not wait for ever, neither for the head nor for the rest of the body', async () => {
    const silent = await gateway(() => undefined)
    expect(await failure(client(silent).request('x', [], { timeoutMs: 50 }))).toBeInstanceOf(NodeTimeout)
    const dripping = await gateway((_body, response) => void response.writeHead(200).write('{'))
    expect(await failure(client(dripping).request('x', [], { timeoutMs: 50 }))).toBeInstanceOf(NodeTimeout)
  })

  test('refuses an answer that is too large', async () => {
    const url = await gateway((_body, response) => response.end(`{"id":1,"result":"${'a'.repeat(5_000)}"}`))
    expect(await failure(client(url, { maxBytes: 1_000 }).request('x', []))).toBeInstanceOf(MalformedAnswer)
  })

  test('ends what is under way when it is closed', async () => {
    const rpc = client(await gateway(() => undefined))
    const pending = failure(rpc.request('x', []))
    await rpc.close()
    expect(await pending).toBeInstanceOf(NodeUnreachable)
    expect(await failure(rpc.request('x', []))).toBeInstanceOf(NodeUnreachable)
  })
})

test('user name and password go into a header, and no error shows them', async () => {
  let header: string | undefined
  const url = await gateway((_body, response, request) => {
    header = request.headers.authorization
    response.writeHead(500).end()
  })
  const error = await failure(client(url.replace('http://', 'http://operator:p%40ssphrase@')).request('x', []))
  expect(header).toBe(`Basic ${Buffer.from('operator:p@ssphrase').toString('base64')}`)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/p(@|%40)ssphrase|operator|k3y/)
})

test('an address that leads nowhere is not shown', async () => {
  for (const url of [`http://127.0.0.1:1/${key}`, `http://${key}.invalid/`]) {
    const error = await failure(client(url).request('x', []))
    expect(error).toBeInstanceOf(NodeUnreachable)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key)
  }
})

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Anvil, AnvilOptions } from '../../local-chain/anvil.ts'
import { startAnvil } from '../../local-chain/anvil.ts'
import { ipc } from './ipc.ts'
import type { Rpc } from './rpc.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, RpcError } from './rpc.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function chain(options: AnvilOptions = {}): Promise<Anvil> {
  const anvil = await startAnvil(options)
  cleanups.push(anvil.stop)
  return anvil
}

function client(path: string): Rpc {
  const rpc = ipc(path, 'local')
  cleanups.push(rpc.close)
  return rpc
}

/** A node that answers each line with whatever the test says. */
async function scripted(answer: (line: { id: number; method: string }, socket: Socket) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'))
  const path = join(folder, 'secret-node.ipc')
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      for (const line of data.toString().trim().split('\n')) answer(JSON.parse(line), socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })
  return path
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('ipc with a real node', () => {
  test('asks, asks in batches whose items settle alone, and is told of refusals', async () => {
    const rpc = client((await chain()).ipcPath)
    expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
    const outcomes = await rpc.batch([
      { method: 'eth_blockNumber', params: [] },
      { method: 'no_such_method', params: [] },
      { method: 'eth_chainId', params: [] },
    ])
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true])
    expect(await rpc.batch([])).toEqual([])
    const error = await failure(rpc.request('no_such_method', []))
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ code: -32602, method: 'no_such_method' })
  })

  test('survives revert reasons made of braces, quotes and newlines', async () => {
    const rpc = client((await chain()).ipcPath)
    for (const reason of ['oops {', '}}}', '"}\n{', '\\', '\n\n[', '\u001b[2J']) {
      const text = Buffer.from(reason)
      // Reverts with Error(string): selector, offset, length, text.
      const payload = Buffer.concat([
        Buffer.from('08c379a0', 'hex'),
        word(32),
        word(text.length),
        text,
        Buffer.alloc(32 - (text.length % 32)),
      ])
      const size = payload.length.toString(16).padStart(2, '0')
      const code = `0x60${size}600c60003960${size}6000fd${payload.toString('hex')}`
      const error = await failure(rpc.request('eth_call', [{ data: code }, 'latest']))
      expect(error).toBeInstanceOf(RpcError)
      expect(error).toMatchObject({ data: `0x${payload.toString('hex')}` })
      expect(String(error)).not.toMatch(/\p{Cc}/u)
      expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
    }
  })

  test('reads an answer of megabytes', async () => {
    const rpc = client((await chain()).ipcPath)
    const code = `0x${'7b'.repeat(2_000_000)}`
    await rpc.request('anvil_setCode', ['0x00000000000000000000000000000000000000aa', code])
    expect(await rpc.request('eth_getCode', ['0x00000000000000000000000000000000000000aa', 'latest'])).toBe(code)
  })

  test('comes back after the node was killed and started again, with its subscriptions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'node.ipc')
    const first = await chain({ ipcPath: path })
    const rpc = client(path)
    const states: string[] = []
    rpc.onState((state) => states.push(state))
    const heads: unknown[] = []
    const unsubscribe = await rpc.subscribe?.(['newHeads'], (head) => heads.push(head))
    await rpc.request('evm_mine', [])
    await vi.waitFor(() => expect(heads).toHaveLength(1))

    first.kill('SIGKILL')
    await vi.waitFor(() => expect(states).toEqual(['up', 'down']))
    expect(await failure(rpc.request('eth_chainId', []))).toBeInstanceOf(NodeUnreachable)

    await first.exited
    await chain({ ipcPath: path })
    await vi.waitFor(() => expect(states).toEqual(['up', 'down', 'up']), { timeout: 10_000 })
    await rpc.request('evm_mine', [])
    await vi.waitFor(() => expect(heads).toHaveLength(2))

    await unsubscribe?.()
    await rpc.request('evm_mine', [])
    await rpc.request('eth_chainId', [])
    expect(heads).toHaveLength(2)
  })

  test('fails what is in flight when the node dies, and gives up on a node that hangs', async () => {
    const anvil = await chain()
    const rpc = client(anvil.ipcPath)
    await rpc.request('eth_chainId', [])
    anvil.kill('SIGSTOP')
    // The signal takes effect a moment later.
    await vi.waitFor(async () => expect(await failure(rpc.request('eth_chainId', [], { timeoutMs: 50 }))).toBeInstanceOf(NodeTimeout))
    const batch = await rpc.batch(
      [
        { method: 'eth_chainId', params: [] },
        { method: 'eth_chainId', params: [] },
      ],
      { timeoutMs: 50 },
    )
    expect(batch.map((outcome) => !outcome.ok && outcome.error instanceof NodeTimeout)).toEqual([true, true])
    const inFlight = failure(rpc.request('eth_chainId', []))
    anvil.kill('SIGKILL')
    expect(await inFlight).toBeInstanceOf(NodeUnreachable)
  })
})

describe('ipc with a node that misbehaves', () => {
  test('takes answers without a newline, in any order, and ignores late ones', async () => {
    const held: string[] = []
    const path = await scripted(({ id }, socket) => {
      held.unshift(`{"jsonrpc":"2.0","id":${id},"result":"{${id}"}`)
      if (held.length === 3) socket.write(held.join(''))
    })
    const rpc = client(path)
    const results = await Promise.all([1, 2, 3].map(() => rpc.request('x', [])))
    expect(results).toEqual(['{1', '{2', '{3'])
  })

  test.each([
    ['neither result nor error', (id: number) => `{"jsonrpc":"2.0","id":${id}}`],
    ['no id', () => '{"jsonrpc":"2.0","result":1}'],
    ['an error that is no object', (id: number) => `{"jsonrpc":"2.0","id":${id},"error":7}`],
  ])('calls %s malformed and keeps the connection', async (_, text) => {
    let first = true
    const path = await scripted(({ id }, socket) => {
      socket.write(`${first ? text(id) : `{"jsonrpc":"2.0","id":${id},"result":true}`}\n`)
      first = false
    })
    const rpc = client(path)
    expect(await failure(rpc.request('x', []))).toBeInstanceOf(MalformedAnswer)
    expect(await rpc.request('x', [])).toBe(true)
  })

  test.each(['<html>\n', '7\n', '{"id":1}}\n'])('starts a new connection after %j', async (text) => {
    let first = true
    const path = await scripted(({ id }, socket) => {
      socket.write(first ? text : `{"jsonrpc":"2.0","id":${id},"result":true}\n`)
      first = false
    })
    const rpc = client(path)
    const states: string[] = []
    rpc.onState((state) => states.push(state))
    expect(await failure(rpc.request('x', []))).toBeInstanceOf(Error)
    await vi.waitFor(() => expect(states).toEqual(['up', 'down', 'up']))
    expect(await rpc.request('x', [])).toBe(true)
  })

  test('starts a new connection when an answer begins and never ends', async () => {
    let first = true
    const path = await scripted(({ id }, socket) => {
      socket.write(first ? `{"jsonrpc":"2.0","id":${id},"result":"` : `{"jsonrpc":"2.0","id":${id},"result":true}\n`)
      first = false
    })
    const rpc = client(path)
    expect(await failure(rpc.request('x', [], { timeoutMs: 50 }))).toBeInstanceOf(NodeTimeout)
    await vi.waitFor(async () => expect(await rpc.request('x', [])).toBe(true))
  })

  test('gives the single error with which a node refuses a whole batch to each of its items', async () => {
    const path = await scripted((batch, socket) => {
      const [first] = Array.isArray(batch) ? batch : [batch]
      socket.write(`[{"jsonrpc":"2.0","id":${first.id},"error":{"code":-32600,"message":"batch too large"}}]\n`)
    })
    const outcomes = await client(path).batch([
      { method: 'x', params: [] },
      { method: 'y', params: [] },
    ])
    expect(outcomes.map((outcome) => !outcome.ok && outcome.error instanceof RpcError)).toEqual([true, true])
  })

  test('misses no notification that overtakes the answer to its subscription', async () => {
    const path = await scripted(({ id, method }, socket) => {
      if (method !== 'eth_subscribe') return
      const notify = (result: number): string =>
        `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":${result}}}\n`
      socket.write(`${notify(1)}{"jsonrpc":"2.0","id":${id},"result":"0x1"}\n${notify(2)}`)
    })
    const got: unknown[] = []
    await client(path).subscribe?.(['newHeads'], (result) => got.push(result))
    expect(got).toEqual([1, 2])
  })

  test('announces no connection whose subscriptions could not be taken up again', async () => {
    let refuse = false
    const path = await scripted(({ id, method }, socket) => {
      if (method === 'cut') socket.destroy()
      else
        socket.write(
          refuse ? `{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":"no"}}\n` : `{"jsonrpc":"2.0","id":${id},"result":"0x1"}\n`,
        )
    })
    const rpc = client(path)
    const states: string[] = []
    rpc.onState((state) => states.push(state))
    await rpc.subscribe?.(['newHeads'], () => undefined)
    refuse = true
    expect(await failure(rpc.request('cut', []))).toBeInstanceOf(NodeUnreachable)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(states).toEqual(['up', 'down'])
    refuse = false
    await vi.waitFor(() => expect(states).toEqual(['up', 'down', 'up']))
  })
})

describe('secrets', () => {
  test.each(['/tmp/secret-folder/node.ipc', `/tmp/${'secret'.repeat(40)}`])('no error says where %s is', async (path) => {
    const rpc = client(path)
    const error = await failure(rpc.request('eth_chainId', []))
    expect(error).toBeInstanceOf(NodeUnreachable)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
    expect(inspect(rpc, { depth: 9 })).not.toContain('secret')
  })
})

function word(value: number): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
}

import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import type { Anvil } from '../../local-chain/anvil.ts'
import { startAnvil } from '../../local-chain/anvil.ts'
import type { Rpc } from './rpc.ts'
import { NodeUnreachable, RpcError } from './rpc.ts'
import { websocket } from './websocket.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function chain(port?: number): Promise<Anvil> {
  const anvil = await startAnvil({ ipc: false, ...(port === undefined ? {} : { port }) })
  cleanups.push(anvil.stop)
  return anvil
}

function client(url: string, heartbeatMs?: number): Rpc {
  const rpc = websocket(url, 'local', heartbeatMs === undefined ? {} : { heartbeatMs })
  cleanups.push(rpc.close)
  return rpc
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

test('asks before it is open, in batches, and is told of refusals', async () => {
  const rpc = client((await chain()).wsUrl)
  expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
  const outcomes = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'no_such_method', params: [] },
  ])
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false])
  expect(await failure(rpc.request('no_such_method', []))).toBeInstanceOf(RpcError)
})

test('comes back after the node was killed and started again, with its subscriptions', async () => {
  const first = await chain()
  const port = Number(new URL(first.httpUrl).port)
  const rpc = client(first.wsUrl)
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  const heads: unknown[] = []
  await rpc.subscribe?.(['newHeads'], (head) => heads.push(head))
  first.kill('SIGKILL')
  await vi.waitFor(() => expect(states).toEqual(['up', 'down']), { timeout: 5_000 })
  expect(await failure(rpc.request('eth_chainId', []))).toBeInstanceOf(NodeUnreachable)
  await first.exited
  await chain(port)
  await vi.waitFor(() => expect(states).toEqual(['up', 'down', 'up']), { timeout: 10_000 })
  await rpc.request('evm_mine', [])
  await vi.waitFor(() => expect(heads).toHaveLength(1))
})

test('notices a connection that is dead but stays silent', async () => {
  const anvil = await chain()
  const upstream = Number(new URL(anvil.httpUrl).port)
  let frozen = false
  const sockets = new Set<Socket>()
  const { connect } = await import('node:net')
  // Passes everything on until it freezes: then the connection stays open and nothing comes any more.
  const relay = createServer((socket) => {
    const node = connect(upstream, '127.0.0.1')
    sockets.add(socket).add(node)
    for (const [from, to] of [
      [socket, node],
      [node, socket],
    ] as const) {
      from.on('data', (data) => void (frozen || to.write(data)))
      from.on('error', () => undefined)
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => relay.close(resolve))
  })
  const address = relay.address()
  const rpc = client(`ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, 50)
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  await rpc.subscribe?.(['newHeads'], () => undefined)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(states).toEqual(['up'])
  frozen = true
  await vi.waitFor(() => expect(states).toEqual(['up', 'down']), { timeout: 5_000 })
  frozen = false
  await vi.waitFor(() => expect(states.at(-1)).toBe('up'), { timeout: 15_000 })
})

test('no error shows the address', async () => {
  for (const url of ['ws://127.0.0.1:1/k3y-0123456789', 'wss://k3y-0123456789.invalid/']) {
    const rpc = client(url)
    const error = await failure(rpc.request('eth_chainId', []))
    expect(error).toBeInstanceOf(NodeUnreachable)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('k3y')
  }
})

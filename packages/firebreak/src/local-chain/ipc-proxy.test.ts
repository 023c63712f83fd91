import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { privateKeyToAccount } from 'viem/accounts'
import { keccak256 } from 'viem'
import type { Hex } from '../model/hex.ts'
import { connect } from '../chain/transport/connect.ts'
import type { Rpc } from '../chain/transport/rpc.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, RpcError } from '../chain/transport/rpc.ts'
import type { Anvil } from './anvil.ts'
import { startAnvil } from './anvil.ts'
import type { Proxy } from './ipc-proxy.ts'
import { startProxy } from './ipc-proxy.ts'
import type { Rule } from './rules.ts'
import { answerWith, delay, onRequest, silentSubscriptions } from './rules.ts'

/** anvil's first account. */
const alice = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const nobody = '0x00000000000000000000000000000000000000aa'

let anvil: Anvil
let direct: Rpc
const cleanups: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  anvil = await startAnvil({ noMining: true })
  direct = connect(anvil.ipcPath, 'node')
  cleanups.push(anvil.stop, direct.close)
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function behind(...rules: readonly Rule[]): Promise<{ proxy: Proxy; rpc: Rpc }> {
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules })
  const rpc = connect(proxy.ipcPath, 'proxied')
  cleanups.push(proxy.close, rpc.close)
  return { proxy, rpc }
}

const sign = (nonce: number): Promise<Hex> =>
  alice.signTransaction({
    chainId: 31337,
    type: 'eip1559',
    to: nobody,
    value: 1n,
    gas: 21_000n,
    nonce,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
  })

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

test('passes everything on unchanged, and counts each item of a batch', async () => {
  const { proxy, rpc } = await behind()
  expect(await rpc.request('eth_getBlockByNumber', ['latest', true])).toEqual(
    await direct.request('eth_getBlockByNumber', ['latest', true]),
  )
  const outcomes = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'no_such_method', params: [] },
  ])
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false])
  expect(proxy.count()).toBe(3)
  const heads: unknown[] = []
  await rpc.subscribe?.(['newHeads'], (head) => heads.push(head))
  await direct.request('evm_mine', [])
  await vi.waitFor(() => expect(heads).toHaveLength(1))
})

test('a private transaction is seen by nobody until it is mined; a public one by everybody', async () => {
  const { proxy, rpc } = await behind()
  const hashes: unknown[] = []
  const bodies: unknown[] = []
  await rpc.subscribe?.(['newPendingTransactions'], (hash) => hashes.push(hash))
  await rpc.subscribe?.(['newPendingTransactions', true], (body) => bodies.push(body))
  const [secret, open] = [await sign(0), await sign(1)]
  proxy.hide(keccak256(secret))
  await direct.request('eth_sendRawTransaction', [secret])
  await direct.request('eth_sendRawTransaction', [open])
  await vi.waitFor(() => expect([hashes.length, bodies.length]).toEqual([1, 1]))
  expect(hashes).toEqual([keccak256(open)])
  expect(bodies).toMatchObject([{ hash: keccak256(open) }])

  expect(await rpc.request('eth_getTransactionByHash', [keccak256(secret)])).toBe(null)
  expect(await rpc.request('eth_getTransactionByHash', [keccak256(open)])).not.toBe(null)
  const content = JSON.stringify([await rpc.request('txpool_content', []), await rpc.request('eth_getBlockByNumber', ['pending', true])])
  expect(content).toContain(keccak256(open))
  expect(content).not.toContain(keccak256(secret))
  expect(JSON.stringify(await direct.request('txpool_content', []))).toContain(keccak256(secret))

  await direct.request('evm_mine', [])
  expect(await rpc.request('eth_getTransactionByHash', [keccak256(secret)])).toMatchObject({ blockNumber: '0x1' })
  expect(await rpc.request('eth_getBlockByNumber', ['latest', false])).toMatchObject({ transactions: [keccak256(secret), keccak256(open)] })
  expect(hashes).toHaveLength(1)
})

describe('rules', () => {
  test('see the n-th request before the node does', async () => {
    const seen: unknown[] = []
    const { rpc } = await behind(onRequest((n, method) => seen.push([n, method])))
    await rpc.request('eth_chainId', [])
    await rpc.batch([
      { method: 'eth_blockNumber', params: [] },
      { method: 'eth_chainId', params: [] },
    ])
    expect(seen).toEqual([
      [1, 'eth_chainId'],
      [2, 'eth_blockNumber'],
      [3, 'eth_chainId'],
    ])
  })

  test('answer in the node’s place, as often as wanted, and can be taken out again', async () => {
    const { proxy, rpc } = await behind(answerWith(({ method }) => method === 'eth_chainId', { error: { code: 7, message: 'no {"' } }, 1))
    expect(await failure(rpc.request('eth_chainId', []))).toMatchObject({ name: 'RpcError', code: 7 })
    expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
    const remove = proxy.add(
      answerWith(
        () => true,
        ({ n }) => ({ result: n }),
      ),
    )
    expect(await rpc.request('eth_chainId', [])).toBe(3)
    remove()
    expect(await rpc.request('eth_chainId', [])).toBe('0x7a69')
  })

  test('send nonsense, or nothing', async () => {
    const { proxy, rpc } = await behind(answerWith(({ method }) => method === 'odd', { raw: '{"result":true}' }))
    expect(await failure(rpc.request('odd', []))).toBeInstanceOf(MalformedAnswer)
    proxy.add(answerWith(({ method }) => method === 'silent', { silence: true }))
    expect(await failure(rpc.request('silent', [], { timeoutMs: 50 }))).toBeInstanceOf(NodeTimeout)
    const outcomes = await rpc.batch([
      { method: 'silent', params: [] },
      { method: 'eth_chainId', params: [] },
    ])
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true])
  })

  test('answer late', async () => {
    const { rpc } = await behind(delay(200, ({ method }) => method === 'eth_chainId'))
    const order: string[] = []
    await Promise.all(['eth_chainId', 'eth_blockNumber'].map((method) => rpc.request(method, []).then(() => order.push(method))))
    expect(order).toEqual(['eth_blockNumber', 'eth_chainId'])
  })

  test('let a subscription fall silent', async () => {
    let silent = false
    const { rpc } = await behind(silentSubscriptions(() => silent))
    const heads: unknown[] = []
    await rpc.subscribe?.(['newHeads'], (head) => heads.push(head))
    await direct.request('evm_mine', [])
    await vi.waitFor(() => expect(heads).toHaveLength(1))
    silent = true
    await rpc.request('evm_mine', [])
    await rpc.request('eth_blockNumber', [])
    expect(heads).toHaveLength(1)
  })
})

test('cuts connections, refuses new ones, and follows the node when it goes', async () => {
  const { proxy, rpc } = await behind()
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  await rpc.request('eth_chainId', [])
  proxy.refuse(true)
  proxy.cut()
  await vi.waitFor(() => expect(states.slice(0, 2)).toEqual(['up', 'down']))
  proxy.refuse(false)
  await vi.waitFor(async () => expect(await rpc.request('eth_chainId', [])).toBe('0x7a69'), { timeout: 5_000 })
  anvil.kill('SIGKILL')
  await anvil.exited
  await vi.waitFor(async () => expect(await failure(rpc.request('eth_chainId', []))).toBeInstanceOf(NodeUnreachable))
  expect(await failure(rpc.request('eth_chainId', []))).not.toBeInstanceOf(RpcError)
})

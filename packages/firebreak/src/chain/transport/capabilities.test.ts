import { afterEach, expect, test } from 'vitest'
import { startAnvil } from '../../local-chain/anvil.ts'
import { startProxy } from '../../local-chain/ipc-proxy.ts'
import { answerWith } from '../../local-chain/rules.ts'
import { strictNode } from '../../local-chain/strict-node.ts'
import { costOf, probe } from './capabilities.ts'
import { connect } from './connect.ts'
import { NodeUnreachable } from './rpc.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

test('anvil can do everything but simulate a deployment, over IPC and WebSocket, behind strict rules, and is left as it was', async () => {
  const anvil = await startAnvil({ chainId: 5 })
  cleanups.push(anvil.stop)
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  cleanups.push(proxy.close)
  for (const url of [anvil.ipcPath, anvil.wsUrl, proxy.ipcPath]) {
    const rpc = connect(url, 'local')
    cleanups.push(rpc.close)
    const before = await rpc.request('eth_getBlockByNumber', ['latest', true])
    const capabilities = await probe(rpc)
    expect(capabilities).toMatchObject({ chainId: 5, clientVersion: 'anvil/v1.7.1' })
    expect(costOf(capabilities).map(({ capability }) => capability)).toEqual(['simulateDeploys'])
    expect(await rpc.request('eth_getBlockByNumber', ['latest', true])).toEqual(before)
  }
})

test('HTTP cannot subscribe, and says what that costs', async () => {
  const anvil = await startAnvil({ ipc: false })
  cleanups.push(anvil.stop)
  const rpc = connect(anvil.httpUrl, 'local')
  cleanups.push(rpc.close)
  const missing = costOf(await probe(rpc))
  expect(missing.map(({ capability }) => capability)).toEqual(['simulateDeploys', 'subscribeHeads', 'subscribePendingFull'])
  for (const { cost } of missing) expect(cost).toMatch(/\w+/)
})

test('what a node refuses, or answers wrongly, is missing', async () => {
  const anvil = await startAnvil()
  cleanups.push(anvil.stop)
  const refused = ['debug_traceCall', 'eth_getProof', 'txpool_status', 'eth_getBlockReceipts', 'eth_subscribe']
  const proxy = await startProxy({
    upstream: anvil.ipcPath,
    rules: [
      answerWith(({ method }) => refused.includes(method), { error: { code: -32601, message: 'not available' } }),
      // Ignores the overrides, as if the request had none.
      answerWith(({ method }) => method === 'eth_simulateV1', { result: [{ calls: [{ status: '0x1', returnData: '0x' }] }] }),
      answerWith(({ method }) => method === 'eth_call', { result: '0x' }),
    ],
  })
  cleanups.push(proxy.close)
  const rpc = connect(proxy.ipcPath, 'local')
  cleanups.push(rpc.close)
  const { chainId, clientVersion, ...can } = await probe(rpc)
  expect([chainId, clientVersion]).toEqual([31337, 'anvil/v1.7.1'])
  expect(new Set(Object.values(can))).toEqual(new Set([false]))
})

test('a node that is not there is an error, not a node without capabilities', async () => {
  const rpc = connect('/no/such/node.ipc', 'local')
  cleanups.push(rpc.close)
  await expect(probe(rpc)).rejects.toBeInstanceOf(NodeUnreachable)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hex } from '../model/hex.ts'
import { connect } from '../chain/transport/connect.ts'
import type { Rpc } from '../chain/transport/rpc.ts'
import { startAnvil } from './anvil.ts'
import { startProxy } from './ipc-proxy.ts'
import { strictNode } from './strict-node.ts'

/** anvil's first two accounts. */
const alice = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const bob = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const gwei = 10n ** 9n

let direct: Rpc
let strict: Rpc
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const anvil = await startAnvil({ noMining: true, baseFee: gwei, gasLimit: 30_000_000n })
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  direct = connect(anvil.ipcPath, 'node')
  strict = connect(proxy.ipcPath, 'strict')
  cleanups.push(anvil.stop, proxy.close, direct.close, strict.close)
})
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
})

const hex = (value: bigint): Hex => `0x${value.toString(16)}`
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

interface Block {
  readonly blockOverrides?: object
  readonly stateOverrides?: object
  readonly calls: readonly object[]
}
const call = (more: object = {}): object => ({
  from: alice.address,
  to: bob,
  value: '0x1',
  gas: '0x5208',
  maxFeePerGas: hex(2n * gwei),
  maxPriorityFeePerGas: '0x1',
  ...more,
})
const simulation = (blocks: readonly Block[], validation = true): readonly unknown[] => [{ blockStateCalls: blocks, validation }, 'latest']
const simulate = (rpc: Rpc, ...blocks: readonly Block[]): Promise<unknown> => rpc.request('eth_simulateV1', simulation(blocks))

describe('a simulation that a real node would fail', () => {
  const cases: readonly (readonly [string, readonly Block[], number])[] = [
    ['a nonce gap', [{ calls: [call({ nonce: '0x1' })] }], -38011],
    ['a nonce used twice', [{ calls: [call({ nonce: '0x0' }), call({ nonce: '0x0' })] }], -38010],
    ['a nonce gap in the second block', [{ calls: [call()] }, { calls: [call({ nonce: '0x2' })] }], -38011],
    [
      'a nonce that a state override moved',
      [{ stateOverrides: { [alice.address]: { nonce: '0x7' } }, calls: [call({ nonce: '0x0' })] }],
      -38010,
    ],
    ['a fee below the base fee', [{ calls: [call({ maxFeePerGas: '0x1' })] }], -38012],
    ['a fee below an overridden base fee', [{ blockOverrides: { baseFeePerGas: hex(3n * gwei) }, calls: [call()] }], -38012],
    ['no fee at all', [{ calls: [{ from: alice.address, to: bob, gas: '0x5208' }] }], -38012],
    ['a call after one without gas', [{ calls: [call({ gas: undefined }), call()] }], -38015],
    ['more gas than the block has', [{ blockOverrides: { gasLimit: '0xa40f' }, calls: [call(), call()] }], -38015],
    ['the parent’s number', [{ blockOverrides: { number: '0x0' }, calls: [call()] }], -38020],
    ['the parent’s time', [{ blockOverrides: { time: '0x1' }, calls: [call()] }], -38021],
    [
      'a second block at the first one’s time',
      [
        { blockOverrides: { time: '0xffffffff' }, calls: [] },
        { blockOverrides: { time: '0xffffffff' }, calls: [] },
      ],
      -38021,
    ],
  ]

  test.each(cases)('%s', async (_, blocks, code) => {
    expect(await failure(simulate(strict, ...blocks))).toMatchObject({ name: 'RpcError', code })
  })

  test('and anvil alone carries such requests out, which is why the rules are needed', async () => {
    const outcomes = await Promise.all(
      cases.map(([, blocks]) =>
        simulate(direct, ...blocks).then(
          () => true,
          () => false,
        ),
      ),
    )
    expect(outcomes.filter(Boolean).length).toBeGreaterThan(cases.length / 2)
  })
})

describe('a simulation that a real node carries out', () => {
  const cases: readonly (readonly [string, readonly Block[]])[] = [
    [
      'nonces in order, given or not',
      [{ calls: [call({ nonce: '0x0' }), call(), call({ nonce: '0x2' })] }, { calls: [call({ nonce: '0x3' })] }],
    ],
    ['a nonce as overridden', [{ stateOverrides: { [alice.address]: { nonce: '0x7' } }, calls: [call({ nonce: '0x7' })] }]],
    ['one call without gas', [{ calls: [call(), call({ gas: undefined })] }]],
    ['gas up to the limit exactly', [{ blockOverrides: { gasLimit: '0xa410' }, calls: [call(), call()] }]],
  ]
  test.each(cases)('%s', async (_, blocks) => {
    expect(await simulate(strict, ...blocks)).toEqual(expect.any(Array))
  })

  test('anything without validation but blocks out of order', async () => {
    const careless = { calls: [{ from: bob, to: alice.address, nonce: '0x9' }] }
    expect(await strict.request('eth_simulateV1', simulation([careless], false))).toEqual(expect.any(Array))
    const backwards = { ...careless, blockOverrides: { time: '0x1' } }
    expect(await failure(strict.request('eth_simulateV1', simulation([backwards], false)))).toMatchObject({ code: -38021 })
  })
})

test('a waiting transaction is replaced only at a tenth more of both fees', async () => {
  const send = async (rpc: Rpc, maxFee: bigint, tip: bigint, nonce = 0): Promise<unknown> => {
    const raw = await alice.signTransaction({
      chainId: 31337,
      type: 'eip1559',
      to: bob,
      gas: 21_000n,
      nonce,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: tip,
    })
    return rpc.request('eth_sendRawTransaction', [raw])
  }
  const underpriced = { name: 'RpcError', code: -32000, said: 'replacement transaction underpriced' }
  expect(await send(strict, 10n * gwei, 10n)).toMatch(/^0x/)
  expect(await failure(send(strict, 10n * gwei + 1n, 11n))).toMatchObject(underpriced)
  expect(await failure(send(strict, 11n * gwei, 10n))).toMatchObject(underpriced)
  expect(await send(strict, 11n * gwei, 11n)).toMatch(/^0x/)
  expect(await send(strict, 2n * gwei, 1n, 1)).toMatch(/^0x/)
  // Two at once are compared one after the other.
  const both = await Promise.all([send(strict, 20n * gwei, 20n), failure(send(strict, 20n * gwei + 1n, 21n))])
  expect(both).toEqual([expect.stringMatching(/^0x/), expect.objectContaining(underpriced)])
  // Refusals of the node itself come through.
  expect(await failure(strict.request('eth_sendRawTransaction', ['0x1234']))).toMatchObject({ name: 'RpcError' })
  expect(await send(direct, 20n * gwei + 1n, 21n)).toMatch(/^0x/)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../chain/transport/connect.ts'
import type { Rpc } from '../chain/transport/rpc.ts'
import { startAnvil, type Anvil } from '../local-chain/anvil.ts'
import { compileSolidity } from '../local-chain/solc.ts'
import { encodeCall } from './encode.ts'
import { makeKit, SceneError, type LocalKit } from './kit.ts'

const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Counter {
  uint256 public count;
  error TooMany(uint256 most);
  constructor(uint256 first) { count = first; }
  function add(uint256 more) external { require(more > 0, "add: {nothing"); if (more > 9) revert TooMany(9); count += more; }
}`
const { Counter } = compileSolidity({ 'Counter.sol': source })
if (!Counter) throw new Error('nothing was compiled')
const { abi } = Counter

let chain: Anvil
let rpc: Rpc
let kit: LocalKit
const kitFor = (seed: number): LocalKit => makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId: 77 })
const height = async (): Promise<number> => Number(await kit.rpc('eth_blockNumber', []))

beforeAll(async () => {
  chain = await startAnvil({ noMining: true, chainId: 77 })
  rpc = connect(chain.ipcPath, 'test')
  kit = kitFor(7)
})
afterAll(async () => {
  await rpc?.close()
  await chain?.stop()
})

describe('the kit of a scene', () => {
  it('gives the same account for the same name and seed, with coins, and another for another', async () => {
    const one = await kit.actor('one')
    expect(await kit.actor('one')).toEqual(one)
    expect((await kit.actor('two')).address).not.toBe(one.address)
    expect((await kitFor(8).actor('one')).address).not.toBe(one.address)
    expect(BigInt(String(await kit.rpc('eth_getBalance', [one.address, 'latest'])))).toBe(10n ** 22n)
  })

  it('deploys, calls and reads, one block each', async () => {
    const from = await kit.actor('deployer')
    const before = await height()
    const counter = await kit.deploy(Counter, [5n], from)
    await kit.call(from, counter, abi, 'add', [3n])
    expect(await kit.read(counter, abi, 'count')).toBe(8n)
    expect((await height()) - before).toBe(2)
  })

  it("fails with the contract's own reason, and not when it may revert", async () => {
    const from = await kit.actor('careless')
    const counter = await kit.deploy(Counter, [0n], from)
    await expect(kit.call(from, counter, abi, 'add', [0n])).rejects.toThrow('add: {nothing')
    await expect(kit.call(from, counter, abi, 'add', [10n])).rejects.toThrow('custom error 0x')
    const data = encodeCall(abi, 'add', [0n])
    // With gas of its own it is not estimated, so it fails on chain.
    await expect(kit.send(from, { to: counter, data, gas: 100_000n })).rejects.toThrow('add: {nothing')
    await expect(kit.send(from, { to: counter, data: encodeCall(abi, 'add', [1n]), gas: 22_000n })).rejects.toThrow(SceneError)
    await expect(kit.send(from, { to: counter, data }, { mayRevert: true })).resolves.toMatch(/^0x/)
    await expect(kit.read(counter, abi, 'nothing')).rejects.toThrow()
    expect(await kit.read(counter, abi, 'count')).toBe(0n)
  })

  it('counts nonces on for what is signed and not sent, unless one is given', async () => {
    const from = await kit.actor('signer')
    const counter = await kit.deploy(Counter, [0n], from)
    const request = { to: counter, data: encodeCall(abi, 'add', [1n]), gas: 100_000n }
    const raws = [await kit.sign(from, request), await kit.sign(from, request)]
    expect(await kit.sign(from, { ...request, nonce: 1 })).toBe(raws[0])
    const before = await height()
    for (const raw of raws.toReversed()) await kit.broadcast(raw)
    expect(await height()).toBe(before)
    await kit.mine()
    expect(await kit.read(counter, abi, 'count')).toBe(2n)
  })

  it('starts again after the chain was taken back', async () => {
    const snapshot = await kit.rpc('evm_snapshot', [])
    const from = await kit.actor('fresh')
    const counter = await kit.deploy(Counter, [1n], from)
    await kit.sign(from, { to: counter, gas: 50_000n })
    await kit.rpc('evm_revert', [snapshot])
    await kit.afterRevert()
    const again = await kit.actor('fresh')
    expect(again).toEqual(from)
    expect(await kit.deploy(Counter, [1n], again)).toBe(counter)
  })

  it('can still pay for whom it made after a snapshot, once the chain is back there', async () => {
    const snapshot = await kit.rpc('evm_snapshot', [])
    const late = await kit.actor('late')
    const raw = await kit.sign(late, { to: late.address, value: 1n, gas: 21_000n })
    await kit.rpc('evm_revert', [snapshot])
    await kit.afterRevert()
    // The very bytes that were signed before.
    const hash = await kit.broadcast(raw)
    await kit.mine()
    expect(await kit.rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
  })

  it('has several proposers, and one that is asked for', async () => {
    const miner = async (): Promise<unknown> =>
      ((await kit.rpc('eth_getBlockByNumber', ['latest', false])) as Readonly<Record<string, unknown>>)['miner']
    const seen = new Set<unknown>()
    for (let i = 0; i < 4; i++) {
      await kit.mine()
      seen.add(await miner())
    }
    expect(seen.size).toBeGreaterThan(2)
    const proposer = `0x${'ab'.repeat(20)}` as const
    await kit.mineAs({ proposer, seconds: 24 })
    expect(await miner()).toBe(proposer)
  })

  it('moves the clock by a block or by as much as is asked for', async () => {
    const now = async (): Promise<number> => {
      const block = await kit.rpc('eth_getBlockByNumber', ['latest', false])
      return Number(typeof block === 'object' && block !== null && 'timestamp' in block ? block.timestamp : Number.NaN)
    }
    const start = await now()
    await kit.mine(3)
    expect((await now()) - start).toBe(36)
    await kit.wait(4_000)
    expect((await now()) - start).toBe(4_036)
  })
})

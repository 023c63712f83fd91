// A real Safe of each version: its owners, threshold, modules, guards, handler and the code behind it; and what it does every day.
import { getAddress, padHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { built, scopeOf } from '../../test/support/moments.ts'
import { powerContracts } from '../../test/support/powers.sol.ts'
import { safeArtifacts, safeVersions } from '../../test/support/safes.ts'
import { startWatchedChain } from '../../test/support/watched-chain.ts'
import type { Deployed, WatchedChain } from '../../test/support/watched-chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { privileges } from './privileges.ts'
import type { PrivilegesOptions } from './privileges.ts'

const nobody: Address = '0x0000000000000000000000000000000000000000'
const first: Address = '0x0000000000000000000000000000000000000001'

describe.each(safeVersions)('a Safe %s', (version) => {
  let chain: WatchedChain
  let safe: Deployed
  let logic: Deployed
  let swap: Deployed
  let guard: Address
  let other: Address
  let owner: Address
  let friend: Address
  let stranger: Address
  beforeAll(async () => {
    const [contract, artifacts] = [await powerContracts(), await safeArtifacts(version)]
    chain = await startWatchedChain()
    ;[owner = nobody, friend = nobody, stranger = nobody] = chain.accounts
    const singleton = await chain.deploy(artifacts.singleton)
    other = (await chain.deploy(artifacts.singleton)).address
    const factory = await chain.deploy(artifacts.factory)
    const handler = await chain.deploy(artifacts.handler)
    logic = await chain.deploy(contract('Logic'))
    swap = await chain.deploy(contract('Swap'))
    guard = (await chain.deploy(artifacts.debugGuard)).address
    const setup = chain.call(singleton, 'setup', [[owner, friend], 1n, nobody, '0x', handler.address, nobody, 0n, nobody])
    const hash = await chain.send(factory.address, chain.call(factory, 'createProxyWithNonce', [singleton.address, setup, 0n]))
    const { logs } = z
      .object({ logs: z.array(z.object({ address: z.string() })) })
      .parse(await chain.rpc.request('eth_getTransactionReceipt', [hash]))
    const made = logs.map((log) => getAddress(log.address)).find((address) => address !== factory.address)
    safe = { address: made ?? nobody, chain: 'test', abi: singleton.abi }
  })
  afterAll(() => chain?.stop())

  /** As its owner would have it carried out: who sends it has agreed by doing so. */
  const executing = (to: Address, data: Hex, operation = 0) => {
    const signature = `${padHex(owner, { size: 32 })}${'0'.repeat(64)}01` as Hex
    return chain.call(safe, 'execTransaction', [to, 0n, data, operation, 0n, 0n, 0n, nobody, nobody, signature])
  }
  const onItself = (fn: string, ...args: readonly unknown[]) => executing(safe.address, chain.call(safe, fn, args))
  async function watching(options: Partial<PrivilegesOptions> = {}) {
    const watch = await chain.follow(built(privileges({ of: [safe], ...options }), scopeOf([], { [safe.address]: 'council' })))
    await watch.blocks()
    await chain.rpc.request('anvil_mine', ['0x2'])
    expect(await watch.blocks()).toEqual([])
    return watch
  }

  test('that carries out ordinary transactions says nothing', async () => {
    const watch = await watching({ expect: { owners: [owner, friend], threshold: 1 } })
    const before = watch.state()
    const ordinary = executing(logic.address, chain.call(logic, 'set', [4n]))
    expect(await watch.waiting(safe.address, ordinary)).toEqual([])
    await chain.send(safe.address, ordinary)
    expect(await watch.blocks()).toEqual([])
    expect(watch.state()).toBe(before)
  })

  test('whose code is swapped by a delegate call, which emits nothing of it, is a verdict before it lands', async () => {
    const watch = await watching()
    const swapping = executing(swap.address, chain.call(swap, 'swap', [other]), 1)
    const expected = { weight: 'verdict', likelihood: 0.95, evidence: { power: 'singleton', to: other } }
    expect(await watch.waiting(safe.address, swapping)).toMatchObject([expected])
    const hash = await chain.send(safe.address, swapping)
    expect(await watch.blocks()).toMatchObject([{ ...expected, culprits: [hash] }])
    // What no Safe is has no owners either, and that is said.
    await chain.send(safe.address, executing(swap.address, chain.call(swap, 'swap', [logic.address]), 1))
    const found = await watch.blocks()
    expect(found).toMatchObject([{ likelihood: 0.95 }, { weight: 'evidence', summary: expect.stringContaining('could not be read') }])
    await chain.rpc.request('anvil_setStorageAt', [safe.address, padHex('0x0', { size: 32 }), padHex(other, { size: 32 })])
    await chain.rpc.request('anvil_mine', ['0x2'])
    await watch.blocks()
  })

  test('whose owners, threshold, modules, guards or handler change says which', async () => {
    const watch = await watching()
    const said = async (data: Hex) =>
      (await watch.waiting(safe.address, data)).map(({ weight, likelihood, summary }) => ({ weight, likelihood, summary }))
    expect(await said(onItself('addOwnerWithThreshold', stranger, 1n))).toEqual([
      { weight: 'verdict', likelihood: 0.6, summary: `owners of council: ${stranger} added` },
    ])
    expect(await said(onItself('removeOwner', owner, friend, 1n))).toEqual([
      { weight: 'verdict', likelihood: 0.4, summary: `owners of council: ${friend} removed` },
    ])
    expect(await said(onItself('swapOwner', owner, friend, stranger))).toEqual([
      { weight: 'verdict', likelihood: 0.6, summary: `owners of council: ${stranger} added, ${friend} removed` },
    ])
    expect(await said(onItself('enableModule', stranger))).toEqual([
      { weight: 'verdict', likelihood: 0.8, summary: `modules of council: ${stranger} added` },
    ])
    expect(await said(onItself('setGuard', guard))).toEqual([
      { weight: 'verdict', likelihood: 0.5, summary: `guard of council: none → ${guard}` },
    ])
    expect((await said(onItself('setFallbackHandler', stranger)))[0]?.summary).toMatch(/^fallback handler of council: 0x\w+ → 0x/)
    expect(await said(onItself('changeThreshold', 2n))).toEqual([
      { weight: 'evidence', likelihood: 0.3, summary: 'threshold of council: 1 → 2' },
    ])
  })

  test('whose change is planned says nothing of it, and all the more of another', async () => {
    const watch = await watching({ expect: { owners: [owner, friend] }, unless: { owners: [stranger] } })
    expect(await watch.waiting(safe.address, onItself('addOwnerWithThreshold', stranger, 1n))).toEqual([])
    expect(await watch.waiting(safe.address, onItself('addOwnerWithThreshold', swap.address, 1n))).toMatchObject([{ likelihood: 0.9 }])
  })

  test('to which a module is added, used and removed within one transaction is noticed', async () => {
    const watch = await watching()
    const there = onItself('enableModule', stranger)
    await chain.send(safe.address, there)
    const [found] = await watch.blocks()
    expect(found).toMatchObject({ evidence: { power: 'modules', from: 'none', to: stranger } })
    const back = onItself('disableModule', first, stranger)
    await chain.send(safe.address, back)
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', likelihood: 0.3 }])
    const hashes = await chain.sendTogether([
      { to: safe.address, data: there },
      { to: safe.address, data: back },
    ])
    expect(await watch.blocks()).toMatchObject([{ weight: 'verdict', likelihood: 0.8, evidence: { andBack: true }, culprits: [hashes[0]] }])
  })

  test('whose threshold falls names the transaction', async () => {
    await chain.send(safe.address, onItself('changeThreshold', 2n))
    const watch = await watching()
    const data = chain.call(safe, 'changeThreshold', [1n])
    const nonce = z.string().parse(await chain.rpc.request('eth_call', [{ to: safe.address, data: chain.call(safe, 'nonce') }, 'latest']))
    const args = [safe.address, 0n, data, 0, 0n, 0n, 0n, nobody, nobody]
    const hashing = chain.call(safe, 'getTransactionHash', [...args, BigInt(nonce)])
    const txHash = await chain.rpc.request('eth_call', [{ to: safe.address, data: hashing }, 'latest'])
    await chain.send(safe.address, chain.call(safe, 'approveHash', [txHash]), { from: friend })
    const signatures = [owner, friend]
      .toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
      .map((one) => `${padHex(one, { size: 32 }).slice(2)}${'0'.repeat(64)}01`)
    expect(await watch.blocks()).toEqual([])
    const hash = await chain.send(safe.address, chain.call(safe, 'execTransaction', [...args, `0x${signatures.join('')}`]))
    expect(await watch.blocks()).toMatchObject([
      { weight: 'verdict', likelihood: 0.7, summary: 'threshold of council: 2 → 1', culprits: [hash] },
    ])
  })
})

// An attacker that looks at everything a contract can see of its block: real blocks find it at work, and so does Firebreak; a node left to itself does not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PendingMoment } from 'firebreak'
import { compileSolidity, type Actor, type Address, type Hex } from 'firebreak/drill'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeOf } from '../../packages/firebreak/src/chain/node.ts'
import { probe } from '../../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import type { Rpc } from '../../packages/firebreak/src/chain/transport/rpc.ts'
import { makeKit, type LocalKit } from '../../packages/firebreak/src/drill/kit.ts'
import { startAnvil, type Anvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import type { BlockRef } from '../../packages/firebreak/src/model/chain.ts'
import { watchPending, type PendingSource } from '../../packages/firebreak/src/sources/pending.ts'
import type { Node } from '../../packages/firebreak/src/stages.ts'
import { disguised, tricks, type Trick } from './disguise.ts'

const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import "./Disguise.sol";
contract Safe { event Opened(address by); function open() external { emit Opened(msg.sender); } }
contract Thief is Disguise {
    function go(Stage calldata stage, Safe safe) external { if (real(stage)) safe.open(); }
}`

describe('a contract in disguise', () => {
  let chain: Anvil
  let rpc: Rpc
  let node: Node
  let kit: LocalKit
  let robber: Actor
  let thief: Address
  let safe: Address
  let abi: readonly unknown[]
  const delivered: PendingMoment[] = []
  const troubles: string[] = []
  let pending: PendingSource
  const recent: BlockRef[] = []

  const look = async (): Promise<void> => {
    const head = await node.head()
    const from = recent.at(-1)?.number ?? head.number - 20n
    for (let number = from + 1n; number <= head.number; number++) {
      const block = await node.header(number)
      if (block) recent.push(block)
    }
  }

  beforeAll(async () => {
    chain = await startAnvil({ noMining: true, chainId: 31_337 })
    rpc = connect(chain.ipcPath, 'test')
    kit = makeKit({ request: (method, params) => rpc.request(method, params), seed: 7, chainId: 31_337 })
    const { Safe, Thief } = compileSolidity({
      'Disguise.sol': readFileSync(join(import.meta.dirname, 'Disguise.sol'), 'utf8'),
      'Thief.sol': source,
    })
    if (!Safe || !Thief) throw new Error('not compiled')
    robber = await kit.actor('robber')
    safe = await kit.deploy(Safe, [], robber)
    thief = await kit.deploy(Thief, [], robber)
    abi = Thief.abi
    await kit.mine(24)
    node = nodeOf('local', rpc, await probe(rpc), { onTrouble: () => {}, setInterval: () => () => {} })
    await look()
    pending = watchPending({
      node,
      watched: new Set([safe]),
      holders: new Set(),
      known: new Set([safe]),
      needs: () => ({ reads: [], logs: [] }),
      head: () => recent.at(-1),
      recent: () => recent,
      deliver: (happening) => void (happening.kind === 'pending' && delivered.push(happening)),
      foresee: () => async () => {},
      onTrouble: (what) => void troubles.push(what),
      onMissed: () => {},
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
      atOnce: 8,
      most: 100,
      mostInLine: 100,
      mostBytes: 1_000_000,
    })
    await pending.start()
  })
  afterAll(async () => {
    pending?.stop()
    await pending?.settled()
    expect(troubles).toEqual([])
    await rpc?.close()
    await chain?.stop()
  })

  const openings = (logs: unknown): number => (Array.isArray(logs) ? logs.length : -1)

  it.each<Trick>(['none', ...tricks])(
    'with the trick `%s` is seen before it is mined, and the block that it waits for finds it at work',
    async (trick) => {
      delivered.length = 0
      const strike = await disguised(kit, {
        from: robber,
        to: thief,
        abi,
        functionName: 'go',
        args: [safe],
        gas: 400_000n,
        tip: 10n ** 9n,
        trick,
      })
      const [raw = '0x'] = strike.txs
      const hash = await kit.broadcast(raw)
      await expect.poll(async () => (await pending.settled(), delivered.length), { timeout: 5_000 }).toBeGreaterThan(0)
      expect(delivered[0]).toMatchObject({ tx: { hash }, touches: [safe], reverted: false, includable: { ok: true } })
      expect(delivered[0]?.guess === undefined).toBe(trick === 'none')

      await kit.mineAs(strike.block ?? {})
      const receipt = await kit.rpc('eth_getTransactionReceipt', [hash])
      expect(receipt).toMatchObject({ status: '0x1', logs: [expect.objectContaining({ address: safe.toLowerCase() })] })
      await look()
      pending.onBlock([hash])
    },
  )

  it('is fooled by nothing that a node does by itself', async () => {
    const strike = await disguised(kit, {
      from: robber,
      to: thief,
      abi,
      functionName: 'go',
      args: [safe],
      gas: 400_000n,
      tip: 10n ** 9n,
      trick: 'none',
    })
    const [raw = '0x'] = strike.txs
    const hash = await kit.broadcast(raw)
    const tx = (await kit.rpc('eth_getTransactionByHash', [hash])) as Readonly<Record<string, Hex>>
    const { from, to, input, gas } = tx
    const call = { from, to, data: input, gas }
    const trace = await rpc.request('debug_traceCall', [call, 'latest', { tracer: 'callTracer', tracerConfig: { withLog: true } }])
    expect(trace).not.toHaveProperty('calls')
    for (const validation of [false, true]) {
      const fees = { maxFeePerGas: tx['maxFeePerGas'], maxPriorityFeePerGas: tx['maxPriorityFeePerGas'] }
      const simulated = await rpc.request('eth_simulateV1', [
        { blockStateCalls: [{ calls: [{ ...call, ...fees }] }], validation },
        'latest',
      ])
      const [block] = simulated as readonly [{ readonly calls: readonly [{ readonly logs: unknown }] }]
      expect(openings(block.calls[0].logs)).toBe(0)
    }
    await kit.mineAs(strike.block ?? {})
    expect(await kit.rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ logs: [expect.anything()] })
  })
})

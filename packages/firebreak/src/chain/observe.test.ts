// Storage slots as reads and call trees of blocks, on a real chain that refuses what strict nodes refuse.
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeFunctionData, getAddress, parseAbi } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { slotProbe } from '../base/slot-probe.ts'
import { startTestChain, readOf } from '../../test/support/test-chain.ts'
import type { TestChain } from '../../test/support/test-chain.ts'
import type { Needs } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Transaction } from '../model/chain.ts'
import type { Node } from '../stages.ts'
import { encodeRead } from './codec/encode-read.ts'
import { nodeOf } from './node.ts'
import { parseTransaction } from './parse.ts'
import { provenNode } from './quorum/proof/proven-node.ts'
import { sorted } from './reader/reader.ts'
import { judgeRequest } from './simulate.ts'
import { probe } from './transport/capabilities.ts'
import type { Rpc } from './transport/rpc.ts'

const abi = parseAbi(['function look()', 'function fail()'])
const look = encodeFunctionData({ abi, functionName: 'look' })
const one = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

let chain: TestChain
let node: Node
let methods: string[][] = []
const troubles: string[] = []
beforeAll(async () => {
  chain = await startTestChain()
  const counted: Rpc = {
    ...chain.rpc,
    batch: (calls, options) => {
      methods.push(calls.map((call) => call.method))
      return chain.rpc.batch(calls, options)
    },
  }
  node = nodeOf('test', counted, await probe(chain.rpc), { onTrouble: (what) => troubles.push(what), setInterval: () => () => {} })
})
afterAll(() => chain?.stop())

/** Sent and mined together, in one block. */
async function mined(count: number, data: Hex): Promise<{ readonly hash: Hex; readonly txs: readonly string[] }> {
  const { rpc, accounts, context } = chain
  await rpc.request('evm_setAutomine', [false])
  const txs: string[] = []
  for (let i = 0; i < count; i++)
    txs.push(z.string().parse(await rpc.request('eth_sendTransaction', [{ from: accounts[i], to: context.address, data, gas: '0x186a0' }])))
  await rpc.request('anvil_mine', ['0x1'])
  await rpc.request('evm_setAutomine', [true])
  await sleep(20)
  return { hash: (await chain.head()).hash, txs }
}

const needs = (more: Partial<Needs> = {}): Needs => ({ reads: [], logs: [], ...more })
const watching = (...addresses: readonly Address[]): ReadonlySet<Address> => new Set(addresses)
const context = (): Address => getAddress(chain.context.address)
const slotOf = (n: number) => slotProbe({ chain: 'test', address: chain.context.address }, one(n), `slot ${n} of context`)
const counted = () => encodeRead<bigint>(readOf(chain.context, 'count'))

describe('a storage slot', () => {
  test('is read at a block beside views of the same contract, in one batch', async () => {
    const { hash } = await mined(2, look)
    const [count, first, second] = [counted(), slotOf(0), slotOf(1)]
    methods = []
    const moment = await node.observe(hash, needs({ reads: [count, first, second] }), watching())
    expect(methods).toEqual([['eth_getBlockByHash', 'eth_getLogs', 'eth_call', 'eth_call']])
    if (!moment) throw new Error('no moment')
    const value = count.of(moment)
    expect(value.ok && first.of(moment)).toEqual({ ok: true, value: one(value.ok ? Number(value.value) : -1) })
    expect(second.of(moment)).toEqual({ ok: true, value: one(0) })
    expect((await node.read(hash, [first])).answers).toEqual(new Map([[first.key, moment.answers.get(first.key)]]))
  })

  test('of an address without code is read too, and views of everybody else stay what they are', async () => {
    const nobody = slotProbe({ chain: 'test', address: `0x${'ab'.repeat(20)}` }, one(7), 'slot of nobody')
    const { hash } = await chain.head()
    const answers = await node.read(hash, [nobody, counted()])
    expect(nobody.of(answers)).toEqual({ ok: true, value: one(0) })
    expect(counted().of(answers).ok).toBe(true)
  })

  test('is read after a waiting transaction, in the same simulation', async () => {
    const [count, first] = [counted(), slotOf(0)]
    const head = await chain.head()
    const before = count.of(await node.read(head.hash, [count]))
    const judged = await node.judge(head, [await waiting(look)], needs({ reads: [first, count] }))
    if ('refused' in judged) throw new Error(judged.refused)
    expect(judged.reverted).toBe(false)
    const after = before.ok ? Number(before.value) + 1 : -1
    expect(count.of(judged)).toEqual({ ok: true, value: BigInt(after) })
    expect(first.of(judged)).toEqual({ ok: true, value: one(after) })
  })

  test('is read after the last step of a trial', async () => {
    const head = await chain.head()
    const call = async () => {
      const { from, to, data, value, gas, maxFee, maxTip } = await waiting(look)
      return { from, to, data, value, gas, maxFee, maxTip, nonce: undefined }
    }
    const steps = [[await call()], [await call()]]
    const [outcome] = await node.run([{ id: 't', base: head, brakes: [], form: 'as seen', steps, code: {} }], [counted(), slotOf(0)])
    if (!outcome?.ok) throw new Error(outcome?.why)
    expect(outcome.steps.map((step) => counted().of(step).ok)).toEqual([true, true])
    expect(outcome.steps.map((step) => slotOf(0).of(step).ok)).toEqual([false, true])
    const [last] = outcome.steps.slice(-1)
    const count = last && counted().of(last)
    expect(last && slotOf(0).of(last)).toEqual({ ok: true, value: one(count?.ok ? Number(count.value) : -1) })
  })

  test('is proven like any other answer, should endpoints disagree', async () => {
    const proven = provenNode('test', 31_337, [{ rpc: chain.rpc }])
    const head = await chain.head()
    const reads = [counted(), slotOf(0)]
    expect((await proven.read(head.hash, reads)).answers).toEqual((await node.read(head.hash, reads)).answers)
    const txs = [await waiting(look)]
    const [shown, said] = [await proven.judge(head, txs, needs({ reads })), await node.judge(head, txs, needs({ reads }))]
    expect('refused' in shown || 'refused' in said).toBe(false)
    expect('answers' in shown && shown.answers).toEqual('answers' in said && said.answers)
  })

  test('costs nothing where none is asked for', async () => {
    const views = [counted()]
    expect(sorted(views).views).toBe(views)
    methods = []
    await node.observe((await chain.head()).hash, needs({ reads: views }), watching())
    expect(methods).toEqual([['eth_getBlockByHash', 'eth_getLogs', 'eth_call']])
    const head = await chain.head()
    expect(JSON.stringify(judgeRequest(head, [], views).params)).not.toContain('0x600035546000')
  })
})

describe('the call trees of a block', () => {
  test('come with the transactions that touched a wanted contract, in one more request', async () => {
    const { hash, txs } = await mined(2, look)
    methods = []
    const moment = await node.observe(hash, needs({ frames: [context()] }), watching(context()))
    expect(methods.slice(1)).toEqual([['debug_traceTransaction', 'debug_traceTransaction']])
    expect(moment?.touched.map((touch) => touch.tx.hash)).toEqual(txs)
    for (const touch of moment?.touched ?? [])
      expect(touch.frames).toMatchObject([{ depth: 0, kind: 'call', to: context(), selector: look, failed: false }])
  })

  test('are one trace of the whole block where many touched it', async () => {
    const { hash } = await mined(6, look)
    methods = []
    const moment = await node.observe(hash, needs({ frames: [context()] }), watching(context()))
    expect(methods.slice(1)).toEqual([['debug_traceBlockByHash']])
    expect(moment?.touched.map((touch) => touch.frames?.length)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('are not asked for when nobody wants them, or nothing wanted was touched', async () => {
    const { hash } = await mined(1, look)
    methods = []
    await node.observe(hash, needs(), watching(context()))
    const moment = await node.observe(hash, needs({ frames: [getAddress(chain.hostile.address)] }), watching(context()))
    expect(methods.length).toBe(2)
    expect(moment?.touched[0]?.frames).toBeUndefined()
  })

  test('are absent on a node that has none, and the block is judged all the same', async () => {
    const { hash } = await mined(1, look)
    const can = { ...(await probe(chain.rpc)), traceCall: false }
    const blind = nodeOf('test', chain.rpc, can, { onTrouble: () => {}, setInterval: () => () => {} })
    const wants = needs({ frames: [context()], reads: [counted()] })
    const moment = await blind.observe(hash, wants, watching(context()))
    expect(moment?.touched.map((touch) => touch.frames)).toEqual([undefined])
    expect(moment && counted().of(moment).ok).toBe(true)

    const refusing: Rpc = {
      ...chain.rpc,
      batch: (calls, options) =>
        calls[0]?.method.startsWith('debug_')
          ? Promise.resolve(calls.map(() => ({ ok: false, error: new Error('not here') })))
          : chain.rpc.batch(calls, options),
    }
    const stubborn = nodeOf(
      'test',
      refusing,
      { ...can, traceCall: true },
      { onTrouble: (what) => troubles.push(what), setInterval: () => () => {} },
    )
    const judged = await stubborn.observe(hash, wants, watching(context()))
    expect(judged?.touched.map((touch) => touch.frames)).toEqual([undefined])
    expect(troubles.at(-1)).toMatch(/call trees of block 0x.* could not be read: not here/)
  })
})

async function waiting(data: Hex): Promise<Transaction> {
  const from = chain.accounts[5]
  const nonce = await chain.rpc.request('eth_getTransactionCount', [from, 'latest'])
  const body = { hash: one(1), from, to: chain.context.address, nonce, input: data, value: '0x0', gas: '0x30d40' }
  return parseTransaction({ ...body, maxFeePerGas: '0x12a05f200', maxPriorityFeePerGas: '0x3b9aca00' }, 'test')
}

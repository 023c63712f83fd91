// What we work out ourselves from proofs is what an honest node says; what a liar says is neither.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScene, type Scene } from '../../../../test/whole-path/scene.ts'
import { encodeRead } from '../../codec/encode-read.ts'
import { encodeEvent } from '../../codec/event-probe.ts'
import { connect } from '../../transport/connect.ts'
import { probe } from '../../transport/capabilities.ts'
import type { Rpc } from '../../transport/rpc.ts'
import { nodeOf } from '../../node.ts'
import { parseTransaction } from '../../parse.ts'
import { asTrialCall } from '../../simulate.ts'
import { outcomes, outcomesButGas } from '../same.ts'
import type { Node } from '../../../stages.ts'
import { provenNode } from './proven-node.ts'

let scene: Scene
let rpc: Rpc
let node: Node
let proven: ReturnType<typeof provenNode>

beforeAll(async () => {
  scene = await startScene()
  rpc = connect(scene.anvil().ipcPath, 'local')
  node = nodeOf('local', rpc, await probe(rpc), { onTrouble: () => undefined, setInterval: () => () => undefined })
  proven = provenNode('local', 31_337, [{ rpc }])
}, 30_000)
afterAll(async () => {
  await rpc?.close()
  await scene?.stop()
})

const needs = () => {
  const paused = encodeRead({
    kind: 'read',
    chain: 'local',
    to: scene.vault,
    fn: { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
    args: [],
  })
  const held = encodeRead({
    kind: 'read',
    chain: 'local',
    to: scene.coin,
    fn: {
      type: 'function',
      name: 'balanceOf',
      stateMutability: 'view',
      inputs: [{ type: 'address', name: 'who' }],
      outputs: [{ type: 'uint256', name: '' }],
    },
    args: [scene.vault],
  })
  const transfer = encodeEvent({
    kind: 'event',
    chain: 'local',
    address: scene.coin,
    event: {
      type: 'event',
      name: 'Transfer',
      inputs: [
        { type: 'address', name: 'from', indexed: true },
        { type: 'address', name: 'to', indexed: true },
        { type: 'uint256', name: 'value' },
      ],
    },
  })
  return { reads: [paused, held], logs: [transfer] }
}

test('a block with an attack in it: header, logs, transactions and reads', async () => {
  await scene.kit.broadcast((await scene.attack()).raw)
  await scene.kit.mine()
  const { hash } = await node.head()
  const watched = new Set([scene.vault])
  const said = await node.observe(hash, needs(), watched)
  const shown = await proven.observe(hash, needs(), watched)
  expect(said?.touched.length).toBe(1)
  expect(shown?.block).toEqual(said?.block)
  expect(shown?.answers).toEqual(said?.answers)
  expect(shown?.logs).toEqual(said?.logs)
  expect(shown?.touched.map((one) => one.tx.hash)).toEqual(said?.touched.map((one) => one.tx.hash))
})

test('a waiting attack, as it would be in the next block', async () => {
  const head = await node.head()
  const { raw, hash } = await scene.attack()
  await scene.kit.broadcast(raw)
  const tx = parseTransaction(await rpc.request('eth_getTransactionByHash', [hash]), 'local')
  const said = await node.judge(head, [tx], needs())
  const shown = await proven.judge(head, [tx], needs())
  expect(said).toMatchObject({ reverted: false })
  expect(shown).toEqual(said)
})

test('trials, accounts and code are worked out as the node says them', async () => {
  const head = await node.head()
  const { raw, hash } = await scene.attack({ tip: 4_000_000_000n })
  await scene.kit.broadcast(raw)
  const tx = parseTransaction(await rpc.request('eth_getTransactionByHash', [hash]), 'local')
  const call = { ...asTrialCall(tx), nonce: undefined }
  const trial = { id: 't', base: head, brakes: [], form: 'as seen', steps: [[call], [call]], code: {} }
  const [said] = await node.run([trial], needs().reads)
  const [shown] = await proven.run([trial], needs().reads)
  if (!said || !shown) throw new Error('no outcome')
  expect(said.ok).toBe(true)
  expect(outcomesButGas(said, shown)).toBeUndefined()
  // Gas, too, to the last unit.
  expect(outcomes(said, shown)).toBeUndefined()
  expect(await proven.account(scene.attacker.address, head.hash)).toEqual(await node.account(scene.attacker.address, head.hash))
  expect(await proven.code([scene.vault, scene.attacker.address], head.hash)).toEqual(
    await node.code([scene.vault, scene.attacker.address], head.hash),
  )
})

test('what could not be in the next block is refused here, too', async () => {
  const head = await node.head()
  const { hash, raw } = await scene.attack()
  await scene.kit.broadcast(raw)
  const tx = parseTransaction(await rpc.request('eth_getTransactionByHash', [hash]), 'local')
  expect(await proven.judge(head, [{ ...tx, maxFee: 1n, maxTip: 1n }], needs())).toHaveProperty('refused')
  expect(await proven.judge(head, [{ ...tx, value: 10n ** 30n }], needs())).toHaveProperty('refused')
})

test('material that does not fit the block is thrown away, and without any nothing is said', async () => {
  const head = await node.head()
  const lying = (change: (method: string, answer: unknown) => unknown) =>
    provenNode('local', 31_337, [{ rpc: { request: async (method, params) => change(method, await rpc.request(method, params)) } }])
  const swapped = (name: string) => (method: string, answer: unknown) =>
    method === name && typeof answer === 'object' && answer !== null
      ? { ...answer, stateRoot: head.hash, accountProof: [], storageProof: [] }
      : answer
  await expect(lying(swapped('eth_getBlockByHash')).header(head.hash)).rejects.toThrow('nobody proves the header')
  await expect(lying(swapped('eth_getProof')).account(scene.vault, head.hash)).rejects.toThrow('nobody proves')
  const both = provenNode('local', 31_337, [{ rpc: { request: async () => ({}) } }, { rpc }])
  expect((await both.header(head.hash))?.hash).toBe(head.hash)
})

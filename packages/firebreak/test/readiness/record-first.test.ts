// What gives freedom back goes out only with its record: a journal that cannot be written holds a release, never a brake.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { knownSecrets } from '../../src/base/secrets.ts'
import { balanceProbe } from '../../src/chain/codec/balance-read.ts'
import { encodeEvent } from '../../src/chain/codec/event-probe.ts'
import { encodeRead } from '../../src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../src/chain/codec/encode-write.ts'
import { realContext } from '../../src/engine/context.ts'
import { goLive, type Live } from '../../src/engine/live.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { pauseBrake, startBank, type Bank } from './scene.ts'

let scene: Bank
let live: Live
let full = false
const troubles: string[] = []
let close: (() => void) | undefined

beforeAll(async () => {
  scene = await startBank()
  const { definition, sources } = await loadPlan(await scene.plan('full', pauseBrake))
  const { plan } = resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, sources)
  const journal = openJournal(join(scene.folder, 'full.journal'))
  close = journal.close
  const orRefuse =
    <args extends readonly unknown[], out>(run: (...args: args) => out) =>
    (...args: args): out => {
      if (full) throw new Error('the disk is full')
      return run(...args)
    }
  live = await goLive({
    plan,
    journal: { ...journal, append: orRefuse(journal.append), appendOrOverflow: orRefuse(journal.appendOrOverflow) },
    armed: true,
    secret: (ref) => (ref.kind === 'env' && ref.name === 'GUARDIAN_KEY' ? scene.guardian.privateKey : scene.proxy.ipcPath),
    secrets: knownSecrets(),
    context: realContext((what) => troubles.push(what)),
    warmUp: 0,
  })
})
afterAll(async () => {
  await live?.engine.stop()
  close?.()
  await scene?.stop()
})

const order = (kind: 'pull' | 'release'): void =>
  live.engine.submit({ kind: 'order', at: Date.now(), order: kind, brake: 'pause', by: 'me', because: '', undo: true })
const nonce = async (): Promise<number> => Number(await scene.rpc.request('eth_getTransactionCount', [scene.guardian.address, 'pending']))
async function mined(): Promise<void> {
  const before = live.engine.counts()[0]?.head ?? 0n
  await scene.kit.mine()
  await expect.poll(() => live.engine.counts()[0]?.head, { timeout: 10_000 }).toBeGreaterThan(before)
  await live.engine.settled()
}

test('a brake goes out, a release does not, and follows as soon as it can be recorded', async () => {
  full = true
  order('pull')
  await live.engine.settled()
  expect(await nonce()).toBe(1)
  await mined()
  expect(await scene.read('paused')).toBe(true)

  order('release')
  await live.engine.settled()
  await mined()
  expect(troubles.join()).toMatch(/pause is not released, because there can be no record of it: the disk is full/)
  expect(await nonce()).toBe(1)
  expect(await scene.read('paused')).toBe(true)

  full = false
  await mined()
  await mined()
  expect(await scene.read('paused')).toBe(false)
  expect(await nonce()).toBe(2)
  const [pulled, released] = live.engine.core.desires()
  expect([pulled?.status, released?.does, released?.status]).toEqual(['ended', 'undo', 'ended'])
})

test('brakes are sent with the gas that was measured for them', async () => {
  expect(live.gas.of('pause', 0)).toBe(100_000n)
  const block = (await scene.rpc.request('eth_getBlockByNumber', ['latest', false])) as { readonly number: string }
  const gas: number[] = []
  for (let number = 0; number <= Number(block.number); number++) {
    const { transactions } = (await scene.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as {
      readonly transactions: readonly { readonly from: string; readonly gas: string }[]
    }
    for (const tx of transactions) if (tx.from.toLowerCase() === scene.guardian.address.toLowerCase()) gas.push(Number(tx.gas))
  }
  expect(gas[0]).toBe(100_000)
})

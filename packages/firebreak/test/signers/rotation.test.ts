// A key is exchanged in the middle of an incident: real processes on a real chain, and no intent of either key is ever mined twice.
import { afterEach, describe, expect, test } from 'vitest'
import type { Intent } from '../../src/model/brake.ts'
import type { Hex } from '../../src/model/hex.ts'
import { cliJson } from '../support/cli.ts'
import { journalOf, recorded } from '../whole-path/facts.ts'
import { brakeWaits, onStage, quiet, waitingFrom, type Stage } from '../whole-path/run-scene.ts'
import type { Scene } from '../whole-path/scene.ts'
import { until } from '../whole-path/until.ts'
import { startSigner } from './signer-server.ts'
import { acceptPlan, withKey } from './with-key.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const oldKey = "env('GUARDIAN_KEY')"
const newKey = "env('NEXT_KEY')"
/** The vault lets its owner pause, too: that is the key with the power granted. */
const envOf = (scene: Scene) => ({ NEXT_KEY: scene.owner.privateKey, SCENE_RPC: scene.anvil().ipcPath, NO_COLOR: '1' })
const both = (scene: Scene) => ({
  address: scene.guardian.address,
  signer: oldKey,
  next: `{ address: '${scene.owner.address}', signer: ${newKey} }`,
})
const newAlone = (scene: Scene) => ({ address: scene.owner.address, signer: newKey })

/** Of each intent at most one form is mined, and every effect of either key but the scene's own has its intent. */
async function expectOneMinedEach(scene: Scene): Promise<readonly { readonly intent: Intent; readonly ok: boolean }[]> {
  const { intents } = recorded(journalOf(scene))
  const mined: { intent: Intent; ok: boolean }[] = []
  for (const intent of intents) {
    const receipts = await Promise.all(intent.attempts.map(({ hash }) => scene.rpc.request('eth_getTransactionReceipt', [hash])))
    const own = receipts.filter((one) => one !== null) as { status: Hex }[]
    expect(own.length, `mined effects of ${intent.id}`).toBeLessThanOrEqual(1)
    for (const { status } of own) mined.push({ intent, ok: status === '0x1' })
  }
  return mined
}

const desires = (scene: Scene) => recorded(journalOf(scene)).desires.map((one) => [one.brake, one.status])
const intentsOf = (scene: Scene) => recorded(journalOf(scene)).intents

/** The old key's brake waits in the pool, and the process is stopped. */
async function inTheMiddle({ scene, firebreak }: Stage): Promise<void> {
  const run = firebreak({ env: envOf(scene) })
  await run.says(/ARMED/)
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  expect(await run.stop()).toBe(0)
}

describe('in the middle of an incident', { timeout: 60_000 }, () => {
  test('check proves both keys before anything is accepted', async () => {
    await onStage({}, async ({ scene }) => {
      await withKey(scene, both(scene))
      const { code, document } = await cliJson(['check', '--plan', scene.plan], {
        env: { ...envOf(scene), GUARDIAN_KEY: scene.guardian.privateKey },
      })
      expect(code).toBe(0)
      expect(document).toMatchObject({
        brakes: [
          {
            routes: [
              { authority: 'guardian', verdict: { kind: 'works' } },
              { authority: 'guardian.next', verdict: { kind: 'works' } },
            ],
          },
        ],
        signers: [
          { authority: 'guardian', secret: { ok: true } },
          { authority: 'guardian.next', secret: { ok: true } },
        ],
      })
    })
  })

  test('while the old key’s signer is there, its effect is watched and paid better, and the new key sends nothing', async () => {
    await onStage({}, async (stage) => {
      const { scene, firebreak, proxy } = stage
      await inTheMiddle(stage)
      await withKey(scene, both(scene))
      await acceptPlan(scene, envOf(scene))
      const run = firebreak({ env: envOf(scene) })
      await run.says(/ARMED/)
      // Neither the brake nor the attack is in this block.
      const waiting = await Promise.all([scene.guardian, scene.attacker].map(({ address }) => waitingFrom(scene, address)))
      expect(waiting.map((one) => one.length)).toEqual([1, 1])
      await scene.rpc.request('anvil_dropAllTransactions', [])
      await scene.kit.mine()
      await until('a better-paid form', () => (intentsOf(scene)[0]?.attempts.length ?? 0) > 1)
      await quiet(proxy)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      const intents = intentsOf(scene)
      expect(intents.map((one) => one.key)).toEqual([scene.guardian.address])
      expect(await expectOneMinedEach(scene)).toMatchObject([{ ok: true }])
      expect(desires(scene)).toEqual([['pause', 'holding']])
    })
  })

  test('when the old key is gone, the new one sends the effect afresh', async () => {
    await onStage({}, async (stage) => {
      const { scene, firebreak } = stage
      await inTheMiddle(stage)
      // What the old key had under way is lost with the node that had it.
      await scene.rpc.request('anvil_dropAllTransactions', [])
      await withKey(scene, newAlone(scene))
      await acceptPlan(scene, envOf(scene))
      const run = firebreak({ env: envOf(scene) })
      await run.says(/ARMED/)
      await until('the new key’s brake', async () => (await waitingFrom(scene, scene.owner.address)).length > 0)
      expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      const mined = await expectOneMinedEach(scene)
      expect(mined.map(({ intent, ok }) => [intent.key, ok])).toEqual([[scene.owner.address, true]])
      expect(await scene.held()).toBe(scene.whole)
    })
  })

  test('when both keys’ effects are mined, each is mined once and the brake holds', async () => {
    await onStage({}, async (stage) => {
      const { scene, firebreak } = stage
      // Both keys are at the same turn: what one has under way must not be taken for the other's.
      const turnOf = async ({ address }: { readonly address: string }): Promise<bigint> =>
        BigInt(String(await scene.rpc.request('eth_getTransactionCount', [address, 'latest'])))
      while ((await turnOf(scene.guardian)) < (await turnOf(scene.owner))) {
        await scene.kit.broadcast((await scene.call(scene.guardian, 'greet')).raw)
        await scene.kit.mine()
      }
      await inTheMiddle(stage)
      await withKey(scene, newAlone(scene))
      await acceptPlan(scene, envOf(scene))
      const run = firebreak({ env: envOf(scene) })
      await run.says(/ARMED/)
      await until('the new key’s brake', async () => (await waitingFrom(scene, scene.owner.address)).length > 0)
      expect(await waitingFrom(scene, scene.guardian.address)).toHaveLength(1)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      await scene.kit.mine()
      expect(await run.stop()).toBe(0)
      const mined = await expectOneMinedEach(scene)
      expect(new Set(mined.map(({ intent }) => intent.id)).size).toBe(2)
      expect(new Set(mined.map(({ intent }) => intent.nonce)).size).toBe(1)
      expect(mined.filter(({ ok }) => ok)).toHaveLength(1)
      expect(desires(scene)).toEqual([['pause', 'holding']])
      expect(await scene.held()).toBe(scene.whole)
    })
  })

  test('a brake that holds stays as it is', async () => {
    await onStage({}, async (stage) => {
      const { scene, firebreak, proxy } = stage
      const run = firebreak({ env: envOf(scene) })
      await run.says(/ARMED/)
      await scene.kit.broadcast((await scene.attack()).raw)
      await brakeWaits(scene)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      await withKey(scene, newAlone(scene))
      await acceptPlan(scene, envOf(scene))
      const again = firebreak({ env: envOf(scene) })
      await again.says(/ARMED/)
      await scene.kit.mine()
      await quiet(proxy)
      expect(await again.stop()).toBe(0)
      expect(desires(scene)).toEqual([['pause', 'holding']])
      expect(await expectOneMinedEach(scene)).toHaveLength(1)
    })
  })

  test('the next key acts when the signer of the first is away', async () => {
    await onStage({}, async ({ scene, firebreak, proxy }) => {
      const server = await startSigner(scene.guardian.privateKey)
      stops.push(() => server.stop().catch(() => undefined))
      await withKey(scene, { ...both(scene), signer: "remote({ url: env('SIGNER_URL'), answersWithin: '1s' })" })
      const run = firebreak({ env: { ...envOf(scene), SIGNER_URL: server.url }, words: ['--check-every', '0'] })
      await run.says(/ARMED/)
      await quiet(proxy)
      await server.stop()
      await scene.kit.broadcast((await scene.call(scene.guardian, 'greet')).raw)
      await scene.kit.mine()
      await scene.kit.broadcast((await scene.attack()).raw)
      await until('the next key’s brake', async () => (await waitingFrom(scene, scene.owner.address)).length > 0)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(run.said() + run.troubles()).toMatch(/guardian\.next takes over/)
      expect(await run.stop()).toBe(0)
      expect(await scene.held()).toBe(scene.whole)
    })
  })
})

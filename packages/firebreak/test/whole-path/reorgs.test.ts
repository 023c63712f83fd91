// Reorgs under the attack's block and the brake's block, 1 to 7 deep: the brake holds again, and nothing is done twice.
import { expect, test } from 'vitest'
import type { Receipt } from '../../src/model/brake.ts'
import { expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, rewind, type Stage } from './run-scene.ts'

const depths = [1, 2, 3, 4, 5, 6, 7]

test('of the block that has both, the attack seen waiting', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    let snapshot = await scene.rpc.request('evm_snapshot', [])
    for (const depth of depths) {
      const firebreak = stage.firebreak()
      await firebreak.says(/ARMED/)
      const attack = await scene.attack()
      await scene.kit.broadcast(attack.raw)
      await brakeWaits(scene)
      await scene.kit.mine()
      await firebreak.says(/HOLDS/)
      await scene.kit.mine(depth - 1)
      await reorg(stage, depth)
      await until('the retraction', () => /reorg: \d+ blocks? taken back/.test(firebreak.said()))
      await brakeWaits(scene)
      // The attacker tries again as well.
      await scene.kit.broadcast(attack.raw).catch(() => undefined)
      await scene.kit.mine()
      await firebreak.says(/HOLDS/, 2)
      await expectHeldAgain(stage, depth)
      expect(await scene.held()).toBe(scene.whole)
      expect(await firebreak.stop()).toBe(0)
      snapshot = await rewind(scene, snapshot)
    }
  })
})

test('of the attack’s block, the attack seen only there', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    let snapshot = await scene.rpc.request('evm_snapshot', [])
    for (const depth of depths) {
      const firebreak = stage.firebreak()
      await firebreak.says(/ARMED/)
      const attack = await scene.attack()
      proxy.hide(attack.hash)
      await scene.kit.broadcast(attack.raw)
      await scene.kit.mine()
      await brakeWaits(scene)
      if (depth > 1) {
        await scene.kit.mine()
        await firebreak.says(/HOLDS/)
        await scene.kit.mine(depth - 2)
      }
      await reorg(stage, depth)
      await until('the retraction', () => /reorg: \d+ blocks? taken back/.test(firebreak.said()))
      await brakeWaits(scene)
      await scene.kit.mine()
      await firebreak.says(/HOLDS/, depth > 1 ? 2 : 1)
      await expectHeldAgain(stage, depth)
      expect(await firebreak.stop()).toBe(0)
      snapshot = await rewind(scene, snapshot)
    }
  })
})

test('while we are down: the old receipt is not taken for a release', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const first = stage.firebreak()
    await first.says(/ARMED/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await first.says(/HOLDS/)
    await until('the receipt in the journal', () => recorded(journalOf(scene)).of('receipt').length === 1)
    first.kill()
    await first.exited
    await reorg(stage, 1)
    const second = stage.firebreak()
    await second.says(/ARMED/)
    await brakeWaits(scene)
    await scene.kit.mine()
    await second.says(/HOLDS/)
    expect(recorded(journalOf(scene)).of('release')).toEqual([])
    expect(await second.stop()).toBe(0)
    const acts = await expectOneEffectPerIntent(scene)
    expect(acts.map((act) => act.ok)).toEqual([true])
  })
})

/** Empty blocks take the place of the last ones. */
async function reorg({ scene }: Stage, depth: number): Promise<void> {
  await scene.rpc.request('anvil_reorg', [depth, []])
  expect(await scene.paused()).toBe(false)
}

async function expectHeldAgain({ scene }: Stage, depth: number): Promise<void> {
  expect(await scene.paused()).toBe(true)
  const lastReceipt = () => recorded(journalOf(scene)).of('receipt').at(-1)?.body as unknown as Receipt | undefined
  await until('a receipt of the canonical chain', async () => {
    const receipt = lastReceipt()
    const block = await scene.rpc.request('eth_getBlockByNumber', [`0x${(receipt?.block.number ?? 0n).toString(16)}`, false])
    return (block as { readonly hash: string } | null)?.hash === receipt?.block.hash
  })
  const { of, intents, desires } = recorded(journalOf(scene))
  expect(desires.map((desire) => desire.status)).toEqual(['holding'])
  expect(of('retraction').length, `retractions at depth ${depth}`).toBeGreaterThan(0)
  expect(desires).toHaveLength(1)
  expect(new Set(intents.map((intent) => intent.nonce)).size).toBe(intents.length)
  const acts = await expectOneEffectPerIntent(scene)
  expect(acts.map((act) => act.ok)).toEqual([true])
  expect(lastReceipt()?.tx).toBe(acts[0]?.hash)
}

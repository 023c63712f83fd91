// An attacker who sees the brake in the pool pays more than it, or somebody else does: the brake pays more again, before the block.
import { expect, test } from 'vitest'
import type { Hex } from '../../src/model/hex.ts'
import { expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, waitingFrom, type Stage } from './run-scene.ts'

const gwei = 1_000_000_000n

/** What the brake that waits would pay its block's builder. */
async function tipOffered({ scene }: Stage): Promise<bigint> {
  const [brake] = await waitingFrom(scene, scene.guardian.address)
  return BigInt(brake?.['maxPriorityFeePerGas'] ?? '0x0')
}

/** The brake waits beside a first attack; then this one comes. Gives the attempts that the brake took. */
async function outbidBy(stage: Stage, second: () => Promise<Hex>): Promise<void> {
  const { scene } = stage
  const firebreak = stage.firebreak()
  await firebreak.says(/ARMED/)
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  const first = await tipOffered(stage)
  await scene.kit.broadcast(await second())
  await until('a brake that pays more', async () => (await tipOffered(stage)) > 30n * gwei)
  await scene.kit.mine()
  await firebreak.says(/HOLDS/)
  expect(await firebreak.stop()).toBe(0)
  expect(await scene.held()).toBe(scene.whole)
  const [intent, ...others] = recorded(journalOf(scene)).intents
  expect(others).toEqual([])
  expect(intent?.attempts.map((attempt) => attempt.maxTip > 30n * gwei)).toEqual([false, true])
  expect(first).toBeLessThan(30n * gwei)
  expect(firebreak.troubles()).not.toMatch(/underpriced/)
  expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
}

test('the attacker replaces the attack by one that pays more', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    await outbidBy(stage, async () => {
      const { kit, attacker, vault } = scene
      const [waiting] = await waitingFrom(scene, attacker.address)
      const data = (waiting?.['input'] ?? '0x') as Hex
      return kit.sign(attacker, { to: vault, data, gas: 200_000n, tip: 30n * gwei, maxFee: 200n * gwei, nonce: Number(waiting?.['nonce']) })
    })
  })
})

test('another attacker pays more than the first: the same brake, one effect', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const other = await scene.kit.actor('another attacker')
    await outbidBy(stage, async () => (await scene.attack({ from: other, tip: 30n * gwei })).raw)
  })
})

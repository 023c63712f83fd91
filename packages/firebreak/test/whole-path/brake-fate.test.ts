// What can become of the brake's own transaction: dropped, out-priced, replaced, unaffordable.
import { numberToHex } from 'viem'
import { expect, test } from 'vitest'
import { actsOf, expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, waitingFrom, type Stage } from './run-scene.ts'

/** Watching, the attack waiting, and the brake beside it in the pool. */
async function underAttack(stage: Stage): Promise<ReturnType<Stage['firebreak']>> {
  const firebreak = stage.firebreak()
  await firebreak.says(/ARMED/)
  await stage.scene.kit.broadcast((await stage.scene.attack()).raw)
  await brakeWaits(stage.scene)
  return firebreak
}

test('dropped from the pool: the same bytes go out again before the next block', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = await underAttack(stage)
    const [before] = await waitingFrom(scene, scene.guardian.address)
    await scene.rpc.request('anvil_dropTransaction', [before?.['hash']])
    expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
    await brakeWaits(scene)
    const [after] = await waitingFrom(scene, scene.guardian.address)
    expect(after?.['hash']).toBe(before?.['hash'])
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
    expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
  })
})

test('out-priced by a base fee that leaps: replaced at the same nonce, both fees a tenth higher', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = await underAttack(stage)
    const [before] = await waitingFrom(scene, scene.guardian.address)
    await scene.rpc.request('anvil_setNextBlockBaseFeePerGas', [numberToHex(500_000_000_000n)])
    await scene.kit.mine()
    expect(await scene.paused()).toBe(false)
    await until(
      'a better-paid form',
      async () => ![undefined, before?.['hash']].includes((await waitingFrom(scene, scene.guardian.address))[0]?.['hash']),
    )
    const [after] = await waitingFrom(scene, scene.guardian.address)
    expect(after?.['nonce']).toBe(before?.['nonce'])
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
    expect(firebreak.troubles()).not.toMatch(/underpriced/)
    const [intent, ...others] = recorded(journalOf(scene)).intents
    expect(others).toEqual([])
    const attempts = intent?.attempts ?? []
    expect(attempts.length).toBeGreaterThan(1)
    attempts.slice(1).forEach((attempt, i) => {
      const last = attempts[i]
      expect(attempt.maxFee * 10n >= (last?.maxFee ?? 0n) * 11n && attempt.maxTip * 10n >= (last?.maxTip ?? 0n) * 11n).toBe(true)
    })
    expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
  })
})

test('replaced by somebody with the same key: a fresh effect at the next nonce', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = await underAttack(stage)
    const [ours] = await waitingFrom(scene, scene.guardian.address)
    const greet = await scene.kit.sign(scene.guardian, {
      to: scene.coin,
      data: '0x70a082310000000000000000000000000000000000000000000000000000000000000001',
      gas: 100_000n,
      tip: 50_000_000_000n,
      maxFee: 100_000_000_000n,
      nonce: Number(ours?.['nonce']),
    })
    const foreign = await scene.kit.broadcast(greet)
    await scene.kit.mine()
    expect(await scene.paused()).toBe(false)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)
    const acts = await actsOf(scene)
    expect(acts.map((act) => [act.nonce, act.ok])).toEqual([
      [0, true],
      [1, true],
    ])
    expect(acts[0]?.hash).toBe(foreign)
    const { intents } = recorded(journalOf(scene))
    expect(intents.map((intent) => intent.nonce)).toEqual([0n, 1n])
    expect(intents.at(-1)?.attempts.some((attempt) => attempt.hash === acts[1]?.hash)).toBe(true)
  })
})

test('a key without gas: said clearly, no crash, and it works once it has coins', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    await scene.rpc.request('anvil_setBalance', [scene.guardian.address, '0x0'])
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await firebreak.says(new RegExp(`${scene.guardian.address} has 0, not enough`))
    await firebreak.says(/hold nothing/)
    await scene.kit.mine(2)
    expect(firebreak.alive()).toBe(true)
    expect(await actsOf(scene)).toEqual([])
    await scene.rpc.request('anvil_setBalance', [scene.guardian.address, numberToHex(10n ** 19n)])
    await scene.kit.mine()
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)
    expect((await expectOneEffectPerIntent(scene)).map((act) => act.ok)).toEqual([true])
  })
})

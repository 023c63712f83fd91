// The node fails us: it dies and comes back, falls silent, talks nonsense, and repeats what an attacker wrote.
import { expect, test } from 'vitest'
import { answerWith } from '../../src/local-chain/rules.ts'
import { expectOneEffectPerIntent } from './facts.ts'
import { httpFront } from './http-front.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, waitingFrom, type Stage } from './run-scene.ts'

async function expectStopped({ scene }: Stage, firebreak: ReturnType<Stage['firebreak']>, held = scene.whole): Promise<void> {
  await firebreak.says(/HOLDS/)
  expect(await scene.paused()).toBe(true)
  expect(await scene.held()).toBe(held)
  expect(await firebreak.stop()).toBe(0)
  expect((await expectOneEffectPerIntent(scene)).map((act) => act.ok)).toEqual([true])
}

test('it dies during an attack and comes back with an empty pool: the brake is sent again', async () => {
  await onStage({ keepsState: true }, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    const attack = await scene.attack()
    await scene.kit.broadcast(attack.raw)
    await brakeWaits(scene)
    await scene.restartNode()
    expect(await waitingFrom(scene, scene.attacker.address)).toEqual([])
    await brakeWaits(scene)
    await scene.kit.broadcast(attack.raw)
    await scene.kit.mine()
    await expectStopped(stage, firebreak)
  })
})

test('it is away while the attack comes: caught up as soon as it is back', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    proxy.refuse(true)
    proxy.cut()
    await firebreak.says(/could not be asked/)
    await scene.kit.mine(2)
    await scene.kit.broadcast((await scene.attack()).raw)
    proxy.refuse(false)
    await brakeWaits(scene)
    await scene.kit.mine()
    await expectStopped(stage, firebreak)
  })
})

test('its subscription to heads falls silent: blocks are followed all the same', async () => {
  const isHead = (result: unknown): boolean => typeof result === 'object' && result !== null && 'parentHash' in result
  await onStage({ rules: [{ passes: (result) => !isHead(result) }] }, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    const attack = await scene.attack()
    proxy.hide(attack.hash)
    await scene.kit.broadcast(attack.raw)
    await scene.kit.mine()
    await brakeWaits(scene)
    await scene.kit.mine()
    await expectStopped(stage, firebreak, (scene.whole * 9n) / 10n)
  })
})

test('it answers nonsense in the middle of an attack: trouble is told, and the brake goes out', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    proxy.add(answerWith(({ method }) => method === 'eth_simulateV1', { raw: '{"jsonrpc":"2.0","id":1,"result":' }, 1))
    proxy.add(answerWith(({ method }) => method === 'eth_simulateV1', { result: [{ calls: 'none' }] }, 1))
    proxy.add(answerWith(({ method }) => method === 'eth_getTransactionCount', { result: 'many' }, 2))
    proxy.add(answerWith(({ method }) => method === 'eth_sendRawTransaction', { raw: 'oops' }, 1))
    proxy.add(answerWith(({ method }) => method === 'eth_getLogs', { error: { code: -32_005, message: 'limit exceeded' } }, 2))
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await expectStopped(stage, firebreak)
    expect(firebreak.troubles()).toMatch(/trouble .*makes no sense/)
    expect(firebreak.troubles()).toMatch(/trouble .*limit exceeded/)
  })
})

test('a hosted node answers errors with HTTP 200: trouble is told, and the brake goes out', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const front = await httpFront(scene.anvil().httpUrl, 'rented')
    try {
      const firebreak = stage.firebreak({ endpoint: front.url })
      await firebreak.says(/ARMED/)
      const attack = await scene.attack()
      const bad = [
        '{"error":"rate limited"}',
        '<html>upstream</html>',
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"busy"}}',
      ]
      let left = 9
      front.answer(() => (left-- > 0 ? bad[left % bad.length] : undefined))
      await scene.kit.broadcast(attack.raw)
      await scene.kit.mine()
      await brakeWaits(scene)
      await scene.kit.mine()
      await expectStopped(stage, firebreak, (scene.whole * 9n) / 10n)
      expect(firebreak.troubles()).toMatch(/trouble .*(rate limited|busy|makes no sense)/)
    } finally {
      await front.close()
    }
  })
})

test('a revert reason with braces and newlines changes nothing', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await scene.kit.broadcast((await scene.call(scene.attacker, 'shout')).raw)
    await scene.kit.mine()
    await scene.kit.broadcast((await scene.call(scene.attacker, 'shout')).raw)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await expectStopped(stage, firebreak)
    await until('the end', () => !firebreak.alive())
    expect(firebreak.said()).not.toContain('\u202e')
  })
})

// Other people act as well: a colleague pauses first, governance releases, an attacker holds the owner's key.
import { expect, test } from 'vitest'
import { expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, type Stage, quiet } from './run-scene.ts'

async function contained(stage: Stage): Promise<ReturnType<Stage['firebreak']>> {
  const { scene } = stage
  const firebreak = stage.firebreak()
  await firebreak.says(/ARMED/)
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  await scene.kit.mine()
  await firebreak.says(/HOLDS/)
  expect(await scene.held()).toBe(scene.whole)
  return firebreak
}

const statuses = (path: string): readonly string[] => recorded(path).desires.map((desire) => desire.status)

test('a colleague paused before the attack came: nothing is sent', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await scene.kit.broadcast((await scene.call(scene.owner, 'pause')).raw)
    await scene.kit.mine()
    await quiet(stage.proxy)
    await scene.kit.broadcast((await scene.attack()).raw)
    await scene.kit.mine(3)
    expect(await firebreak.stop()).toBe(0)
    expect(await expectOneEffectPerIntent(scene)).toEqual([])
    expect(recorded(journalOf(scene)).desires).toEqual([])
    expect(await scene.held()).toBe(scene.whole)
  })
})

test('a colleague pauses in the same block, before us: ours does no harm, and the receipt names no transaction of ours', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.broadcast((await scene.call(scene.owner, 'pause', 900_000_000_000n)).raw)
    await scene.kit.mine()
    await firebreak.says(/HOLDS pause at block \d+, (?:pulled )?by someone else/)
    await scene.kit.mine(3)
    expect(await firebreak.stop()).toBe(0)
    const acts = await expectOneEffectPerIntent(scene)
    expect(acts.map((act) => act.ok)).toEqual([false])
    expect(statuses(journalOf(scene))).toEqual(['holding'])
    expect(await scene.held()).toBe(scene.whole)
  })
})

test('governance releases while the incident is open: we let go, say so, and do not pull again by ourselves, after a restart neither', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = await contained(stage)
    await scene.kit.broadcast((await scene.call(scene.owner, 'unpause')).raw)
    await scene.kit.mine()
    await firebreak.says(/: released/)
    await scene.kit.mine(3)
    expect(await firebreak.stop()).toBe(0)

    const again = stage.firebreak()
    await again.says(/ARMED/)
    await scene.kit.mine(3)
    expect(await again.stop()).toBe(0)

    expect(await scene.paused()).toBe(false)
    expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
    const { of, desires } = recorded(journalOf(scene))
    expect(desires.map((desire) => desire.status)).toEqual(['released'])
    expect(of('release')).toHaveLength(1)
    expect(of('signal').filter((entry) => JSON.stringify(entry.body, text).includes('released by someone else'))).toHaveLength(1)
    expect(of('decision').filter((entry) => JSON.stringify(entry.body, text).includes('"verdict":"pull"'))).toHaveLength(1)
  })
})

test('an attacker with the owner’s key releases and drains again: a new incident, and the brake is pulled again', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = await contained(stage)
    await scene.kit.broadcast((await scene.call(scene.owner, 'unpause')).raw)
    await scene.kit.mine()
    await firebreak.says(/: released/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/, 2)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
    expect((await expectOneEffectPerIntent(scene)).map((act) => act.ok)).toEqual([true, true])
    const { desires } = recorded(journalOf(scene))
    expect(desires.map((desire) => desire.status)).toEqual(['released', 'holding'])
    expect(new Set(desires.map((desire) => desire.incident)).size).toBe(2)
  })
})

test('and no more often than the plan allows: then it waits for people', async () => {
  await onStage({ plan: { atMost: '1/day' } }, async (stage) => {
    const { scene } = stage
    const firebreak = await contained(stage)
    await scene.kit.broadcast((await scene.call(scene.owner, 'unpause')).raw)
    await scene.kit.mine()
    await firebreak.says(/: released/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await firebreak.says(/PROPOSE pause \(the rule's budget/)
    await scene.kit.mine(2)
    expect(await firebreak.stop()).toBe(0)
    await until('the journal', () => statuses(journalOf(scene)).join() === 'released')
    expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
  })
})

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

test('whoever reads what it says goes away: it goes on, and stops the attack', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await firebreak.says(/brakes would work/)
    firebreak.deafen()
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine(2)
    expect(await scene.held()).toBe(scene.whole)
    await until('the record of it', () => statuses(journalOf(scene)).includes('holding'))
    expect(firebreak.alive()).toBe(true)
    expect(await firebreak.stop()).toBe(0)
  })
})

// Our own machine fails us: the disk is full before, during and after an incident; the clock is set hours forward and back.
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { JournalFull } from '../../src/journal/errors.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { until } from './until.ts'
import { brakeWaits, onStage, rewind, type Stage } from './run-scene.ts'

const hour = 3_600_000

async function attacked({ scene }: Stage, firebreak: ReturnType<Stage['firebreak']>): Promise<void> {
  await firebreak.says(/ARMED/)
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  await scene.kit.mine()
  await firebreak.says(/HOLDS/)
  expect(await scene.held()).toBe(scene.whole)
}

test('a full disk: the brake goes out all the same, and the record is taken in later', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    let snapshot = await scene.rpc.request('evm_snapshot', [])
    const overflowed: number[] = []
    // Full before it starts; with room for a few entries, so that it is full during the incident; and with room until after it.
    for (const room of [0, 1, 2, 3, 4]) {
      fill(journalOf(scene))
      const full = stage.firebreak({ faults: { maxPageCount: pages + room } })
      await attacked(stage, full)
      // Killed: what only memory knows is lost, what was said to be durable is not.
      full.kill()
      await full.exited
      const before = verifyJournal(journalOf(scene))
      expect(before).toMatchObject({ ok: true })
      if (before.waiting > 0) overflowed.push(room)

      const roomy = stage.firebreak()
      await roomy.says(/ARMED/)
      await until('the receipt in the journal', () => recorded(journalOf(scene)).desires.some((desire) => desire.status === 'holding'))
      expect(await roomy.stop()).toBe(0)
      const { of } = recorded(journalOf(scene))
      expect(of('intent').length).toBeGreaterThan(0)
      if (before.waiting > 0) expect(of('restored').length).toBeGreaterThan(0)
      expect((await expectOneEffectPerIntent(scene)).map((act) => act.ok)).toEqual([true])
      snapshot = await rewind(scene, snapshot)
    }
    expect(overflowed).toEqual(expect.arrayContaining([0, 1]))
    expect(overflowed).not.toContain(4)
  })
})

const pages = 20

/** A journal that has no room for one more entry within its pages. */
function fill(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const journal = openJournal(path, { maxPageCount: pages })
  try {
    for (;;) journal.append([{ kind: 'note', at: 1, body: { filler: 'x'.repeat(200) } }])
  } catch (error) {
    if (!(error instanceof JournalFull)) throw error
  } finally {
    journal.close()
  }
}

test.each([
  ['forward before the attack', 5 * hour, 5 * hour],
  ['back before the attack', -5 * hour, -5 * hour],
  ['forward between the attack and the brake', 0, 5 * hour],
  ['back between the attack and the brake', 0, -5 * hour],
])('the clock is set %s', async (_, before, between) => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const clock = join(scene.folder, 'clock')
    await writeFile(clock, '0')
    const firebreak = stage.firebreak({ faults: { clock } })
    await firebreak.says(/ARMED/)
    await writeFile(clock, String(before))
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await writeFile(clock, String(between))
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    await scene.kit.mine(2)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
    expect((await expectOneEffectPerIntent(scene)).map((act) => act.ok)).toEqual([true])
    expect(recorded(journalOf(scene)).desires.map((desire) => desire.status)).toEqual(['holding'])
  })
})

// Checkpoints of a real run: they cover it from start to end, show a cut-off end, and are never a reason to stop.
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCheckpoints } from '../../src/journal/checkpoint.ts'
import { tamper } from '../../src/journal/for-tests.ts'
import { cli } from '../support/cli.ts'
import { journalOf, recorded } from './facts.ts'
import { brakeWaits, onStage } from './run-scene.ts'
import { until } from './until.ts'

test('a run signs its record as it goes: the whole one agrees, a cut one does not, and the key is nowhere else', async () => {
  await onStage({}, async ({ scene, firebreak: start }) => {
    const journal = journalOf(scene)
    const file = join(scene.folder, 'checkpoints.jsonl')
    const written = async () => {
      const text = await readFile(file, 'utf8').catch(() => '')
      // Whole lines only: one may be on its way.
      return parseCheckpoints(text.slice(0, text.lastIndexOf('\n') + 1), file)
    }
    const firebreak = start({ checkpoints: file })
    await firebreak.says(/ARMED/)
    const signer = /signed by (0x[0-9a-fA-F]{40})/.exec(firebreak.troubles())?.[1] ?? ''
    expect(signer).not.toBe(scene.guardian.address)
    await until('the first checkpoint', async () => (await written()).length > 0)
    const atStart = (await written()).length
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await until('a checkpoint of the incident', async () => (await written()).length > atStart)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)

    const checkpoints = await written()
    const { entries, of } = recorded(journal)
    expect(checkpoints.at(-1)?.hash).toBe(entries.at(-1)?.hash)
    expect(of('note').at(-1)?.body).toMatchObject({ signer })
    // The first one covers the entry that names its signer.
    expect(checkpoints[0]?.seq).toBeGreaterThanOrEqual(of('started')[0]?.seq ?? Infinity)

    const verify = ['verify', '--journal', journal, '--against', file]
    const whole = await cli([...verify, '--signer', signer])
    expect(whole).toMatchObject({ code: 0, err: '' })
    expect(whole.out).toContain(`agrees with ${checkpoints.length} checkpoints`)
    const unpinned = await cli(verify)
    expect(unpinned.code).toBe(0)
    expect(unpinned.err).toMatch(/warning.*--signer/)
    expect(await cli([...verify, '--signer', scene.guardian.address])).toMatchObject({ code: 1 })

    const keyFile = `${journal}.signer`
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    const key = (await readFile(keyFile, 'utf8')).trim().slice(2)
    const files = (await readdir(scene.folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    for (const one of files) {
      const path = join(one.parentPath, one.name)
      if (path !== keyFile) expect((await readFile(path)).includes(key), path).toBe(false)
    }
    expect(firebreak.said() + firebreak.troubles()).not.toContain(key)

    tamper(journal, 'delete from entries where seq > (select max(seq) - 3 from entries)')
    expect(await cli(['verify', '--journal', journal])).toMatchObject({ code: 0 })
    const cut = await cli([...verify, '--signer', signer])
    expect(cut.code).toBe(1)
    expect(cut.out).toMatch(/its tail was cut off/)
  })
})

test('a second run goes on with the same key and the same file', async () => {
  await onStage({}, async ({ scene, firebreak: start }) => {
    const file = join(scene.folder, 'checkpoints.jsonl')
    for (let i = 0; i < 2; i++) {
      const firebreak = start({ checkpoints: file, armed: false })
      await firebreak.says(/shadow/)
      expect(await firebreak.stop()).toBe(0)
    }
    const checkpoints = parseCheckpoints(await readFile(file, 'utf8'), file)
    expect(checkpoints.length).toBeGreaterThanOrEqual(4)
    expect(new Set(checkpoints.map((one) => one.signer)).size).toBe(1)
    expect(await cli(['verify', '--journal', journalOf(scene), '--against', file])).toMatchObject({ code: 0 })
  })
})

test('where they cannot be written it is said, and the brake goes out all the same', async () => {
  await onStage({}, async ({ scene, firebreak: start }) => {
    const folder = join(scene.folder, 'a-folder')
    await mkdir(folder)
    const firebreak = start({ checkpoints: folder })
    await firebreak.says(/ARMED/)
    await firebreak.says(/trouble no checkpoint was written/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('the journal itself is no place for them', async () => {
  await onStage({}, async ({ scene, firebreak: start }) => {
    const firebreak = start({ checkpoints: journalOf(scene) })
    await firebreak.exited
    expect(firebreak.troubles()).toMatch(/--checkpoints.*\n.*mend:/)
  })
})

// A record that is not what was written: of a newer version, with a changed byte, or cut off. Refused or told, and left as it is.
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonical } from '../../src/base/canonical.ts'
import { rebuild } from '../../src/engine/rebuild.ts'
import { formatCheckpoint, makeCheckpoint } from '../../src/journal/checkpoint.ts'
import { tamper } from '../../src/journal/for-tests.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { UserError } from '../../src/model/errors.ts'
import { cli, type Ended } from '../support/cli.ts'
import { recorded } from '../whole-path/facts.ts'
import { startFirebreak } from '../whole-path/processes.ts'
import { brakeWaits } from '../whole-path/run-scene.ts'
import { startScene, type Scene } from '../whole-path/scene.ts'
import { refused } from './refused.ts'

let scene: Scene
let whole = ''
beforeAll(async () => {
  scene = await startScene()
  whole = join(scene.folder, 'whole.journal')
  const running = startFirebreak(scene, { endpoint: scene.anvil().ipcPath, journal: whole })
  try {
    await running.says(/ARMED/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await running.says(/HOLDS/)
    expect(await running.stop()).toBe(0)
  } finally {
    running.kill()
    await running.exited
  }
})
afterAll(() => scene?.stop())

const fileNamed = (name: string): string => join(scene.folder, `${name}.journal`)

async function damaged(name: string, change: (bytes: Buffer) => void): Promise<string> {
  const bytes = await readFile(whole)
  change(bytes)
  await writeFile(fileNamed(name), bytes)
  return fileNamed(name)
}

/** One bit, in the middle of the first place where this text is stored. */
function flip(bytes: Buffer, text: string): void {
  const at = bytes.indexOf(text)
  expect(at, text).toBeGreaterThanOrEqual(0)
  const middle = at + Math.floor(text.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
}

function firebreak(words: string, journal: string): Promise<Ended> {
  const env = {
    SCENE_RPC: scene.anvil().ipcPath,
    GUARDIAN_KEY: scene.guardian.privateKey,
    FIREBREAK_STATE: join(scene.folder, 'state'),
  }
  return cli([...words.split(' '), '--plan', scene.plan, '--journal', journal], { env })
}

const secrets = (): readonly string[] => [scene.guardian.privateKey.slice(2), scene.anvil().ipcPath]

/** Every command that goes on from what the record says; none of them may touch it. */
async function allRefuse(journal: string, path: RegExp): Promise<void> {
  const before = await readFile(journal)
  for (const words of ['run', 'run --armed', 'incidents', 'accept', 'pull pause --yes']) {
    const places = refused(await firebreak(words, journal), secrets())
    expect(places, words).toEqual([expect.stringMatching(path)])
  }
  expect((await readFile(journal)).equals(before)).toBe(true)
}

async function verifyShows(journal: string, what: RegExp, more = ''): Promise<void> {
  const before = await readFile(journal)
  const { code, out, err } = await firebreak(`verify${more}`, journal)
  expect({ code, err, out }).toMatchObject({ code: 1, out: expect.stringMatching(what) })
  expect((await readFile(journal)).equals(before)).toBe(true)
}

test('a journal of a newer version is refused by every command, with the mend', async () => {
  const journal = fileNamed('newer')
  await copyFile(whole, journal)
  tamper(journal, 'pragma user_version = 2')
  await allRefuse(journal, /newer\.journal$/)
  const ended = await firebreak('verify', journal)
  expect(refused(ended)).toEqual([journal])
  expect(ended.err).toMatch(/newer version of Firebreak \(format 2; .*\n +mend: update Firebreak/)
})

describe('a flipped byte', () => {
  test.each([
    ['in a decision', '"verdict":"pull"', /entry \d+$/, /NOT WHOLE.*\n.*entry \d+ changed/],
    ['in an intent', '"kind":"intent"', /entry \d+$/, /NOT WHOLE.*\n.*entry \d+ changed/],
  ])('%s', async (_, text, path, shown) => {
    const journal = await damaged('flipped', (bytes) => flip(bytes, text))
    await allRefuse(journal, path)
    await verifyShows(journal, shown)
  })

  test('in the states that are kept beside the record is said, and they are computed again: nothing waits for it', async () => {
    const journal = await damaged('kept', (bytes) => flip(bytes, '"prices":['))
    await verifyShows(journal, /NOT WHOLE.*\n.*file value: a state that is kept/)
    const before = hashesIn(journal)
    const running = startFirebreak(scene, { endpoint: scene.anvil().ipcPath, journal })
    try {
      await running.says(/ARMED/)
      expect(running.troubles()).toContain("'reached:local' is damaged")
      expect(await running.stop()).toBe(0)
    } finally {
      running.kill()
      await running.exited
    }
    expect(hashesIn(journal).slice(0, before.length)).toEqual(before)
    // Nothing is pulled a second time for what was contained, and what is kept now is whole.
    expect(recorded(journal).desires).toHaveLength(1)
    expect(verifyJournal(journal)).toMatchObject({ ok: true })
  })

  test('in the file’s first bytes makes it no journal at all', async () => {
    const journal = await damaged('header', (bytes) => flip(bytes, 'SQLite format 3'))
    await allRefuse(journal, /header\.journal$/)
    await verifyShows(journal, /NOT WHOLE/)
  })

  test('anywhere at all never makes us remember something else', async () => {
    const bytes = await readFile(whole)
    const journal = fileNamed('anywhere')
    const remembered = memoryOf(whole)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ change
        await writeFile(journal, changed)
        try {
          expect(memoryOf(journal)).toBe(remembered)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('a cut-off tail', () => {
  test('of the file', async () => {
    const journal = fileNamed('short')
    await copyFile(whole, journal)
    await truncate(journal, Math.floor((await readFile(whole)).length / 4096 / 2) * 4096)
    await allRefuse(journal, /short\.journal/)
    await verifyShows(journal, /NOT WHOLE/)
  })

  test('of the entries is shown by a checkpoint that was kept elsewhere', async () => {
    const reader = openJournal(whole, { readOnly: true })
    const checkpoints = join(scene.folder, 'checkpoints.jsonl')
    const account = privateKeyToAccount(scene.owner.privateKey)
    await writeFile(checkpoints, `${formatCheckpoint(await makeCheckpoint(reader, account, 7))}\n`)
    reader.close()
    const journal = fileNamed('cut')
    await copyFile(whole, journal)
    tamper(journal, 'delete from entries where seq > (select max(seq) - 3 from entries)')
    await verifyShows(journal, /cut: .*its tail was cut off/, ` --against ${checkpoints} --signer ${account.address}`)

    await writeFile(checkpoints, 'not a checkpoint\n{"version":1}\n')
    const ended = await firebreak(`verify --against ${checkpoints}`, whole)
    expect({ code: ended.code, mends: ended.err.match(/mend:/g)?.length }).toEqual({ code: 2, mends: 2 })
  })
})

function memoryOf(file: string): string {
  const journal = openJournal(file, { readOnly: true })
  try {
    const { memory, intents, receipts, accepted } = rebuild(journal)
    return canonical({ memory, intents, receipts: [...receipts], accepted: accepted ?? null })
  } finally {
    journal.close()
  }
}

function hashesIn(file: string): readonly string[] {
  const journal = openJournal(file, { readOnly: true })
  try {
    return [...journal.read()].map(({ hash }) => hash)
  } finally {
    journal.close()
  }
}

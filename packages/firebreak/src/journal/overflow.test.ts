// Shows that a full disk stops no intent: it is durable beside the journal, readable at once, and enters the chain exactly once.
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RetryableError, UserError } from '../model/errors.ts'
import type { Entry, Json, NewEntry } from '../model/journal.ts'
import { JournalFull } from './errors.ts'
import { newEntry, note, temporaryFolder } from './for-tests.ts'
import { openOverflow, overflowPath, readOverflow } from './overflow.ts'
import { prepare } from './chain.ts'
import { openJournal } from './sqlite/journal.ts'
import type { SqliteJournal } from './sqlite/options.ts'
import { verifyJournal } from './verify.ts'

const intent = (n: number): NewEntry => ({ kind: 'intent', at: n, body: { n }, sealed: { signer: `person ${n}` } })
const big = note('x'.repeat(3000))
const bodies = (entries: Iterable<Entry>): readonly Json[] => [...entries].filter(({ kind }) => kind === 'intent').map(({ body }) => body)

/** Appends until the database is full. */
function fill(journal: SqliteJournal): number {
  for (let count = 0; ; count++) {
    try {
      journal.append([big])
    } catch (error) {
      expect(error).toBeInstanceOf(JournalFull)
      expect(error).toBeInstanceOf(RetryableError)
      return count
    }
  }
}

describe('a full disk', () => {
  test('append says so and stores nothing; intents overflow, can be read at once, and enter the chain at the next opening', () => {
    using folder = temporaryFolder()
    const full = openJournal(folder.file(), { maxPageCount: 24 })
    const count = fill(full)
    expect(full.head().seq).toBe(count)
    const first = full.appendOrOverflow([intent(1), intent(2), big])
    const second = full.appendOrOverflow([intent(3), big])
    expect([first.overflowed, second.overflowed]).toEqual([true, true])
    expect(bodies(full.read())).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(full.open(first.entries[1]?.seq ?? -1, 'signer')?.value).toBe('person 2')
    expect(() => full.append([big])).toThrow(JournalFull)
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, entries: count + 1, waiting: 5 })
    const reader = openJournal(folder.file(), { readOnly: true })
    expect([...reader.read()]).toEqual([...full.read()])
    expect(reader.open(first.entries[1]?.seq ?? -1, 'signer')?.value).toBe('person 2')
    reader.close()
    const promised = [...full.read()]
    full.close()

    const still = openJournal(folder.file(), { maxPageCount: 24 })
    expect([...still.read()]).toEqual(promised)
    still.close()

    const roomy = openJournal(folder.file())
    // The very entries that were promised: same places, same hashes.
    expect([...roomy.read()]).toEqual(promised)
    expect(roomy.head().seq).toBe(promised.at(-1)?.seq)
    expect([...roomy.read({ kinds: ['restored'] })]).toMatchObject([{ body: { entries: 3 } }, { body: { entries: 2 } }])
    expect(roomy.open(first.entries[1]?.seq ?? -1, 'signer')?.value).toBe('person 2')
    roomy.append([note('after')])
    roomy.close()
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, waiting: 0, entries: promised.length + 1 })
    expect(readFileSync(overflowPath(folder.file())).includes('person')).toBe(false)
  })

  test('when room comes back, the next write takes in what waits, in order, without a restart', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file(), { maxPageCount: 40 })
    journal.keep('ballast', 'y'.repeat(60_000))
    journal.flush()
    fill(journal)
    const { entries } = journal.appendOrOverflow([intent(1), big])
    journal.later([big, note('queued')])
    expect(() => journal.flush()).toThrow(JournalFull)
    journal.later([note('queued too')])
    // Only kept state can shrink.
    journal.keep('ballast', '')
    expect(() => journal.append([big])).toThrow(JournalFull)
    journal.flush()
    const { overflowed } = journal.appendOrOverflow([intent(2)])
    expect(overflowed).toBe(false)
    const read = [...journal.read({ from: entries[0]?.seq ?? 0 })]
    expect(read.map(({ kind, body }) => (kind === 'intent' ? body : typeof body === 'string' ? body.slice(0, 10) : body))).toEqual([
      { n: 1 },
      'xxxxxxxxxx',
      'xxxxxxxxxx',
      'queued',
      'queued too',
      { n: 2 },
    ])
    journal.close()
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, waiting: 0 })
  })

  test('the overflow file is full as well: the intent is refused as retryable, and everything before it is safe', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file(), { maxPageCount: 24 })
    fill(journal)
    const accepted: Json[] = []
    expect(() => {
      for (let n = 0; ; n++) {
        journal.appendOrOverflow([intent(n), big])
        accepted.push({ n })
      }
    }).toThrow(JournalFull)
    expect(accepted.length).toBeGreaterThan(15)
    expect(statSync(overflowPath(folder.file())).size).toBe(65_536)
    journal.close()
    const roomy = openJournal(folder.file())
    expect(bodies(roomy.read())).toEqual(accepted)
    roomy.close()
    expect(verifyJournal(folder.file()).ok).toBe(true)
  })

  test('what was left for later is not lost when the engine stops while the disk is full', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file(), { maxPageCount: 24 })
    fill(journal)
    journal.later([intent(1), big])
    journal.close()
    const roomy = openJournal(folder.file())
    expect(bodies(roomy.read())).toEqual([{ n: 1 }])
    roomy.close()
  })

  test('a new journal on a full disk is refused as retryable', () => {
    using folder = temporaryFolder()
    expect(() => openJournal(folder.file(), { maxPageCount: 2 })).toThrow(JournalFull)
    openJournal(folder.file()).close()
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, entries: 1 })
  })

  test('a record that is in the chain already is not taken in twice', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file(), { maxPageCount: 24 })
    fill(journal)
    journal.appendOrOverflow([intent(1), big])
    journal.close()
    copyFileSync(overflowPath(folder.file()), folder.file('overflow before'))
    openJournal(folder.file()).close()
    // As after a crash between the commit and the wipe.
    copyFileSync(folder.file('overflow before'), overflowPath(folder.file()))
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, waiting: 0 })
    const again = openJournal(folder.file())
    expect(bodies(again.read())).toEqual([{ n: 1 }])
    again.close()
    expect(readOverflow(overflowPath(folder.file()), again.id)).toEqual([])
  })
})

describe('the overflow file', () => {
  const id = `0x${'ab'.repeat(32)}` as const
  const after = `0x${'cd'.repeat(32)}` as const
  const random = (count: number) => new Uint8Array(count)

  test('gives back arbitrary records; a torn last one is as if it had never been', () => {
    fc.assert(
      fc.property(fc.array(fc.array(newEntry, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }), fc.nat(), (groups, cut) => {
        using folder = temporaryFolder()
        const overflow = openOverflow(folder.file(), id)
        const records = groups.map((group) =>
          overflow.write(
            after,
            'full',
            group.map((entry) => prepare(entry, random)),
          ),
        )
        overflow.close()
        expect(readOverflow(folder.file(), id)).toEqual(records)
        const content = readFileSync(folder.file())
        const end = content.findLastIndex((byte) => byte !== 0) + 1
        const torn = content.fill(0, Math.max(64, end - 1 - (cut % 60)))
        writeFileSync(folder.file(), torn)
        const reopened = openOverflow(folder.file(), id)
        expect(reopened.records()).toEqual(records.slice(0, reopened.records().length))
        expect(reopened.records().length).toBeLessThan(records.length)
        const next = reopened.write(after, 'full', [prepare(note('next'), random)])
        expect(readOverflow(folder.file(), id).at(-1)).toEqual(next)
        reopened.wipe()
        expect(readOverflow(folder.file(), id)).toEqual([])
        reopened.close()
      }),
      { numRuns: 40 },
    )
  })

  test('of another journal is refused while it holds something; a strange file always', () => {
    using folder = temporaryFolder()
    const other = `0x${'ef'.repeat(32)}` as const
    const overflow = openOverflow(folder.file(), id)
    overflow.write(after, 'full', [prepare(note(1), random)])
    overflow.close()
    expect(() => openOverflow(folder.file(), other)).toThrow(UserError)
    const emptied = openOverflow(folder.file(), id)
    emptied.wipe()
    emptied.close()
    openOverflow(folder.file(), other).close()
    writeFileSync(folder.file(), 'holiday pictures')
    expect(() => openOverflow(folder.file(), id)).toThrow(UserError)
    expect(readFileSync(folder.file(), 'utf8')).toBe('holiday pictures')
  })
})

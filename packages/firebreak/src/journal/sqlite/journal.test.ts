// Shows that what was appended is there, in order and durable, and that a journal refuses what it should.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, canonicalHash } from '../../base/canonical.ts'
import { knownSecrets, SecretInText } from '../../base/secrets.ts'
import { UserError } from '../../model/errors.ts'
import type { NewEntry } from '../../model/journal.ts'
import { NotAJournal } from '../errors.ts'
import { newEntry, note, tamper, temporaryFolder } from '../for-tests.ts'
import { verifyJournal } from '../verify.ts'
import { JournalInUse } from './lock.ts'
import { openJournal } from './journal.ts'

const plain = ({ kind, at, body }: NewEntry) => ({ kind, at, body })

describe('a journal', () => {
  test('gives back arbitrary entries in the order of the calls, verifies, and survives reopening', () => {
    const acts = fc.array(
      fc.tuple(fc.constantFrom('append', 'later', 'overflow', 'flush', 'reopen'), fc.array(newEntry, { maxLength: 3 })),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(acts, (acts) => {
        using folder = temporaryFolder()
        let journal = openJournal(folder.file())
        const written: NewEntry[] = []
        for (const [act, entries] of acts) {
          if (act === 'append') journal.append(entries)
          if (act === 'overflow') journal.appendOrOverflow(entries)
          if (act === 'later') journal.later(entries)
          if (act === 'flush') journal.flush()
          if (act === 'reopen') {
            journal.close()
            journal = openJournal(folder.file())
          }
          if (act !== 'flush' && act !== 'reopen') written.push(...entries)
        }
        const read = [...journal.read({ from: 1 })]
        expect(read.map(plain)).toEqual(written.map(plain))
        for (const [index, entry] of read.entries()) {
          for (const [field, value] of Object.entries(written[index]?.sealed ?? {}))
            expect(journal.open(entry.seq, field)?.value).toEqual(value)
          const { hash, ...content } = entry
          expect(canonicalHash(content)).toBe(hash)
        }
        journal.close()
        expect(verifyJournal(folder.file())).toMatchObject({ ok: true, problems: [], entries: written.length + 1 })
      }),
      { numRuns: 60 },
    )
  })

  test('links each entry to the one before, from a first entry that names the journal', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file(), { now: () => 77 })
    const [first, second] = journal.append([note('a'), note('b')])
    const [genesis] = journal.read()
    expect(genesis).toMatchObject({ seq: 0, at: 77, body: { journal: journal.id, version: 1 } })
    expect(first).toMatchObject({ seq: 1, previous: genesis?.hash })
    expect(second).toMatchObject({ seq: 2, previous: first?.hash })
    expect(journal.head()).toMatchObject({ seq: 2, hash: second?.hash })
    expect([...journal.read({ kinds: ['signal'] })]).toEqual([])
    expect([...journal.read({ kinds: ['note', 'signal'], from: 2 })]).toEqual([second])
    journal.close()
  })

  test('reads more than a page', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.append(Array.from({ length: 1203 }, (_, index) => note(index)))
    expect([...journal.read()].map(({ seq }) => seq)).toEqual(Array.from({ length: 1204 }, (_, seq) => seq))
    journal.close()
  })

  test('writes what was left for later in one group: with the next append, or by itself after a moment', () => {
    using folder = temporaryFolder()
    const timers: (() => void)[] = []
    const groups: string[] = []
    const journal = openJournal(folder.file(), {
      after: (_, run) => (timers.push(run), () => {}),
      beforeWrite: (n, entries) =>
        groups.push(
          `${n}:${entries
            .map(({ body }) => canonical(body))
            .slice(0, n === 1 ? 0 : 9)
            .join()}`,
        ),
    })
    journal.later([note(1)])
    journal.later([note(2)])
    journal.append([note(3)])
    journal.later([note(4)])
    journal.keep('state', 'x')
    expect(groups).toEqual(['1:', '2:1,2,3'])
    for (const run of timers) run()
    expect(groups).toEqual(['1:', '2:1,2,3', '3:4'])
    journal.close()
  })

  test('takes an entry as it was when it was handed in', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    const body = { n: 1 }
    journal.later([note(body)])
    body.n = 2
    expect([...journal.read({ from: 1 })][0]?.body).toEqual({ n: 1 })
    journal.close()
  })

  test('keeps small state outside the chain, never ahead of the entries before it', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.keep('block', '1')
    expect(journal.kept('block')).toBe('1')
    journal.later([note('before 2')])
    journal.keep('block', '2')
    journal.keep('odd \0 name', '\ud83d\ude00')
    journal.close()
    const again = openJournal(folder.file())
    expect(again.kept('block')).toBe('2')
    expect(again.kept('odd \0 name')).toBe('\ud83d\ude00')
    expect(again.kept('other')).toBeUndefined()
    expect(again.head().seq).toBe(1)
    again.close()
  })

  test('is readable by its owner only', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.append([note(1)])
    for (const end of ['', '-wal', '-overflow']) expect(statSync(folder.file() + end).mode & 0o077).toBe(0)
    journal.close()
  })
})

describe('one writer, many readers', () => {
  test('a second writer fails at once and names the file; readers see what is written meanwhile', () => {
    using folder = temporaryFolder()
    const writer = openJournal(folder.file())
    expect(() => openJournal(folder.file())).toThrow(JournalInUse)
    expect(() => openJournal(folder.file())).toThrow(folder.file())
    const reader = openJournal(folder.file(), { readOnly: true })
    expect(reader.id).toBe(writer.id)
    for (let n = 1; n <= 20; n++) {
      writer.append([{ ...note(n), sealed: { who: `person ${n}` } }])
      expect(reader.head()).toMatchObject({ seq: n })
      expect([...reader.read({ from: n })]).toMatchObject([{ body: n }])
      expect(reader.open(n, 'who')?.value).toBe(`person ${n}`)
      expect(verifyJournal(folder.file())).toMatchObject({ ok: true, entries: n + 1 })
    }
    expect(() => reader.append([note(1)])).toThrow('reading')
    reader.close()
    writer.close()
    openJournal(folder.file()).close()
  })
})

describe('redaction', () => {
  test('forgets the value and keeps the chain whole', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.append([{ ...note('call'), sealed: { caller: 'Ada Lovelace', about: 'a bug' } }])
    journal.redact(1, 'caller')
    expect(journal.open(1, 'caller')).toBeUndefined()
    expect(journal.open(1, 'about')?.value).toBe('a bug')
    expect([...journal.read({ from: 2 })]).toMatchObject([{ body: { redacted: { seq: 1, field: 'caller' } } }])
    for (const end of ['', '-wal']) expect(readFileSync(folder.file() + end).includes('Lovelace')).toBe(false)
    journal.close()
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, redacted: [{ seq: 1, field: 'caller' }] })
  })
})

describe('a guarded journal', () => {
  test('refuses a secret in the body, in a sealed value and in kept state, without repeating it', () => {
    using folder = temporaryFolder()
    const secret = `0x${'5ec2e7'.repeat(10)}abcd`
    const journal = openJournal(folder.file(), { refuse: knownSecrets([secret]).found })
    const attempts = [
      () => journal.append([note(1), note({ deep: [`key ${secret}`] })]),
      () => journal.later([{ ...note(1), sealed: { key: secret } }]),
      () => journal.appendOrOverflow([{ ...note(1), sealed: { [secret]: 1 } }]),
      () => journal.keep('state', secret.slice(2)),
    ]
    for (const attempt of attempts) {
      expect(attempt).toThrow(SecretInText)
      expect(attempt).not.toThrow('5ec2e7')
    }
    expect(journal.head().seq).toBe(0)
    journal.append([note('clean')])
    journal.close()
    for (const end of ['', '-overflow']) expect(readFileSync(folder.file() + end).includes('5ec2e7')).toBe(false)
  })
})

describe('files that are no journal of ours', () => {
  test.each([
    ['text', (file: string) => writeFileSync(file, 'not a database at all, but long enough to be read')],
    ['a database of another program', (file: string) => new DatabaseSync(file).exec('create table t (a)')],
  ])('%s is refused and left as it was', (_, make) => {
    using folder = temporaryFolder()
    make(folder.file())
    const before = readFileSync(folder.file())
    expect(() => openJournal(folder.file(), { readOnly: true })).toThrow(NotAJournal)
    expect(() => openJournal(folder.file())).toThrow(NotAJournal)
    expect(readFileSync(folder.file())).toEqual(before)
    expect(verifyJournal(folder.file())).toMatchObject({ ok: false, problems: [{ kind: 'unreadable' }] })
  })

  test('a journal of a newer version, a folder, nothing at all', () => {
    using folder = temporaryFolder()
    openJournal(folder.file()).close()
    tamper(folder.file(), 'pragma user_version = 2')
    for (const readOnly of [true, false]) {
      expect(() => openJournal(folder.file(), { readOnly })).toThrow(UserError)
      expect(() => openJournal(folder.file(), { readOnly })).toThrow(/newer version.*\n.*mend: update/)
    }
    expect(() => verifyJournal(folder.file())).toThrow(UserError)
    expect(() => openJournal(folder.file('.'))).toThrow(UserError)
    expect(() => openJournal(folder.file('none'), { readOnly: true })).toThrow(UserError)
    expect(() => verifyJournal(folder.file('none'))).toThrow(UserError)
    expect(existsSync(folder.file('none'))).toBe(false)
  })
})

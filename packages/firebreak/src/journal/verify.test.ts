// Shows that no change to a journal stays unseen: bytes, rows, order, private values, tails, rewrites, and the file's own pages.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { UserError } from '../model/errors.ts'
import type { NewEntry } from '../model/journal.ts'
import { formatCheckpoint, makeCheckpoint, parseCheckpoints } from './checkpoint.ts'
import { newEntry, note, tamper, temporaryFolder } from './for-tests.ts'
import { openJournal } from './sqlite/journal.ts'
import { verifyJournal } from './verify.ts'

const sample: readonly NewEntry[] = [
  { kind: 'plan', at: 1, body: { hash: 'abc' } },
  { kind: 'signal', at: 2, body: { loss: 12n ** 20n, text: 'oops { \ufffd' }, sealed: { caller: 'Ada \ufffd', phone: 44 } },
  { kind: 'intent', at: 3, body: { nonce: 7n } },
  { kind: 'receipt', at: 4, body: null },
]

function write(file: string, entries: readonly NewEntry[] = sample): void {
  const journal = openJournal(file)
  journal.append(entries)
  journal.close()
}

describe('verify', () => {
  test('notices any changed byte of any row', () => {
    using folder = temporaryFolder()
    let files = 0
    const columns = [
      ['entries', 'kind'],
      ['entries', 'line'],
      ['entries', 'hash'],
      ['sealed', 'field'],
      ['sealed', 'salt'],
      ['sealed', 'value'],
    ] as const
    fc.assert(
      fc.property(
        fc.array(newEntry, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...columns),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (entries, [table, column], whichRow, whichByte, flip) => {
          const file = folder.file(`journal ${files++}`)
          write(file, entries)
          expect(verifyJournal(file)).toMatchObject({ ok: true })
          const database = new DatabaseSync(file)
          const rows = database
            .prepare(`select seq, cast(${column} as blob) as bytes, ${table === 'sealed' ? 'field' : 'kind'} as name from ${table}`)
            .all()
          database.close()
          const row = rows[whichRow % Math.max(1, rows.length)]
          if (!row || !(row['bytes'] instanceof Uint8Array) || row['bytes'].length === 0) return
          const bytes = Uint8Array.from(row['bytes'])
          const at = whichByte % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ flip
          tamper(
            file,
            `update ${table} set ${column} = cast(? as text) where seq = ? and ${table === 'sealed' ? 'field' : 'kind'} = ?`,
            bytes,
            Number(row['seq']),
            String(row['name']),
          )
          expect(verifyJournal(file).problems).not.toEqual([])
        },
      ),
      { numRuns: 80 },
    )
  })

  test('notices any changed byte of the file, or it changed nothing that can be read', () => {
    using folder = temporaryFolder()
    write(folder.file())
    const whole = readFileSync(folder.file())
    const entries = [...openJournal(folder.file(), { readOnly: true }).read()]
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ flip
        writeFileSync(folder.file('copy'), changed)
        try {
          if (!verifyJournal(folder.file('copy')).ok) return
        } catch (error) {
          // The version in the header was hit.
          expect(error).toBeInstanceOf(UserError)
          return
        }
        const reader = openJournal(folder.file('copy'), { readOnly: true })
        expect([...reader.read()]).toEqual(entries)
        for (const field of ['caller', 'phone']) expect(reader.open(2, field)?.value).toEqual(sample[1]?.sealed?.[field])
        reader.close()
      }),
      { numRuns: 400 },
    )
  })

  test.each([
    [
      'a missing row',
      'delete from entries where seq = 2',
      [
        { kind: 'missing', seq: 2 },
        { kind: 'value', seq: 2 },
      ],
    ],
    ['a missing first row', 'delete from entries where seq = 0', [{ kind: 'missing', seq: 0 }]],
    [
      'rows that changed places',
      'update entries set line = (select line from entries e where e.seq = 7 - entries.seq), hash = (select hash from entries e where e.seq = 7 - entries.seq), kind = (select kind from entries e where e.seq = 7 - entries.seq) where seq in (3, 4)',
      [
        { kind: 'order', seq: 3 },
        { kind: 'order', seq: 4 },
      ],
    ],
    ['another private value', "update sealed set value = '45' where field = 'phone'", [{ kind: 'value', seq: 2 }]],
    ['a private value that nobody committed to', "insert into sealed values (3, 'x', 'y', '1')", [{ kind: 'value', seq: 3 }]],
    ['a private value of no entry', "insert into sealed values (9, 'x', 'y', '1')", [{ kind: 'value', seq: 9 }]],
    [
      'no rows at all',
      'delete from entries',
      [
        { kind: 'missing', seq: 0 },
        { kind: 'value', seq: 2 },
      ],
    ],
  ])('names %s', (_, sql, problems) => {
    using folder = temporaryFolder()
    write(folder.file())
    tamper(folder.file(), sql)
    expect(verifyJournal(folder.file())).toMatchObject({ ok: false, problems })
  })

  test('a row that was rewritten together with its hash breaks the link of the next', () => {
    using folder = temporaryFolder()
    write(folder.file())
    write(
      folder.file('other'),
      sample.map((entry) => ({ ...entry, at: 9 })),
    )
    tamper(folder.file(), 'select 1')
    const database = new DatabaseSync(folder.file())
    database.exec(`attach '${folder.file('other')}' as other`)
    database.exec('update entries set (line, hash) = (select line, hash from other.entries o where o.seq = entries.seq) where seq = 3')
    database.close()
    expect(verifyJournal(folder.file()).problems.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['order', 3],
      ['order', 4],
    ])
  })

  test('tells redacted private values from changed ones', () => {
    using folder = temporaryFolder()
    write(folder.file())
    tamper(folder.file(), "delete from sealed where field = 'phone'")
    expect(verifyJournal(folder.file())).toMatchObject({ ok: true, redacted: [{ seq: 2, field: 'phone' }] })
  })

  test('reads a copy that has a write-ahead log beside it', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.append(sample)
    for (const end of ['', '-wal']) copyFileSync(folder.file() + end, folder.file('copy') + end)
    journal.close()
    expect(verifyJournal(folder.file('copy'))).toMatchObject({ ok: true, entries: 5 })
  })

  test('reads a copy in a folder without the right to write', () => {
    using folder = temporaryFolder()
    const journal = openJournal(folder.file())
    journal.append(sample)
    mkdirSync(folder.file('copy'))
    for (const end of ['', '-wal']) {
      copyFileSync(folder.file() + end, folder.file('copy/journal') + end)
      chmodSync(folder.file('copy/journal') + end, 0o444)
    }
    journal.close()
    for (const name of ['copy', '.']) chmodSync(folder.file(name), 0o555)
    // Root may write everywhere, so the child becomes somebody else first.
    const script = `
      const { verifyJournal } = await import('${new URL('verify.ts', import.meta.url).href}')
      const { openJournal } = await import('${new URL('sqlite/journal.ts', import.meta.url).href}')
      if (process.getuid() === 0) process.setuid(65534)
      const reader = openJournal(process.argv[1], { readOnly: true })
      console.log(verifyJournal(process.argv[1]).ok, [...reader.read()].length)
      reader.close()`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, folder.file('copy/journal')], { encoding: 'utf8' })
    for (const name of ['.', 'copy']) chmodSync(folder.file(name), 0o755)
    expect(said).toBe('true 5\n')
  })

  test('says of a damaged file that it is damaged, whatever is wrong with it', () => {
    using folder = temporaryFolder()
    write(
      folder.file(),
      Array.from({ length: 200 }, (_, n) => note(`entry ${n} ${'x'.repeat(300)}`)),
    )
    const whole = readFileSync(folder.file())
    for (const page of [0, 1, 2, 5, 9]) {
      writeFileSync(folder.file('copy'), Buffer.from(whole).fill(0xa5, page === 0 ? 100 : page * 4096, page * 4096 + 4000))
      const { ok, problems } = verifyJournal(folder.file('copy'))
      expect(ok).toBe(false)
      expect(problems.length).toBeGreaterThan(0)
    }
    writeFileSync(folder.file('copy'), whole)
    truncateSync(folder.file('copy'), 4096 * 10)
    expect(verifyJournal(folder.file('copy')).ok).toBe(false)
  })
})

describe('checkpoints', () => {
  const account = privateKeyToAccount(generatePrivateKey())

  async function withCheckpoint(file: string) {
    const journal = openJournal(file)
    journal.append(sample.slice(0, 2))
    const checkpoint = await makeCheckpoint(journal, account, 123)
    journal.append(sample.slice(2))
    const later = await makeCheckpoint(journal, account, 124)
    journal.close()
    return [checkpoint, later] as const
  }

  test('a journal that only grew matches; trust may be narrowed to known signers', async () => {
    using folder = temporaryFolder()
    const checkpoints = await withCheckpoint(folder.file())
    expect(verifyJournal(folder.file(), { checkpoints, signers: [account.address] })).toMatchObject({ ok: true })
    expect(verifyJournal(folder.file(), { checkpoints, signers: [] }).problems).toMatchObject([
      { kind: 'signature' },
      { kind: 'signature' },
    ])
  })

  test('survive the file that they are kept in; a wrong line is named', async () => {
    using folder = temporaryFolder()
    const checkpoints = await withCheckpoint(folder.file())
    const text = `${checkpoints.map(formatCheckpoint).join('\n')}\n`
    expect(parseCheckpoints(text, 'seals')).toEqual(checkpoints)
    expect(() => parseCheckpoints(`${text}{"version":2}\nnonsense`, 'seals')).toThrow(/seals line 3.*[^]*seals line 4/)
  })

  test('show a cut-off tail, a rewritten journal and a journal begun anew', async () => {
    using folder = temporaryFolder()
    const checkpoints = await withCheckpoint(folder.file())
    copyFileSync(folder.file(), folder.file('cut'))
    tamper(folder.file('cut'), 'delete from entries where seq = 4')
    expect(verifyJournal(folder.file('cut'))).toMatchObject({ ok: true })
    expect(verifyJournal(folder.file('cut'), { checkpoints })).toMatchObject({ ok: false, problems: [{ kind: 'cut', seq: 4 }] })

    // The same identity, another past.
    const id = openJournal(folder.file(), { readOnly: true }).id
    const again = openJournal(folder.file('rewritten'), { random: () => Buffer.from(id.slice(2), 'hex') })
    again.append(sample.map((entry) => ({ ...entry, at: 99 })))
    again.close()
    expect(verifyJournal(folder.file('rewritten'))).toMatchObject({ ok: true, journal: id })
    expect(verifyJournal(folder.file('rewritten'), { checkpoints }).problems).toMatchObject([
      { kind: 'rewritten', seq: 2 },
      { kind: 'rewritten', seq: 4 },
    ])

    write(folder.file('new'))
    expect(verifyJournal(folder.file('new'), { checkpoints }).problems).toMatchObject([{ kind: 'foreign' }, { kind: 'foreign' }])
  })

  test('any change to a checkpoint breaks its signature', async () => {
    using folder = temporaryFolder()
    const [checkpoint] = await withCheckpoint(folder.file())
    const other = privateKeyToAccount(generatePrivateKey()).address
    const changes = [
      { at: 1 },
      { seq: 1 },
      { signer: other },
      { journal: checkpoint.hash },
      { hash: checkpoint.journal },
      { signature: '0x1234' },
    ] as const
    for (const change of changes) {
      expect(verifyJournal(folder.file(), { checkpoints: [{ ...checkpoint, ...change }] }).problems).toMatchObject([{ kind: 'signature' }])
    }
  })
})

// What the journal's tests share: a fresh folder that goes away, arbitrary entries, and ways to tamper with a file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import type { SQLInputValue } from 'node:sqlite'
import { entryKinds } from '../model/journal.ts'
import type { Json, NewEntry } from '../model/journal.ts'

export interface Folder {
  readonly file: (name?: string) => string
  readonly [Symbol.dispose]: () => void
}

export function temporaryFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-journal-'))
  return {
    file: (name = 'journal') => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export const note = (body: Json, at = 1): NewEntry => ({ kind: 'note', at, body })

export const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$n', '$m')), tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

export const newEntry: fc.Arbitrary<NewEntry> = fc.record(
  {
    kind: fc.constantFrom(...entryKinds.filter((kind) => kind !== 'restored')),
    at: fc.integer({ min: 0, max: 2 ** 41 }),
    body: json,
    sealed: fc.dictionary(fc.string(), json, { maxKeys: 2, noNullPrototype: true }),
  },
  { requiredKeys: ['kind', 'at', 'body'], noNullPrototype: true },
)

/** Runs SQL on a journal as somebody would who wants to change it. */
export function tamper(file: string, sql: string, ...values: readonly SQLInputValue[]): void {
  const database = new DatabaseSync(file)
  database.exec('drop trigger if exists entries_stay; drop trigger if exists entries_remain')
  database.prepare(sql).run(...values)
  database.close()
}

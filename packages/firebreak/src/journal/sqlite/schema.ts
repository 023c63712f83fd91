// Opens the database of a journal: makes the tables of a new one, and says plainly why another file is none.
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { DatabaseSyncOptions } from 'node:sqlite'
import { UserError } from '../../model/errors.ts'
import { formatVersion } from '../chain.ts'
import { JournalFull, NotAJournal } from '../errors.ts'
import { asJournalError } from './codes.ts'

/** 'FBRK': what `file` and other programs know our databases by. */
const applicationId = 0x4642524b

const tables = `
  create table entries (seq integer primary key, kind text not null, line text not null, hash text not null) strict;
  create index entries_by_kind on entries (kind);
  create table sealed (seq integer not null, field text not null, salt text not null, value text not null, primary key (seq, field)) strict, without rowid;
  create table kept (name text primary key, value text not null) strict;
  create trigger entries_stay before update on entries begin select raise(abort, 'entries are never changed'); end;
  create trigger entries_remain before delete on entries begin select raise(abort, 'entries are never deleted'); end;
  pragma application_id = ${applicationId};
  pragma user_version = ${formatVersion};`

/** Throws when the file cannot be a journal; to be asked before anything is written beside it. */
export function refuseOthers(file: string): void {
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) throw new UserError({ path: file, wrong: 'is a folder', mend: 'name the journal file itself' })
  const start = Buffer.alloc(16)
  const descriptor = openSync(file, 'r')
  const length = readSync(descriptor, start)
  closeSync(descriptor)
  if (length > 0 && start.toString() !== 'SQLite format 3\0') throw new NotAJournal(file, 'is not a database')
}

/** Makes the file where there is none, readable by its owner only; SQLite would let others read it. */
export function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new JournalFull(`${file}: no room for a new journal`, { cause: error })
    throw new UserError({
      path: file,
      wrong: `cannot be opened for writing (${code})`,
      mend: 'let this user write there, or name another journal file',
    })
  }
}

/** Opens for writing. A new file comes back with `isNew`, still without tables. */
export function openForWriting(
  file: string,
  maxPageCount: number | undefined,
): { readonly database: DatabaseSync; readonly isNew: boolean } {
  return guarded(file, { timeout: 5000 }, (database) => {
    const isNew = isEmpty(database)
    if (!isNew) refuseForeign(file, database)
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0')
    // On the hot path a foreign lock is a reason to use the overflow file, not to wait.
    database.exec('pragma busy_timeout = 100')
    if (maxPageCount !== undefined) database.exec(`pragma max_page_count = ${maxPageCount}`)
    return { database, isNew }
  })
}

export function openForReading(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new UserError({ path: file, wrong: 'there is no journal here', mend: 'name the journal file that `firebreak run` writes' })
  }
  refuseOthers(file)
  return guarded(file, { readOnly: true, timeout: 5000 }, (database) => {
    if (isEmpty(database)) throw new NotAJournal(file, 'is empty')
    refuseForeign(file, database)
    return database
  })
}

/** Part of the transaction that writes the first entry: a journal exists whole or not at all. */
export function createTables(database: DatabaseSync): void {
  database.exec(tables)
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('select 1 from sqlite_schema limit 1').get() === undefined && pragma(database, 'application_id') === 0
}

function refuseForeign(file: string, database: DatabaseSync): void {
  if (pragma(database, 'application_id') !== applicationId) throw new NotAJournal(file, 'is a database of another program')
  const version = pragma(database, 'user_version')
  if (version <= formatVersion) return
  throw new UserError({
    path: file,
    wrong: `was written by a newer version of Firebreak (format ${version}; this one reads up to ${formatVersion})`,
    mend: 'update Firebreak, or name another journal file',
  })
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name])
}

function guarded<result>(file: string, options: DatabaseSyncOptions, use: (database: DatabaseSync) => result): result {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, options)
    return use(database)
  } catch (error) {
    database?.close()
    throw asJournalError(error, file)
  }
}

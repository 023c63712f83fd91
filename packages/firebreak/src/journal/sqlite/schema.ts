// Opens the database of a journal: makes the tables of a new one, and says plainly why another file is none.
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../model/errors.ts'
import { formatVersion } from '../chain.ts'
import { hasCode, sqlite } from './codes.ts'

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

/** Opens for writing. A new file comes back with `isNew`, still without tables. */
export function openForWriting(file: string, maxPageCount: number | undefined): { readonly database: DatabaseSync; readonly isNew: boolean } {
  refuseFolder(file)
  mkdirSync(dirname(file), { recursive: true })
  // Made by us rather than by SQLite, so that others on the machine cannot read it.
  closeSync(openSync(file, 'a', 0o600))
  return guarded(file, new DatabaseSync(file, { timeout: 5000 }), (database) => {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0')
    // On the hot path a foreign lock is a reason to use the overflow file, not to wait.
    database.exec('pragma busy_timeout = 100')
    if (maxPageCount !== undefined) database.exec(`pragma max_page_count = ${maxPageCount}`)
    return { database, isNew: isEmpty(database) || checkOurs(file, database) }
  })
}

export function openForReading(file: string): DatabaseSync {
  refuseFolder(file)
  if (!existsSync(file)) {
    throw new UserError({ path: file, wrong: 'there is no journal here', mend: 'name the journal file that `firebreak run` writes' })
  }
  return guarded(file, new DatabaseSync(file, { readOnly: true, timeout: 5000 }), (database) => {
    if (isEmpty(database)) throw notAJournal(file, 'is empty')
    checkOurs(file, database)
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

/** Always false, to be read as "not new"; throws for a file that is not ours or not of our time. */
function checkOurs(file: string, database: DatabaseSync): false {
  if (pragma(database, 'application_id') !== applicationId) throw notAJournal(file, 'is a database of another program')
  const version = pragma(database, 'user_version')
  if (version > formatVersion) {
    throw new UserError({
      path: file,
      wrong: `was written by a newer version of Firebreak (format ${version}; this one reads up to ${formatVersion})`,
      mend: 'update Firebreak, or name another journal file',
    })
  }
  return false
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name])
}

function guarded<result>(file: string, database: DatabaseSync, use: (database: DatabaseSync) => result): result {
  try {
    return use(database)
  } catch (error) {
    database.close()
    if (hasCode(error, sqlite.notadb)) throw notAJournal(file, 'is not a database')
    if (hasCode(error, sqlite.corrupt)) throw damaged(file)
    throw error
  }
}

function notAJournal(file: string, wrong: string): UserError {
  return new UserError({ path: file, wrong: `${wrong}, not a journal of Firebreak`, mend: 'name another file; Firebreak makes a new journal where there is none' })
}

export function damaged(file: string): UserError {
  return new UserError({ path: file, wrong: 'is damaged', mend: 'run `firebreak verify` to see where, keep the file, and go on with a copy or a new journal' })
}

function refuseFolder(file: string): void {
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new UserError({ path: file, wrong: 'is a folder', mend: 'name the journal file itself' })
  }
}

// SQLite's result codes as far as they mean something to a journal.
import { DamagedJournal, JournalFull, JournalUnwritable, NotAJournal } from '../errors.ts'

export const sqlite = { error: 1, busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const

/** The primary code; the extended ones carry it in their lowest byte. */
export function hasCode(error: unknown, ...codes: readonly number[]): error is Error {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && codes.includes(error.errcode & 0xff)
}

/** The journal's own errors for SQLite's; everything else stays what it is. */
export function asJournalError(error: unknown, file: string): unknown {
  if (hasCode(error, sqlite.full)) return new JournalFull(`${file}: ${error.message}`, { cause: error })
  // Our statements are fixed and fit our tables: where they do not, the tables are not what we made.
  if (hasCode(error, sqlite.corrupt, sqlite.error)) return new DamagedJournal(file)
  if (hasCode(error, sqlite.notadb)) return new NotAJournal(file, 'is not a database')
  const passing = hasCode(error, sqlite.busy, sqlite.readonly, sqlite.ioerr, sqlite.cantopen)
  return passing ? new JournalUnwritable(`${file}: ${error.message}`, { cause: error }) : error
}

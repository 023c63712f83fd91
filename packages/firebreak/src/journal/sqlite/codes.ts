// SQLite's result codes as far as they mean something to a journal.
import { JournalFull, JournalUnwritable } from '../errors.ts'

export const sqlite = { busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const

/** The primary code; the extended ones carry it in their lowest byte. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && codes.includes(error.errcode & 0xff)
}

/** Failures that may pass become RetryableErrors; everything else stays what it is. */
export function asUnwritable(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error
  if (hasCode(error, sqlite.full)) return new JournalFull(`${file}: ${error.message}`, { cause: error })
  const passing = hasCode(error, sqlite.busy, sqlite.readonly, sqlite.ioerr, sqlite.cantopen)
  return passing ? new JournalUnwritable(`${file}: ${error.message}`, { cause: error }) : error
}

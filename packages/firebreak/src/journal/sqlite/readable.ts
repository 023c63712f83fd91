// Opens a journal for reading wherever it lies, in a folder without the right to write as well.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { JournalUnwritable } from '../errors.ts'
import { openForReading } from './schema.ts'

export interface Readable {
  readonly database: DatabaseSync
  readonly close: () => void
}

/** SQLite cannot read a write-ahead log in a folder where it may not write: then a copy elsewhere is read. */
export function openReadable(path: string): Readable {
  try {
    const database = openForReading(path)
    return { database, close: () => database.close() }
  } catch (error) {
    if (error instanceof JournalUnwritable) return openCopy(path)
    throw error
  }
}

function openCopy(path: string): Readable {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-journal-copy-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, basename(path))
    for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`)
    const database = openForReading(copy)
    const close = (): void => {
      database.close()
      remove()
    }
    return { database, close }
  } catch (error) {
    remove()
    throw error
  }
}

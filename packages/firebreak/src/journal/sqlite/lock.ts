// One writer for a journal: a lock that the operating system takes back by itself when the process dies.
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../model/errors.ts'
import { asJournalError, hasCode, sqlite } from './codes.ts'

/** Another process, or another part of this one, is writing this journal. */
export class JournalInUse extends UserError {
  override readonly name: string = 'JournalInUse'

  constructor(file: string) {
    super({ path: file, wrong: 'another Firebreak is writing this journal', mend: 'stop it, or name another journal file' })
  }
}

/** SQLite's own lock on an empty database of its own, so that readers of the journal are not in the way. */
export function lockJournal(file: string): { readonly release: () => void } {
  const database = new DatabaseSync(`${file}-lock`, { timeout: 0 })
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    throw hasCode(error, sqlite.busy) ? new JournalInUse(file) : asJournalError(error, file)
  }
  return { release: () => database.close() }
}

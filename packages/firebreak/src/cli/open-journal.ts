// Finds and opens the journal that a command reads: the file that was named, or the one beside the plan.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openJournal } from '../journal/sqlite/journal.ts'
import type { SqliteJournal } from '../journal/sqlite/options.ts'
import { UserError } from '../model/errors.ts'
import type { Io } from './io.ts'
import { openPlan } from './open-plan.ts'

export interface JournalChoice {
  readonly plan: string
  readonly journal?: string
}

/** With --journal the plan is not even looked at: the record speaks for itself. */
export async function journalFile({ plan, journal }: JournalChoice, io: Io): Promise<string> {
  const path = journal === undefined ? (await openPlan(plan, { ...io, note: () => {} })).journalPath(undefined) : resolve(journal)
  if (existsSync(path)) return path
  throw new UserError({
    path: journal ?? path,
    wrong: 'there is no journal yet',
    mend: 'it is begun by `firebreak run`; name another one with --journal <file>',
  })
}

/** Reading disturbs no running instance. */
export async function readJournal<result>(
  choice: JournalChoice,
  io: Io,
  body: (journal: SqliteJournal, path: string) => result,
): Promise<result> {
  const path = await journalFile(choice, io)
  const journal = openJournal(path, { readOnly: true })
  try {
    return body(journal, path)
  } finally {
    journal.close()
  }
}

// What a journal throws: for now, when a write may succeed later; for good, when the file is damaged or something else.
import { RetryableError, UserError } from '../model/errors.ts'

/** The database did not take the write. Nothing of it was stored. */
export class JournalUnwritable extends RetryableError {
  override readonly name: string = 'JournalUnwritable'
}

/** No room on the disk. */
export class JournalFull extends JournalUnwritable {
  override readonly name: string = 'JournalFull'
}

/** The file is something else. */
export class NotAJournal extends UserError {
  override readonly name: string = 'NotAJournal'

  constructor(file: string, wrong: string) {
    super({
      path: file,
      wrong: `${wrong}, not a journal of Firebreak`,
      mend: 'name another file; Firebreak makes a new journal where there is none',
    })
  }
}

/** Pages of the file contradict each other, or its ends are not what we write. */
export class DamagedJournal extends UserError {
  override readonly name: string = 'DamagedJournal'

  constructor(file: string) {
    super({
      path: file,
      wrong: 'is damaged',
      mend: 'run `firebreak verify` to see where; keep the file, and go on with a copy of it from before or with a new journal',
    })
  }
}

// What a journal throws when it cannot be written for now; the caller may try again or use the overflow file.
import { RetryableError } from '../model/errors.ts'

/** The database did not take the write. Nothing of it was stored. */
export class JournalUnwritable extends RetryableError {
  override readonly name: string = 'JournalUnwritable'
}

/** No room on the disk. */
export class JournalFull extends JournalUnwritable {
  override readonly name: string = 'JournalFull'
}

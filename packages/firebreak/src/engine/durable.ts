// What has to be written before an effect goes out, and what happens where it cannot be.
import type { Desire } from '../model/brake.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Journal } from '../stages.ts'
import { recorded } from './entries.ts'

interface Store extends Pick<Journal, 'append'> {
  readonly appendOrOverflow: (entries: readonly NewEntry[]) => { readonly overflowed: boolean }
}

interface Around {
  readonly now: () => number
  readonly trouble: (what: string) => void
}

/** A restricting brake goes out whatever the disk says; what gives freedom back only with its record. */
export function durably(journal: Store, context: Around): (entries: readonly NewEntry[], desire: Desire) => boolean {
  return (entries, desire) => {
    try {
      if (desire.does === 'undo') {
        journal.append(entries)
        return true
      }
      // What waits in memory would be lost with us, and an intent alone does not say what it is for.
      if (journal.appendOrOverflow(entries).overflowed) journal.appendOrOverflow([recorded('desire', context.now(), desire)])
      return true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      context.trouble(
        desire.does === 'undo'
          ? `${desire.brake} is not released, because there can be no record of it: ${why}`
          : `an effect goes out without a record of it: ${why}`,
      )
      return desire.does !== 'undo'
    }
  }
}

// A journal whose writer is overheard: after each write, what was written. Nothing that comes of it can keep the write from happening.
import type { NewEntry } from '../model/journal.ts'
import type { Journal } from '../stages.ts'

type Written = Pick<Journal, 'append' | 'later'> & {
  readonly appendOrOverflow: (entries: readonly NewEntry[]) => { readonly overflowed: boolean }
}

/** @example const journal = listened(openJournal(path), voice.hear) */
export function listened<store extends Written>(journal: store, hear: (entries: readonly NewEntry[]) => void): store {
  const append: store['append'] = (entries) => {
    const written = journal.append(entries)
    hear(entries)
    return written
  }
  const later: store['later'] = (entries) => {
    journal.later(entries)
    hear(entries)
  }
  const appendOrOverflow: store['appendOrOverflow'] = (entries) => {
    const written = journal.appendOrOverflow(entries)
    hear(entries)
    return written
  }
  return { ...journal, append, later, appendOrOverflow }
}

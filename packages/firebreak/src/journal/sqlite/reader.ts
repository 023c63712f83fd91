// A journal opened for reading: no lock, so that it may come and go while another process writes.
import type { Head, Linked } from '../chain.ts'
import { overflowPath, readOverflow } from '../overflow.ts'
import type { SqliteJournal } from './options.ts'
import { ends, notYetIn, openSealed, orClose, readEntries } from './read.ts'
import { openReadable } from './readable.ts'
import { openStore } from './store.ts'

export function openReader(path: string): SqliteJournal {
  const { database, close } = openReadable(path)
  const store = openStore(database, path)
  const { id } = orClose(close, () => ends(path, store))
  const refuse = (): never => {
    throw new Error(`${path} was opened for reading`)
  }
  // The file before the chain: what is drained in between is then found in the chain.
  const look = (): { readonly head: Head; readonly waiting: readonly Linked[] } => {
    const records = readOverflow(overflowPath(path), id)
    const { head } = ends(path, store)
    return { head, waiting: notYetIn(path, store, records, head) }
  }
  return {
    path,
    id,
    head: () => ends(path, store).head,
    read: (filter = {}) => {
      const { head, waiting } = look()
      return readEntries(path, store, head.seq, waiting, filter)
    },
    open: (seq, field) => openSealed(store, look().waiting, seq, field),
    kept: (name) => store.kept(name),
    flush: () => {},
    close,
    append: refuse,
    appendOrOverflow: refuse,
    later: refuse,
    keep: refuse,
    redact: refuse,
  }
}

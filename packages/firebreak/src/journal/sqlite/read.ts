// Reading a journal: the chain, then what still waits in the overflow file, in the places that it will have.
import type { Hex } from '../../model/hex.ts'
import type { Entry, EntryKind, Json } from '../../model/journal.ts'
import { sha256 } from '../../base/hash.ts'
import { beforeAll, isFields, journalId, linkAll, readLineOf, readSealed } from '../chain.ts'
import type { Head, Linked } from '../chain.ts'
import { DamagedJournal } from '../errors.ts'
import type { Spilled } from '../overflow.ts'
import type { Row, Store } from './store.ts'

export type Filter = { readonly kinds?: readonly EntryKind[]; readonly from?: number }

/** Rows are fetched in pages, so that no open cursor is in the way of writes and checkpoints. */
const pageSize = 500

/** The journal's identity and end; a quick look, not a verification. */
export function ends(file: string, store: Store): { readonly id: Hex; readonly head: Head } {
  const [first, last] = [store.first(), store.last()]
  if (!first || !last || sha256(last.line) !== last.hash) throw new DamagedJournal(file)
  const opening = toEntry(file, first)
  const id = journalId(opening)
  if (id === undefined || opening.previous !== beforeAll) throw new DamagedJournal(file)
  const { seq, hash } = toEntry(file, last)
  return { id, head: { seq, hash } }
}

export function* readEntries(file: string, store: Store, to: number, waiting: readonly Linked[], filter: Filter): Generator<Entry> {
  const from = filter.from ?? 0
  const { kinds } = filter
  if (kinds) {
    for (const seq of store.seqsOf(kinds, from, to)) {
      const row = store.row(seq)
      if (!row) throw new DamagedJournal(file)
      yield toEntry(file, row)
    }
  } else {
    for (let next = from; next <= to;) {
      const page = store.rows(next, to, pageSize)
      // Up to the head there is an entry at every place.
      if (page.length < Math.min(pageSize, to - next + 1)) throw new DamagedJournal(file)
      for (const row of page) {
        if (row.seq !== next++) throw new DamagedJournal(file)
        yield toEntry(file, row)
      }
    }
  }
  for (const { entry } of waiting) if (entry.seq >= from && (kinds?.includes(entry.kind) ?? true)) yield entry
}

export function openSealed(
  store: Store,
  waiting: readonly Linked[],
  seq: number,
  field: string,
): { readonly salt: string; readonly value: Json } | undefined {
  const fields = waiting.find(({ entry }) => entry.seq === seq)?.sealed
  const found = fields ? fields.find((sealed) => sealed.field === field) : store.sealed(seq, field)
  return found && { salt: found.salt, value: readSealed(found.value) }
}

/** Records of the overflow file that are not in the chain yet, linked behind its head. */
export function notYetIn(file: string, store: Store, records: readonly Spilled[], head: Head): readonly Linked[] {
  if (records.length === 0) return []
  const known = new Set<unknown>()
  for (const { body } of readEntries(file, store, head.seq, [], { kinds: ['restored'] })) if (isFields(body)) known.add(body['record'])
  return linkAll(
    records.filter(({ record }) => !known.has(record)).flatMap(({ entries }) => entries),
    head,
  )
}

function toEntry(file: string, row: Row): Entry {
  return readLineOf(file, row)
}

/** What was opened is closed again when it cannot be used. */
export function orClose<result>(close: () => void, run: () => result): result {
  try {
    return run()
  } catch (error) {
    close()
    throw error
  }
}

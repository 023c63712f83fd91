// The journal on SQLite: one durable transaction for each append, groups for the rest, an overflow file for a full disk.
import { randomBytes } from 'node:crypto'
import { SecretInText } from '../../base/secrets.ts'
import { UserError } from '../../model/errors.ts'
import type { Entry, NewEntry } from '../../model/journal.ts'
import { genesis, linkAll, prepare, toHex } from '../chain.ts'
import type { Head, Linked, Prepared } from '../chain.ts'
import { openOverflow, overflowPath } from '../overflow.ts'
import type { Overflow } from '../overflow.ts'
import { lockJournal } from './lock.ts'
import type { JournalOptions, SqliteJournal } from './options.ts'
import { ends, notYetIn, openSealed, orClose, readEntries } from './read.ts'
import { openReader } from './reader.ts'
import { makeFile, openForWriting, refuseOthers } from './schema.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

/** Longer than a decision takes: what leads up to an intent is written with it, and no write of its own stands in its way. */
const groupMs = 50
const retryMs = 1000
const idleMs = 1000
/** Without a pause to use, the write-ahead log is emptied after this many writes all the same. */
const mostWritesWithoutCheckpoint = 10_000

/**
 * @example
 * const journal = openJournal('firebreak.journal')
 * journal.append([{ kind: 'note', at: Date.now(), body: { said: 'hello' }, sealed: { caller: '+44 …' } }])
 */
export function openJournal(path: string, options: JournalOptions = {}): SqliteJournal {
  refuseOthers(path)
  return options.readOnly ? openReader(path) : openWriter(path, options)
}

function openWriter(path: string, options: JournalOptions): SqliteJournal {
  makeFile(path)
  const { release } = lockJournal(path)
  return orClose(release, () => {
    const { database, isNew } = openForWriting(path, options.maxPageCount)
    const store = openStore(database, path)
    return orClose(store.close, () => writer(path, options, store, isNew, release))
  })
}

function writer(path: string, options: JournalOptions, store: Store, isNew: boolean, release: () => void): SqliteJournal {
  const { random = randomBytes, now = Date.now, after = afterUnref, refuse, beforeWrite, onTrouble = () => {} } = options
  let writes = 0
  const announce = (linked: readonly Linked[]): void =>
    beforeWrite?.(
      ++writes,
      linked.map(({ entry }) => entry),
    )

  if (isNew) {
    const first = genesis(toHex(random(32)), now())
    announce([first])
    store.write({ entries: [first], kept: new Map() }, true)
  }
  const opened = ends(path, store)
  const { id } = opened
  let head = opened.head
  const queue: Prepared[] = []
  const toKeep = new Map<string, string>()
  let overflow: Overflow | undefined
  let waiting: readonly Linked[] = []
  let closed = false

  const prepareAll = (entries: readonly NewEntry[]): readonly Prepared[] =>
    entries.map((entry) => {
      const prepared = prepare(entry, random)
      if (refuse && [prepared.bodyText, ...prepared.sealed.map(({ field, value }) => `${field} ${value}`)].some(refuse)) {
        throw new SecretInText(`a journal entry of kind '${entry.kind}'`)
      }
      return prepared
    })

  const tip = (): Head => waiting.at(-1)?.entry ?? head

  /** Everything that waits, then `entries`, in one transaction. */
  const commit = (
    entries: readonly Prepared[],
    more: { readonly keep?: boolean; readonly redact?: { readonly seq: number; readonly field: string } } = {},
  ): readonly Entry[] => {
    const placed = linkAll([...queue, ...entries], tip())
    const linked = [...waiting, ...placed]
    const kept = more.keep ? new Map(toKeep) : new Map<string, string>()
    if (linked.length === 0 && kept.size === 0) return []
    announce(linked)
    store.write({ entries: linked, kept, ...(more.redact && { redact: more.redact }) })
    head = linked.at(-1)?.entry ?? head
    queue.length = 0
    if (more.keep) toKeep.clear()
    if (waiting.length > 0) forgetOverflow()
    checkpointWhenIdle()
    return placed.slice(placed.length - entries.length).map(({ entry }) => entry)
  }

  const forgetOverflow = (): void => {
    waiting = []
    announce([])
    // If this fails the records are known by their digests, which are in the chain now.
    attempt(() => overflow?.wipe())
  }

  const attempt = (run: () => void): boolean => {
    try {
      run()
      return true
    } catch (error) {
      onTrouble(error)
      return false
    }
  }

  let cancelGroup: (() => void) | undefined
  const groupSoon = (ms = groupMs): void => {
    cancelGroup ??= after(ms, () => {
      cancelGroup = undefined
      if (!closed && !attempt(flush)) groupSoon(retryMs)
    })
  }
  const flush = (): void => {
    commit([], { keep: true })
  }

  let cancelIdle: (() => void) | undefined
  let sinceCheckpoint = 0
  const checkpointWhenIdle = (): void => {
    sinceCheckpoint++
    if (cancelIdle) return
    const seen = sinceCheckpoint
    cancelIdle = after(idleMs, () => {
      cancelIdle = undefined
      if (closed) return
      if (sinceCheckpoint === seen || sinceCheckpoint > mostWritesWithoutCheckpoint) {
        sinceCheckpoint = 0
        attempt(() => store.checkpoint('passive'))
      } else {
        sinceCheckpoint--
        checkpointWhenIdle()
      }
    })
  }

  const spill = (entries: readonly Prepared[], why: unknown): readonly Entry[] => {
    // Made at the start; tried again here in case the disk was already full then.
    overflow ??= openOverflow(overflowPath(path), id)
    const before = tip()
    const reason = why instanceof Error ? why.message : 'unknown'
    announce(linkAll(entries, before))
    const record = overflow.write(before.hash, reason, entries)
    const linked = linkAll(record.entries, before)
    waiting = [...waiting, ...linked]
    return linked.slice(1).map(({ entry }) => entry)
  }

  const takeInOverflow = (): void => {
    try {
      overflow = openOverflow(overflowPath(path), id)
    } catch (error) {
      // Without room for it the engine still has to start: what is on the disk can be read, and brakes can be pulled.
      if (error instanceof UserError) throw error
      return onTrouble(error)
    }
    waiting = notYetIn(path, store, overflow.records(), head)
    if (waiting.length > 0) attempt(() => commit([]))
    else if (overflow.records().length > 0) forgetOverflow()
  }
  takeInOverflow()

  return {
    path,
    id,
    head: () => head,
    append: (entries) => commit(prepareAll(entries)),
    appendOrOverflow: (entries) => {
      const prepared = prepareAll(entries)
      try {
        return { entries: commit(prepared), overflowed: false }
      } catch (error) {
        return { entries: spill(prepared, error), overflowed: true }
      }
    },
    later: (entries) => {
      queue.push(...prepareAll(entries))
      groupSoon()
    },
    flush,
    read: (filter = {}) => {
      attempt(flush)
      return readEntries(path, store, head.seq, waiting, filter)
    },
    open: (seq, field) => openSealed(store, waiting, seq, field),
    keep: (name, value) => {
      if (refuse?.(value)) throw new SecretInText(`the journal's kept state '${name}'`)
      toKeep.set(name, value)
      groupSoon()
    },
    kept: (name) => toKeep.get(name) ?? store.kept(name),
    redact: (seq, field) => {
      if (openSealed(store, waiting, seq, field) === undefined) return
      commit(prepareAll([{ kind: 'note', at: now(), body: { redacted: { seq, field } } }]), { redact: { seq, field } })
      // The write-ahead log still holds the text.
      attempt(() => store.checkpoint('empty'))
    },
    close: () => {
      if (closed) return
      closed = true
      cancelGroup?.()
      cancelIdle?.()
      try {
        flush()
      } catch (error) {
        if (queue.length > 0) spill(queue.splice(0), error)
      } finally {
        overflow?.close()
        store.close()
        release()
      }
    },
  }
}

function afterUnref(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

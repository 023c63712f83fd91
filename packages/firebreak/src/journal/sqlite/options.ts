// What a journal is opened with, and what it can do beyond the common interface.
import type { Hex } from '../../model/hex.ts'
import type { Entry, NewEntry } from '../../model/journal.ts'
import type { Journal } from '../../stages.ts'
import type { Head, RandomBytes } from '../chain.ts'

export interface JournalOptions {
  /** Readers need no lock and may come and go while another process writes. */
  readonly readOnly?: boolean
  /** Pages of 4 kB that the database may grow to: a full disk for tests. */
  readonly maxPageCount?: number
  readonly random?: RandomBytes
  /** Milliseconds, for what the journal notes by itself. */
  readonly now?: () => number
  /** Runs something later and gives back how to call it off. */
  readonly after?: (ms: number, run: () => void) => () => void
  /** True for text that must never be written: see base/secrets.ts. */
  readonly refuse?: (text: string) => boolean
  /** Called before the n-th durable write, counted from 1: crash tests die here. */
  readonly beforeWrite?: (n: number, entries: readonly Entry[]) => void
  /** A write in the background failed. Nothing is lost: it is tried again, and the next append or flush says it too. */
  readonly onTrouble?: (error: unknown) => void
}

export interface SqliteJournal extends Journal {
  readonly path: string
  /** 32 random bytes, fixed by the first entry. */
  readonly id: Hex
  /** The end of the durable chain. */
  readonly head: () => Head
  /** Like append; when the database cannot be written, the entries go durably to the overflow file and enter the chain later. */
  readonly appendOrOverflow: (entries: readonly NewEntry[]) => { readonly entries: readonly Entry[]; readonly overflowed: boolean }
  /** Forgets what a sealed field says. Its commitment stays, and a note says that it was redacted. */
  readonly redact: (seq: number, field: string) => void
}

// The contracts between stages, on one screen: plain data in, plain data out. The engine wires them and adds nothing.
import type { Comparison, Question, Trial, TrialOutcome } from './model/decision.ts'
import type { Incident } from './model/incident.ts'
import type { Entry, EntryKind, Json, NewEntry } from './model/journal.ts'
import type { Happening } from './model/moment.ts'
import type { Signal } from './model/signal.ts'

/** Sources: nodes → happenings, in order, none skipped. */
export interface Source {
  readonly start: (deliver: (happening: Happening) => void) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Chain: carries out trials exactly as written, on a real next block. */
export interface Simulator {
  readonly run: (trials: readonly Trial[]) => Promise<readonly TrialOutcome[]>
}

/** Incidents: signals → incidents. Pure; `touched` are those that changed. */
export interface Correlated {
  readonly incidents: readonly Incident[]
  readonly touched: readonly string[]
  readonly merges: readonly { readonly from: string; readonly into: string }[]
}
export type Correlate = (incidents: readonly Incident[], signals: readonly Signal[]) => Correlated

/** Decisions are pure and have two halves: what to simulate next, and the choice from the answers. */
export type Ask = (question: Question, outcomes: ReadonlyMap<string, TrialOutcome>) => readonly Trial[]
export type Choose = (question: Question, outcomes: ReadonlyMap<string, TrialOutcome>) => Comparison

/** Journal: append-only; `append` returns when the entries are durable, `later` groups them. */
export interface Journal {
  readonly append: (entries: readonly NewEntry[]) => readonly Entry[]
  readonly later: (entries: readonly NewEntry[]) => void
  readonly flush: () => void
  readonly read: (filter?: { readonly kinds?: readonly EntryKind[]; readonly from?: number }) => Iterable<Entry>
  /** What a sealed field says, with the salt that opens its commitment. */
  readonly open: (seq: number, field: string) => { readonly salt: string; readonly value: Json } | undefined
  /** Small state that can be computed again from the chain (detector states, the block reached); not part of the record. */
  readonly keep: (name: string, value: string) => void
  readonly kept: (name: string) => string | undefined
  readonly close: () => void
}

// The contracts between stages, on one screen: plain data in, plain data out. The engine wires them and adds nothing.
import type { Answers, LogSource, Probe } from './model/call.ts'
import type { BlockRef, CallFrame, Grounds, Log, Transaction } from './model/chain.ts'
import type { Comparison, Question, Trial, TrialOutcome } from './model/decision.ts'
import type { Needs } from './model/detector.ts'
import type { NodeNews } from './model/endpoint.ts'
import type { Forecast, ForecastOutcome } from './model/forecast.ts'
import type { Address, Hex } from './model/hex.ts'
import type { Incident } from './model/incident.ts'
import type { Entry, EntryKind, Json, NewEntry } from './model/journal.ts'
import type { BlockMoment } from './model/moment.ts'
import type { ResolvedPlan } from './model/plan.ts'
import type { Signal } from './model/signal.ts'

/** Chain: all that is asked of one chain, whatever the transport and however many endpoints stand behind it. */
export interface Node {
  readonly chain: string
  readonly can: { readonly trace: boolean; readonly pendingBodies: boolean; readonly pendingPool: boolean; readonly subscribe: boolean }
  readonly onHead: (listener: (hash: Hex) => void) => Promise<void>
  readonly onPending: (listener: (tx: Transaction) => void) => Promise<void>
  readonly head: () => Promise<BlockRef>
  readonly header: (at: Hex | bigint) => Promise<BlockRef | undefined>
  /** One batched request: the block, its logs and every read at it. Undefined when the node does not know the hash any more. */
  readonly observe: (hash: Hex, needs: Needs, watched: ReadonlySet<Address>) => Promise<BlockMoment | undefined>
  /** Waiting transactions that were there before we listened. */
  readonly waiting: () => Promise<readonly Transaction[]>
  readonly trace: (tx: Transaction, on: BlockRef) => Promise<Trace>
  /** One simulation on a real next block: the transactions, then every read. */
  readonly judge: (on: BlockRef, txs: readonly Transaction[], needs: Needs) => Promise<Judgement | { readonly refused: string }>
  /** What governance may do, as if its time had come; absent where the node cannot simulate. */
  readonly forecast?: (on: BlockRef, forecast: Forecast, needs: Needs) => Promise<ForecastOutcome>
  readonly account: (address: Address, at: Hex | 'latest') => Promise<{ readonly nonce: bigint; readonly balance: bigint }>
  readonly code: (addresses: readonly Address[], at: Hex) => Promise<Readonly<Record<Address, Hex>>>
  /** Carries out trials exactly as written; one that cannot be carried out says why. */
  readonly run: (trials: readonly Trial[], probes: readonly Probe[]) => Promise<readonly TrialOutcome[]>
  /** The reads at a block alone. */
  readonly read: (at: Hex, probes: readonly Probe[]) => Promise<Answers>
  readonly send: (raw: Hex) => Promise<Sent>
  readonly receipts: (hashes: readonly Hex[]) => Promise<readonly (Mined | undefined)[]>
  /** With several endpoints: what they make us say of them, and what became of a block that only one operator vouched for. */
  readonly onNews?: (listener: (news: NodeNews) => void) => void
  /** Resolves when nothing that was said by one endpoint alone waits for another's word any more; true when there was something. */
  readonly settled?: () => Promise<boolean>
  readonly close: () => Promise<void>
}
export interface Trace {
  readonly frames: readonly CallFrame[]
  readonly logs: readonly Log[]
}
export interface Judgement extends Answers, LogSource, Grounds {
  readonly reverted: boolean
  /** What the last transaction emitted, asked for or not. */
  readonly allLogs: readonly Log[]
}
export type Sent = { readonly kind: 'sent' | 'known' } | { readonly kind: 'refused'; readonly why: string; readonly retry: boolean }
export interface Mined {
  readonly tx: Hex
  readonly ok: boolean
  readonly block: { readonly number: bigint; readonly hash: Hex }
}

/** Sources: nodes → happenings, in order, none skipped. */
export interface Source {
  readonly start: () => Promise<void>
  readonly stop: () => void
  /** Resolves when everything that has been heard so far has been delivered. */
  readonly settled: () => Promise<void>
}

/** Incidents: signals → incidents. Pure; `touched` are those that changed. */
export interface Correlated {
  readonly incidents: readonly Incident[]
  readonly touched: readonly string[]
  readonly merges: readonly { readonly from: string; readonly into: string }[]
}
export type Correlate = (incidents: readonly Incident[], signals: readonly Signal[]) => Correlated

/** Decisions are pure and have two halves: what to simulate next, and the choice from the answers. */
export type Ask = (plan: ResolvedPlan, question: Question, outcomes: ReadonlyMap<string, TrialOutcome>) => readonly Trial[]
export type Choose = (plan: ResolvedPlan, question: Question, outcomes: ReadonlyMap<string, TrialOutcome>) => Comparison

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

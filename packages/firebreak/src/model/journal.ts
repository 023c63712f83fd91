// One line of the record, and what a store of such lines can do.
import type { Hex } from './hex.ts'

export const entryKinds = [
  'plan',
  'started',
  'stopped',
  'signal',
  'incident',
  'merge',
  'decision',
  'comparison',
  'desire',
  'intent',
  'broadcast',
  'effect',
  'receipt',
  'release',
  'retraction',
  'gap',
  'readiness',
  'order',
  'restored',
  'note',
  'proposal',
  'approval',
  'route',
] as const
export type EntryKind = (typeof entryKinds)[number]

export type Json = null | boolean | number | string | bigint | readonly Json[] | { readonly [key: string]: Json | undefined }

export interface NewEntry {
  readonly kind: EntryKind
  /** Milliseconds, from the input that caused it. */
  readonly at: number
  readonly body: Json
  /** Fields that may be private: only a salted commitment of each enters the chain. */
  readonly sealed?: Readonly<Record<string, Json>>
}

export interface Entry {
  readonly seq: number
  readonly kind: EntryKind
  readonly at: number
  readonly body: Json
  /** Commitments by field name; the values live beside the chain and can be shown one by one. */
  readonly commitments: Readonly<Record<string, Hex>>
  readonly previous: Hex
  readonly hash: Hex
}

/** A head of the chain, signed and sent elsewhere, so that a cut-off tail or a rewrite shows. */
export interface Checkpoint {
  readonly version: 1
  readonly journal: Hex
  readonly seq: number
  readonly hash: Hex
  readonly at: number
  readonly signer: Hex
  readonly signature: Hex
}

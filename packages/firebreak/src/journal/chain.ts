// How entries are written and linked: canonical text, the hash of the one before, and salted commitments for private fields.
import { canonical, parseCanonical } from '../base/canonical.ts'
import { sha256 } from '../base/hash.ts'
import { UserError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import { entryKinds } from '../model/journal.ts'
import type { Entry, EntryKind, Json, NewEntry } from '../model/journal.ts'

export const formatVersion = 1
/** What the first entry of every journal names as the one before it. */
export const beforeAll: Hex = `0x${'0'.repeat(64)}`

export interface Head {
  readonly seq: number
  readonly hash: Hex
}

/** A private field: its commitment enters the chain, salt and value live beside it. */
export interface SealedField {
  readonly field: string
  readonly salt: Hex
  /** Canonical text of the value. */
  readonly value: string
}

/** An entry that knows its texts but not yet its place. Made when it is handed in, so that later changes cannot reach it. */
export interface Prepared {
  readonly kind: EntryKind
  readonly at: number
  readonly body: Json
  readonly bodyText: string
  readonly commitments: Readonly<Record<string, Hex>>
  readonly sealed: readonly SealedField[]
}

/** An entry in its place. `line` is what is stored and hashed. */
export interface Linked {
  readonly entry: Entry
  readonly line: string
  readonly sealed: readonly SealedField[]
}

export type RandomBytes = (count: number) => Uint8Array

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

export function prepare(entry: NewEntry, random: RandomBytes): Prepared {
  const sealed = Object.entries(entry.sealed ?? {}).map(([field, value]) => ({ field, salt: toHex(random(32)), value: canonical(value) }))
  return prepareSealed(entry, sealed)
}

/** For entries whose salts are already chosen: those that waited in the overflow file. */
export function prepareSealed(entry: Omit<NewEntry, 'sealed'>, sealed: readonly SealedField[]): Prepared {
  return {
    kind: entry.kind,
    at: entry.at,
    body: entry.body,
    bodyText: canonical(entry.body),
    commitments: Object.fromEntries(sealed.map(({ field, salt, value }) => [field, commitment(field, salt, value)])),
    sealed,
  }
}

/** sha256 of canonical({ field, salt, value }), from the value's canonical text. */
export function commitment(field: string, salt: string, valueText: string): Hex {
  return sha256(`{"field":${JSON.stringify(field)},"salt":${JSON.stringify(salt)},"value":${valueText}}`)
}

function link(prepared: Prepared, before: Head): Linked {
  const { kind, at, body, bodyText, commitments, sealed } = prepared
  const seq = before.seq + 1
  // The same as canonical({ seq, kind, at, body, commitments, previous }), without writing the body a second time.
  const line = `{"at":${canonical(at)},"body":${bodyText},"commitments":${canonical(commitments)},"kind":"${kind}","previous":"${before.hash}","seq":${seq}}`
  return { entry: { seq, kind, at, body, commitments, previous: before.hash, hash: sha256(line) }, line, sealed }
}

export function linkAll(entries: readonly Prepared[], before: Head): readonly Linked[] {
  let head = before
  return entries.map((entry) => {
    const linked = link(entry, head)
    head = linked.entry
    return linked
  })
}

/** The first entry: it gives the journal its identity, so that two journals never share a hash. */
export function genesis(id: Hex, at: number): Linked {
  return link(prepareSealed({ kind: 'note', at, body: { journal: id, version: formatVersion } }, []), { seq: -1, hash: beforeAll })
}

export function journalId(first: Entry): Hex | undefined {
  const { body } = first
  if (!isFields(body)) return undefined
  return isHash(body['journal']) ? body['journal'] : undefined
}

/** The entry that a stored line stands for; undefined when it cannot have been written by us. The hash is not checked here. */
export function readLine(line: string, hash: string): Entry | undefined {
  const value = parseOr(line)
  if (!isFields(value)) return undefined
  const { seq, kind, at, body, commitments, previous } = value
  if (!Number.isSafeInteger(seq) || typeof seq !== 'number' || !isKind(kind) || typeof at !== 'number') return undefined
  if (!isHash(previous) || !isHash(hash) || body === undefined || !isCommitments(commitments)) return undefined
  return { seq, kind, at, body, commitments, previous, hash }
}

/** Like readLine, for readers who go on from what it says: it must be what was written, in its place. */
export function readLineOf(
  file: string,
  row: { readonly seq: number; readonly kind: string; readonly line: string; readonly hash: string },
): Entry {
  const entry = sha256(row.line) === row.hash ? readLine(row.line, row.hash) : undefined
  if (entry && entry.seq === row.seq && entry.kind === row.kind) return entry
  throw new UserError({
    path: `${file} entry ${row.seq}`,
    wrong: 'is not what was written',
    mend: 'run `firebreak verify` to see what is damaged; keep the file, and go on with a copy of it from before or with a new journal',
  })
}

export function readSealed(value: string): Json {
  const parsed = parseCanonical(value)
  if (isJson(parsed)) return parsed
  throw new SyntaxError('a sealed value is not plain data')
}

function parseOr(line: string): Json | undefined {
  try {
    const value = parseCanonical(line)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isFields(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** parseCanonical gives nothing but JSON, bigints and Maps; Maps have no place in an entry. */
export function isJson(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null) return value !== undefined
  return !(value instanceof Map) && Object.values(value).every(isJson)
}

export function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

function isKind(value: unknown): value is EntryKind {
  return entryKinds.some((kind) => kind === value)
}

function isCommitments(value: Json | undefined): value is Readonly<Record<string, Hex>> {
  return isFields(value) && Object.values(value).every(isHash)
}

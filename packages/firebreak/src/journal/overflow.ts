// A small preallocated file beside the journal: intents go here when the database cannot be written, and into the chain later.
//
// A 64-byte header, then records: length (4 bytes), sha256 of the payload (32), payload. The digest of a record enters the chain
// in the same transaction as its entries; that is what makes draining happen exactly once, wherever the process dies.
import { closeSync, existsSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { canonical, parseCanonical } from '../base/canonical.ts'
import { sha256 } from '../base/hash.ts'
import { UserError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import { entryKinds } from '../model/journal.ts'
import type { Json } from '../model/journal.ts'
import { isFields, isHash, isJson, prepareSealed } from './chain.ts'
import type { Prepared } from './chain.ts'
import { JournalFull } from './errors.ts'

const magic = Buffer.from('firebreak overflow 1\n')
const headerSize = 64
const idAt = 32
const recordHead = 36

/** One record, ready to enter the chain: a `restored` entry that tells the gap, then the entries that waited. */
export interface Spilled {
  readonly record: Hex
  /** The last hash of the chain when the record was written. */
  readonly after: Hex
  readonly entries: readonly Prepared[]
}

export interface Overflow {
  readonly records: () => readonly Spilled[]
  /** Durable on return. Throws JournalFull when there is no room. */
  readonly write: (after: Hex, why: string, entries: readonly Prepared[]) => Spilled
  /** Forgets all records, once they are in the chain. */
  readonly wipe: () => void
  readonly close: () => void
}

export function overflowPath(journal: string): string {
  return `${journal}-overflow`
}

/** Creates the file if it is missing, with its disk space; `size` in bytes. */
export function openOverflow(file: string, journal: Hex, size = 65_536): Overflow {
  const descriptor = openSync(file, existsSync(file) ? 'r+' : 'wx+', 0o600)
  try {
    const content = Buffer.alloc(fstatSync(descriptor).size)
    readSync(descriptor, content, 0, content.length, 0)
    const owner = ownerOf(file, content)
    let records = scan(file, content)
    if (owner !== journal) {
      if (records.spilled.length > 0) throw ofAnotherJournal(file)
      allocate(file, descriptor, journal, size)
      records = { spilled: [], end: headerSize }
    }
    return overflow(descriptor, records, Math.max(size, content.length))
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** For readers: what waits in the file, without touching it. */
export function readOverflow(file: string, journal: Hex): readonly Spilled[] {
  if (!existsSync(file)) return []
  const content = readFileSync(file)
  const { spilled } = scan(file, content)
  if (spilled.length > 0 && ownerOf(file, content) !== journal) throw ofAnotherJournal(file)
  return spilled
}

function overflow(descriptor: number, found: { readonly spilled: readonly Spilled[]; readonly end: number }, size: number): Overflow {
  let spilled = found.spilled
  let end = found.end
  return {
    records: () => spilled,
    write: (after, why, entries) => {
      const payload = Buffer.from(
        canonical({ after, entries: entries.map(({ kind, at, body, sealed }) => ({ kind, at, body, sealed })), why }),
      )
      const next = end + recordHead + payload.length
      if (next + 4 > size) throw new JournalFull(`the overflow file has no room for ${payload.length} more bytes`)
      const head = Buffer.alloc(recordHead)
      const digest = sha256(payload)
      head.writeUInt32BE(payload.length)
      head.write(digest.slice(2), 4, 'hex')
      // Four zero bytes behind it: a torn older write must not look like a next record.
      writeSync(descriptor, Buffer.concat([head, payload, Buffer.alloc(4)]), 0, recordHead + payload.length + 4, end)
      fdatasyncSync(descriptor)
      end = next
      const record = toSpilled(digest, after, why, entries)
      spilled = [...spilled, record]
      return record
    },
    wipe: () => {
      writeSync(descriptor, Buffer.alloc(Math.min(end + 4, size) - headerSize), 0, Math.min(end + 4, size) - headerSize, headerSize)
      fdatasyncSync(descriptor)
      spilled = []
      end = headerSize
    },
    close: () => closeSync(descriptor),
  }
}

function toSpilled(record: Hex, after: Hex, why: string, entries: readonly Prepared[]): Spilled {
  const body = { record, after, why, entries: entries.length }
  const restored = prepareSealed({ kind: 'restored', at: entries.at(-1)?.at ?? 0, body }, [])
  return { record, after, entries: [restored, ...entries] }
}

/** Real zeros, not a hole: the point of the file is that its space is there when no other is. */
function allocate(file: string, descriptor: number, journal: Hex, size: number): void {
  writeSync(descriptor, Buffer.alloc(size), 0, size, 0)
  fsyncSync(descriptor)
  const header = Buffer.alloc(headerSize)
  magic.copy(header)
  header.write(journal.slice(2), idAt, 'hex')
  writeSync(descriptor, header, 0, headerSize, 0)
  fsyncSync(descriptor)
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** The journal that the file belongs to; undefined for a file whose creation was interrupted. */
function ownerOf(file: string, content: Buffer): Hex | undefined {
  if (content.every((byte) => byte === 0)) return undefined
  if (content.subarray(0, magic.length).equals(magic)) return `0x${content.subarray(idAt, idAt + 32).toString('hex')}`
  throw new UserError({
    path: file,
    wrong: 'is not an overflow file of Firebreak',
    mend: 'move it away; a new one is made at the next start',
  })
}

/** Stops at the first record that is not whole: it was never acknowledged. */
function scan(file: string, content: Buffer): { readonly spilled: readonly Spilled[]; readonly end: number } {
  const spilled: Spilled[] = []
  let end = headerSize
  while (end + recordHead <= content.length) {
    const length = content.readUInt32BE(end)
    const payload = content.subarray(end + recordHead, end + recordHead + length)
    const digest: Hex = `0x${content.subarray(end + 4, end + recordHead).toString('hex')}`
    if (length === 0 || payload.length < length || sha256(payload) !== digest) break
    spilled.push(readRecord(file, digest, payload.toString()))
    end += recordHead + length
  }
  return { spilled, end }
}

function readRecord(file: string, digest: Hex, text: string): Spilled {
  const value = parseCanonical(text)
  if (isJson(value) && isFields(value)) {
    const { after, why, entries } = value
    const read = Array.isArray(entries) ? entries.map(readWaiting) : []
    const whole = read.filter((entry) => entry !== undefined)
    if (isHash(after) && typeof why === 'string' && whole.length === read.length && read.length > 0)
      return toSpilled(digest, after, why, whole)
  }
  throw new UserError({
    path: file,
    wrong: 'holds a record that this version cannot read',
    mend: 'run the version of Firebreak that wrote it',
  })
}

function readWaiting(value: Json): Prepared | undefined {
  if (!isFields(value)) return undefined
  const { at, body, sealed } = value
  const kind = entryKinds.find((known) => known === value['kind'])
  if (kind === undefined || typeof at !== 'number' || body === undefined || !Array.isArray(sealed)) return undefined
  const fields = sealed.map((item: Json) => {
    if (!isFields(item)) return undefined
    const { field, salt, value: text } = item
    return typeof field === 'string' && isHash(salt) && typeof text === 'string' ? { field, salt, value: text } : undefined
  })
  const whole = fields.filter((field) => field !== undefined)
  return whole.length === fields.length ? prepareSealed({ kind, at, body }, whole) : undefined
}

function ofAnotherJournal(file: string): UserError {
  return new UserError({
    path: file,
    wrong: 'holds entries of another journal, which are not in its chain yet',
    mend: 'open that journal once so that they are taken in, or move the file away',
  })
}

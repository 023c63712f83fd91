// Walks the stored chain byte by byte: hashes, links, places, private values, and the database's own structure.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { sha256 } from '../base/hash.ts'
import type { Hex } from '../model/hex.ts'
import type { Entry } from '../model/journal.ts'
import { beforeAll, commitment, isFields, isHash, journalId, readLine } from './chain.ts'
import { openState } from './sqlite/store.ts'

export interface Problem {
  /**
   * changed: an entry is not what was written · missing: entries are gone · order: an entry does not follow the one before it ·
   * value: a private value is not what the entry committed to · unreadable: the file itself is damaged ·
   * cut, rewritten, foreign, signature: what a checkpoint says.
   */
  readonly kind: 'changed' | 'missing' | 'order' | 'value' | 'unreadable' | 'cut' | 'rewritten' | 'foreign' | 'signature'
  /** Absent where the problem is not about one entry. */
  readonly seq: number | undefined
  readonly wrong: string
}

export interface Chain {
  readonly journal: Hex | undefined
  readonly entries: number
  readonly lastSeq: number | undefined
  readonly lastHash: Hex | undefined
  readonly redacted: readonly { readonly seq: number; readonly field: string }[]
  /** Hashes at the places that checkpoints speak of. */
  readonly wanted: ReadonlyMap<number, Hex>
  /** Digests of the overflow records that entered the chain. */
  readonly restored: ReadonlySet<unknown>
}

interface Walk {
  readonly redacted: { readonly seq: number; readonly field: string }[]
  readonly wanted: Map<number, Hex>
  readonly restored: Set<unknown>
  journal: Hex | undefined
  entries: number
  lastSeq: number | undefined
  lastHash: Hex | undefined
  /** What the last row says its hash is; differs from lastHash only where the row was changed. */
  lastStored: Hex | undefined
}

/** Problems are added to `problems`; what could still be read is in the result. */
export function checkChain(database: DatabaseSync, wanted: ReadonlySet<number>, problems: Problem[]): Chain {
  const walk: Walk = {
    redacted: [],
    wanted: new Map(),
    restored: new Set(),
    journal: undefined,
    entries: 0,
    lastSeq: undefined,
    lastHash: undefined,
    lastStored: undefined,
  }
  const guarded = (part: () => void): void => {
    try {
      part()
    } catch (error) {
      const wrong = `the database file is damaged: ${error instanceof Error ? error.message : 'unknown failure'}`
      if (!problems.some((problem) => problem.wrong === wrong)) problems.push({ kind: 'unreadable', seq: undefined, wrong })
    }
  }
  // One snapshot, whatever a running engine writes meanwhile.
  guarded(() => database.exec('begin'))
  guarded(() => walkEntries(database, wanted, walk, problems))
  guarded(() => findStrays(database, problems))
  guarded(() => checkKept(database, problems))
  guarded(() => {
    for (const row of database.prepare('pragma integrity_check(3)').all()) {
      const said = String(row['integrity_check'])
      if (said !== 'ok')
        problems.push({ kind: 'unreadable', seq: undefined, wrong: `the database file is damaged: ${said.replaceAll('\n', ' ')}` })
    }
  })
  return walk
}

function walkEntries(database: DatabaseSync, wanted: ReadonlySet<number>, walk: Walk, problems: Problem[]): void {
  // Bytes, because text that is no UTF-8 any more could decode to the very text that was written.
  const rows = database.prepare(
    'select seq, cast(kind as blob) as kind, cast(line as blob) as line, cast(hash as blob) as hash from entries order by seq',
  )
  const sealed = database.prepare(
    'select cast(field as blob) as field, cast(salt as blob) as salt, cast(value as blob) as value from sealed where seq = ?',
  )
  for (const row of rows.iterate()) {
    const seq = Number(row['seq'])
    const line = bytes(row['line'])
    const stored = bytes(row['hash']).toString()
    const hash = sha256(line)
    const entry = readLine(line.toString(), hash)
    const say = (kind: Problem['kind'], wrong: string): void => void problems.push({ kind, seq, wrong: `entry ${seq} ${wrong}` })

    const expected = walk.lastSeq === undefined ? 0 : walk.lastSeq + 1
    if (seq !== expected) problems.push({ kind: 'missing', seq: expected, wrong: `entries ${expected} to ${seq - 1} are missing` })
    if (hash !== stored) say('changed', 'is not what was written: its hash does not match')
    else if (!entry) say('changed', 'has the right hash but is not an entry')
    else if (entry.seq !== seq) say('order', `is really entry ${entry.seq}`)
    else {
      if (entry.kind !== bytes(row['kind']).toString()) say('changed', 'is filed under another kind than its own')
      // After a change or a gap the chain is taken up again where it is whole, so that one fault is one problem.
      const before = seq === 0 ? [beforeAll] : [walk.lastHash, walk.lastStored]
      if (seq === expected && !before.includes(entry.previous)) say('order', 'does not follow the entry before it: its link does not match')
      if (seq === 0) walk.journal = journalId(entry)
      if (seq === 0 && walk.journal === undefined) say('changed', 'does not name the journal')
      if (entry.kind === 'restored' && isFields(entry.body)) walk.restored.add(entry.body['record'])
      checkSealed(entry, sealed.all(seq), walk, say)
    }
    if (wanted.has(seq)) walk.wanted.set(seq, hash)
    walk.entries++
    walk.lastSeq = seq
    walk.lastHash = hash
    walk.lastStored = isHash(stored) ? stored : undefined
  }
  if (walk.entries === 0) problems.push({ kind: 'missing', seq: 0, wrong: 'there are no entries, not even the first' })
}

type SealedRow = Readonly<Record<string, SQLOutputValue>>

function checkSealed(entry: Entry, rows: readonly SealedRow[], walk: Walk, say: (kind: Problem['kind'], wrong: string) => void): void {
  const there = new Set<string>()
  for (const row of rows) {
    const [field, salt, value] = [bytes(row['field']), bytes(row['salt']), bytes(row['value'])]
    const name = field.toString()
    there.add(name)
    const committed = entry.commitments[name]
    const whole = value.equals(Buffer.from(value.toString())) && commitment(name, salt.toString(), value.toString()) === committed
    if (committed === undefined) say('value', `has a private value '${name}' that it never committed to`)
    else if (!whole) say('value', `committed to another private value '${name}' than the stored one`)
  }
  for (const field of Object.keys(entry.commitments)) if (!there.has(field)) walk.redacted.push({ seq: entry.seq, field })
}

function findStrays(database: DatabaseSync, problems: Problem[]): void {
  for (const row of database.prepare('select distinct seq from sealed where seq not in (select seq from entries)').iterate()) {
    problems.push({
      kind: 'value',
      seq: Number(row['seq']),
      wrong: `there are private values of entry ${Number(row['seq'])}, which does not exist`,
    })
  }
}

function checkKept(database: DatabaseSync, problems: Problem[]): void {
  for (const row of database.prepare('select cast(name as blob) as name, cast(value as blob) as value from kept').iterate()) {
    const [name, value] = [bytes(row['name']).toString(), bytes(row['value']).toString()]
    if (openState(name, value) === undefined)
      problems.push({ kind: 'value', seq: undefined, wrong: 'a state that is kept beside the record is not what was kept' })
  }
}

function bytes(value: SQLOutputValue | undefined): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0)
}

// The statements of a journal's database: rows in, rows out, one transaction for everything that belongs together.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EntryKind } from '../../model/journal.ts'
import { sha256 } from '../../base/hash.ts'
import type { Linked } from '../chain.ts'
import { DamagedJournal } from '../errors.ts'
import { asJournalError } from './codes.ts'
import { createTables } from './schema.ts'

export interface Row {
  readonly seq: number
  readonly kind: string
  readonly line: string
  readonly hash: string
}

const columns = 'seq as seq, kind as kind, line as line, hash as hash'

export interface Group {
  readonly entries: readonly Linked[]
  readonly kept: ReadonlyMap<string, string>
  readonly redact?: { readonly seq: number; readonly field: string }
}

export interface Store {
  /** All or nothing, durable on return. */
  readonly write: (group: Group, isFirst?: boolean) => void
  readonly last: () => Row | undefined
  readonly first: () => Row | undefined
  /** Up to `limit` rows from `from` to `to`, oldest first. */
  readonly rows: (from: number, to: number, limit: number) => readonly Row[]
  readonly row: (seq: number) => Row | undefined
  readonly seqsOf: (kinds: readonly EntryKind[], from: number, to: number) => readonly number[]
  readonly sealed: (seq: number, field: string) => { readonly salt: string; readonly value: string } | undefined
  readonly kept: (name: string) => string | undefined
  /** Moves what is in the write-ahead log into the database file. `empty` also cuts the log to nothing. */
  readonly checkpoint: (how: 'passive' | 'empty') => void
  readonly close: () => void
}

export function openStore(database: DatabaseSync, file: string): Store {
  const prepared = new Map<string, StatementSync>()
  // Prepared on first use: the tables of a new journal come into being with its first write.
  const sql = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? database.prepare(text)
    prepared.set(text, statement)
    return statement
  }
  const put = ({ entries, kept, redact }: Group): void => {
    // First, because kept state may shrink, and with it make room for the entries.
    for (const [name, value] of kept)
      sql('insert into kept values (?, ?) on conflict (name) do update set value = excluded.value').run(name, closeState(name, value))
    for (const { entry, line, sealed } of entries) {
      sql('insert into entries (seq, kind, line, hash) values (?, ?, ?, ?)').run(entry.seq, entry.kind, line, entry.hash)
      for (const { field, salt, value } of sealed) {
        sql('insert into sealed (seq, field, salt, value) values (?, ?, ?, ?)').run(entry.seq, field, salt, value)
      }
    }
    if (redact) sql('delete from sealed where seq = ? and field = ?').run(redact.seq, redact.field)
  }
  const write = (group: Group, isFirst: boolean): void => {
    // What is redacted is overwritten, not only unlinked.
    if (group.redact) database.exec('pragma secure_delete = on')
    sql('begin immediate').run()
    try {
      if (isFirst) createTables(database)
      put(group)
      sql('commit').run()
    } catch (error) {
      // SQLite has already rolled back after some failures.
      if (database.isTransaction) sql('rollback').run()
      throw error
    } finally {
      if (group.redact) database.exec('pragma secure_delete = off')
    }
  }
  const safely = <result>(run: () => result): result => {
    try {
      return run()
    } catch (error) {
      throw asJournalError(error, file)
    }
  }
  return {
    write: (group, isFirst = false) => safely(() => write(group, isFirst)),
    last: () =>
      safely(() => {
        // The index first: another process may be writing.
        const most = Number(sql('select max(+seq) as most from entries indexed by entries_by_kind').get()?.['most'] ?? 0)
        const row = toRow(sql(`select ${columns} from entries order by seq desc limit 1`).get())
        if (row && row.seq < most) throw new DamagedJournal(file)
        return row
      }),
    first: () => safely(() => toRow(sql(`select ${columns} from entries order by seq limit 1`).get())),
    rows: (from, to, limit) =>
      safely(() => toRows(sql(`select ${columns} from entries where seq between ? and ? order by seq limit ?`).all(from, to, limit))),
    row: (seq) => safely(() => toRow(sql(`select ${columns} from entries where seq = ?`).get(seq))),
    seqsOf: (kinds, from, to) =>
      safely(() => {
        const asked = [JSON.stringify(kinds), from, to] as const
        const wanted = 'where kind in (select value from json_each(?)) and seq between ? and ? order by seq'
        const [seqs = [], again] = ['not indexed', 'indexed by entries_by_kind'].map((how) =>
          sql(`select seq as seq from entries ${how} ${wanted}`)
            .all(...asked)
            .map((row) => Number(row['seq'])),
        )
        // Table and index say the same twice: a damaged byte in one of them must not hide an entry.
        if (again?.length !== seqs.length || seqs.some((seq, i) => seq !== again[i])) throw new DamagedJournal(file)
        return seqs
      }),
    sealed: (seq, field) =>
      safely(() => {
        const row = sql('select salt, value from sealed where seq = ? and field = ?').get(seq, field)
        return row && { salt: String(row['salt']), value: String(row['value']) }
      }),
    kept: (name) =>
      safely(() => {
        const row = sql('select value from kept where name = ?').get(name)
        if (!row) return undefined
        const value = openState(name, String(row['value']))
        if (value === undefined) throw new DamagedJournal(file)
        return value
      }),
    checkpoint: (how) =>
      safely(() => void sql(how === 'passive' ? 'pragma wal_checkpoint(passive)' : 'pragma wal_checkpoint(truncate)').all()),
    close: () => database.close(),
  }
}

/** Kept state is outside of the chain, so it carries a hash of its own. */
function closeState(name: string, value: string): string {
  return `${sha256(`${name}\n${value}`)} ${value}`
}

/** Undefined when it is not what was kept. */
export function openState(name: string, stored: string): string | undefined {
  const value = stored.slice(67)
  return closeState(name, value) === stored ? value : undefined
}

function toRow(row: Readonly<Record<string, unknown>> | undefined): Row | undefined {
  return row && { seq: Number(row['seq']), kind: String(row['kind']), line: String(row['line']), hash: String(row['hash']) }
}

function toRows(rows: readonly Readonly<Record<string, unknown>>[]): readonly Row[] {
  return rows.flatMap((row) => toRow(row) ?? [])
}

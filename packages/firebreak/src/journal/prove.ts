// Shows one private field of one entry to somebody who has the entry, and nothing of the other fields.
import { canonical } from '../base/canonical.ts'
import { sha256 } from '../base/hash.ts'
import { UserError } from '../model/errors.ts'
import type { Entry, Json } from '../model/journal.ts'
import type { Journal } from '../stages.ts'
import { commitment } from './chain.ts'

/** What is handed over: the entry with all its commitments, and what opens one of them. */
export interface FieldProof {
  readonly entry: Entry
  readonly field: string
  readonly salt: string
  readonly value: Json
}

export function proveField(journal: Journal, seq: number, field: string): FieldProof {
  const [entry] = journal.read({ from: seq })
  if (entry?.seq !== seq) throw new UserError({ path: `entry ${seq}`, wrong: 'is not in the journal', mend: 'name the number of an entry' })
  if (entry.commitments[field] === undefined) {
    const fields = Object.keys(entry.commitments).join(', ') || 'none'
    throw new UserError({
      path: `entry ${seq}, field '${field}'`,
      wrong: 'is not a sealed field',
      mend: `this entry's sealed fields: ${fields}`,
    })
  }
  const opened = journal.open(seq, field)
  if (!opened)
    throw new UserError({
      path: `entry ${seq}, field '${field}'`,
      wrong: 'was redacted',
      mend: 'ask whoever kept a copy of its salt and value',
    })
  return { entry, field, ...opened }
}

/** True when the entry is whole and the value is what it committed to. That the entry is in a journal is for `verify` to say. */
export function checkField(entry: Entry, field: string, opened: { readonly salt: string; readonly value: Json }): boolean {
  const { hash, ...content } = entry
  return sha256(canonical(content)) === hash && entry.commitments[field] === commitment(field, opened.salt, canonical(opened.value))
}

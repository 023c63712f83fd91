// How engine facts become lines of the journal: plain values by name, undefined left out.
import type { Incident } from '../model/incident.ts'
import type { EntryKind, Json, NewEntry } from '../model/journal.ts'

/** Plain data only: what is neither a primitive, a list nor a record has no place in the record. */
function plain(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]))
  if (typeof value === 'object') {
    const record: Record<string, Json> = {}
    for (const [key, one] of Object.entries(value)) if (one !== undefined && typeof one !== 'function') record[key] = plain(one)
    return record
  }
  throw new TypeError(`a ${typeof value} has no place in the record`)
}

export function recorded(kind: EntryKind, at: number, body: unknown): NewEntry {
  return { kind, at, body: plain(body) }
}

export const incidentEntry = (incident: Incident): NewEntry => recorded('incident', incident.lastSignalAt, incident)

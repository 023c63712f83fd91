// Settles the private relay of a chain: where it is, which request it takes, and how long a brake is left to it alone.
import type { RelayRef } from '../../model/plan.ts'
import { isFields, onlyFields, quoted, whole, type Report } from './report.ts'
import { secretOf } from './secret-place.ts'

/** Relays throw a transaction away after about so many blocks; and a brake that waits longer is none. */
const mostBlocks = 25

export function settleRelay(report: Report, path: string, given: unknown): RelayRef | undefined {
  if (!isFields(given))
    return report(path, `is ${quoted(given)}`, "write { url: env('RELAY_URL'), kind: 'private-transaction' } or leave it out")
  onlyFields(report, path, given, ['url', 'kind', 'publicAfter', 'auth'])
  const url = secretOf(report, `${path}.url`, given.url, ['env', 'file'])
  const kind = given.kind ?? 'private-transaction'
  if (kind !== 'private-transaction' && kind !== 'bundle')
    return report(`${path}.kind`, `is ${quoted(kind)}`, "say 'private-transaction' or 'bundle'")
  const publicAfter = whole(report, `${path}.publicAfter`, given.publicAfter ?? 3, 1, mostBlocks)
  const auth = given.auth === undefined ? undefined : secretOf(report, `${path}.auth`, given.auth, ['keystore', 'env', 'file'])
  return url && publicAfter !== undefined ? { url, kind, publicAfter, auth } : undefined
}

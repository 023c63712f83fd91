// Remembers which brakes people released, by the transactions that they knew of then: what was weighed is not weighed again.
import type { Hex } from '../model/hex.ts'

/** People let go of a brake while these transactions were known. */
export interface Release {
  readonly brake: string
  readonly culprits: readonly Hex[]
}

export interface Releases {
  readonly note: (release: Release) => void
  /** Brakes that were released in sight of any of these; where no transaction is known, every one that ever was. */
  readonly of: (txs: readonly Hex[]) => readonly string[]
}

export function releases(past: readonly Release[]): Releases {
  const byTransaction = new Map<Hex, Set<string>>()
  const ever = new Set<string>()
  const note = ({ brake, culprits }: Release): void => {
    ever.add(brake)
    for (const tx of culprits) byTransaction.set(tx, (byTransaction.get(tx) ?? new Set()).add(brake))
  }
  for (const one of past) note(one)
  return { note, of: (txs) => (txs.length === 0 ? [...ever] : txs.flatMap((tx) => [...(byTransaction.get(tx) ?? [])])) }
}

// Waiting transactions from everybody who shows them: each once, and only as it was signed.
import { keccak256 } from 'viem'
import type { Transaction } from '../../model/chain.ts'
import type { Hex } from '../../model/hex.ts'
import { signedForm } from '../signed-form.ts'
import type { Endpoint } from './standing.ts'

/** Remembered at most; the oldest go first. */
const mostShown = 50_000

export interface Shown {
  /** Undefined where it was handed on before, or its content is not what its hash says. */
  readonly take: (tx: Transaction, from: Endpoint) => Transaction | undefined
}

/**
 * Whoever shows a transaction first decides what is judged, so its content has to hash to its name: otherwise a liar who is
 * quick would hide an attack behind a harmless body. An envelope of a kind that we cannot write out is never acted upon
 * anyway, since nobody could say who signed it. `forged` is told when somebody else shows the same one as it was signed.
 */
export function shownOnce(forged: (endpoint: Endpoint, hash: Hex) => void): Shown {
  const shown = new Set<Hex>()
  const doubtful = new Map<Hex, Set<Endpoint>>()
  const expire = (known: Set<Hex> | Map<Hex, unknown>): void => {
    for (const old of known.keys()) {
      if (known.size <= mostShown) break
      known.delete(old)
    }
  }
  return {
    take: (tx, from) => {
      if (shown.has(tx.hash)) return undefined
      const form = signedForm(tx.envelope)
      if (form === undefined || keccak256(form) !== tx.hash) {
        doubtful.set(tx.hash, (doubtful.get(tx.hash) ?? new Set()).add(from))
        expire(doubtful)
        return undefined
      }
      shown.add(tx.hash)
      expire(shown)
      for (const liar of doubtful.get(tx.hash) ?? []) if (liar !== from) forged(liar, tx.hash)
      doubtful.delete(tx.hash)
      return tx
    },
  }
}

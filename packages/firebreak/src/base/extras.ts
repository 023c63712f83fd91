// What a transaction's envelope brings along besides its call: left out of a simulation, it tells the attacker that it is one.
import type { Transaction } from '../model/chain.ts'

/** Warm slots, code that the sender lends itself, and blobs: each can be told from inside. */
const names = ['accessList', 'authorizationList', 'blobVersionedHashes', 'maxFeePerBlobGas'] as const

/** As the node sent it; absent where there is none. */
export function extrasOf({ envelope }: Pick<Transaction, 'envelope'>): Readonly<Record<string, unknown>> | undefined {
  const found = names.flatMap((name) => {
    const value = envelope[name]
    const none = value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    return none ? [] : [[name, value] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

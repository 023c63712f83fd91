// Contracts that a transaction ran through and that the plan does not know: their code may hold the attack's targets.
import type { CallFrame, Transaction } from '../model/chain.ts'
import type { Address } from '../model/hex.ts'

/** More than these cost more time on the hot path than they tell. */
const most = 4

export function attackerContracts(tx: Transaction, frames: readonly CallFrame[], known: ReadonlySet<Address>): readonly Address[] {
  const called = frames.flatMap((frame) => frame.to ?? [])
  return [...new Set([...(tx.to ? [tx.to] : []), ...called])].filter((address) => !known.has(address)).slice(0, most)
}

/** The plan's own addresses: its contracts, the holders and the tokens of its assets. */
export function knownAddresses(plan: {
  readonly contracts: readonly { readonly address: Address }[]
  readonly assets: readonly { readonly token: Address | undefined }[]
  readonly holdings: readonly { readonly holder: Address }[]
}): ReadonlySet<Address> {
  return new Set([
    ...plan.contracts.map((one) => one.address),
    ...plan.holdings.map((one) => one.holder),
    ...plan.assets.flatMap((one) => (one.token ? [one.token] : [])),
  ])
}

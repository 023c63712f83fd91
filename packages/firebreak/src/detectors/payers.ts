// Where a node gives no call trees: who only paid in a transaction, from its transfers alone, and which payers are a router's pools.
import type { Address } from '../model/hex.ts'

export interface Transfer {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
}

const keptPayers = 512
const nobody: Address = '0x0000000000000000000000000000000000000000'

/** Addresses that gave tokens and got none, but the sender and `own`. A pool that takes in what is not watched is among them. */
export function payersIn(transfers: readonly Transfer[], sender: Address, own: ReadonlySet<Address>): readonly Address[] {
  const got = new Set(transfers.map((one) => one.to))
  const gave = new Set(transfers.filter((one) => one.value > 0n).map((one) => one.from))
  return [...gave].filter((one) => one !== sender && one !== nobody && !got.has(one) && !own.has(one))
}

/** With those that paid in ordinary traffic; the longest unseen fall off. The same list when there is nothing new. */
export function regularAfter(regular: readonly Address[], payers: readonly Address[]): readonly Address[] {
  const news = payers.filter((one) => !regular.includes(one))
  return news.length === 0 ? regular : [...regular, ...new Set(news)].slice(-keptPayers)
}

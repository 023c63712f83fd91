// How much a waiting transaction may matter, told from the transaction alone: what is judged first when there are too many.
import { nextBaseFee } from '../base/includable.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Address } from '../model/hex.ts'

/** direct: to the plan's contracts, or to one that led there before · names: the plan's addresses stand in its data · calls: code may run. */
export type Rank = 'direct' | 'names' | 'calls'
export const ranks: readonly Rank[] = ['direct', 'names', 'calls']

/** plain: coins from one account to another, which no code can take part in · underpriced: below the next base fee. */
export type PassedOver = 'plain' | 'underpriced'

export type Triage = { readonly rank: Rank; readonly tip: bigint } | { readonly passed: PassedOver }

export interface Grounds {
  /** The plan's addresses, and whoever holds its assets. */
  readonly concerned: (address: Address) => boolean
  /** Contracts through which something reached the plan before. */
  readonly leads: (address: Address) => boolean
  /** The plan's addresses, in small letters without 0x. */
  readonly names: readonly string[]
  readonly head: BlockRef | undefined
}

/** Gas of a transfer: with no more than this, no code runs. */
const transferGas = 21_000n

export function triage(tx: Transaction, { concerned, leads, names, head }: Grounds): Triage {
  const ours = concerned(tx.from) || (tx.to !== undefined && concerned(tx.to))
  if (!ours && tx.to !== undefined && tx.data === '0x' && tx.gas === transferGas) return { passed: 'plain' }
  const baseFee = head ? nextBaseFee(head) : 0n
  if (tx.maxFee < baseFee) return { passed: 'underpriced' }
  const most = tx.maxFee - baseFee
  const tip = tx.maxTip < most ? tx.maxTip : most
  if (ours || (tx.to !== undefined && leads(tx.to))) return { rank: 'direct', tip }
  return { rank: namesOne(tx.data, names) ? 'names' : 'calls', tip }
}

function namesOne(data: string, names: readonly string[]): boolean {
  if (data.length < 42) return false
  const text = data.toLowerCase()
  return names.some((name) => text.includes(name))
}

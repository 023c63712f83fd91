// The accounts of a book: which are kept when there are too many, which are read next, and what they add up to.
import type { Address } from '../model/hex.ts'
import { badDebt, distance } from './health-position.ts'
import type { Account, Position } from './health-position.ts'

export interface Totals {
  readonly debt: bigint
  readonly weighted: bigint
  /** Of the accounts whose collateral is known. */
  readonly collateral: bigint
  /** Debt of those accounts. */
  readonly backed: bigint
  /** Debt of accounts near liquidation, or past it. */
  readonly near: bigint
  readonly bad: bigint
}

export const noTotals: Totals = { debt: 0n, weighted: 0n, collateral: 0n, backed: 0n, near: 0n, bad: 0n }

const isNear = (position: Position, near: bigint): boolean => distance(position.debt, position.weighted) < near

/** The totals with one position more, or with one less. */
export function counted(totals: Totals, position: Position | undefined, near: bigint, sign: 1n | -1n): Totals {
  if (!position) return totals
  const { debt, weighted, collateral } = position
  return {
    debt: totals.debt + sign * debt,
    weighted: totals.weighted + sign * weighted,
    collateral: totals.collateral + sign * (collateral ?? 0n),
    backed: totals.backed + (collateral === undefined ? 0n : sign * debt),
    near: totals.near + (isNear(position, near) ? sign * debt : 0n),
    bad: totals.bad + sign * badDebt(position),
  }
}

/** At most this part of the places is for accounts that were never read: whoever floods the book pushes out only others of the flood. */
const unreadShare = 4

/** At most `most` accounts: the least risky go first, and of those never read the newest beyond a quarter. */
export function kept(accounts: readonly Account[], most: number): readonly Account[] {
  if (accounts.length <= most) return accounts
  const unread = accounts.filter((one) => !one.position)
  const known = accounts.length - unread.length
  const quota = Math.max(Math.floor(most / unreadShare), most - known)
  const stays = new Set(unread.slice(0, quota).map((one) => one.id))
  const places = most - stays.size
  const risky = accounts.filter((one) => one.position).sort(byRisk)
  for (const one of risky.slice(0, places)) stays.add(one.id)
  return accounts.filter((one) => stays.has(one.id))
}

function byRisk(a: Account, b: Account): number {
  const [x, y] = [far(a), far(b)]
  return x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1
}

const far = ({ position }: Account): bigint => (position ? distance(position.debt, position.weighted) : 0n)

export interface Reading {
  /** The accounts whose reads come with the next moment. */
  readonly next: readonly Address[]
  /** Where the turn of the far ones goes on. */
  readonly cursor: number
}

/**
 * Near accounts are read at every block, the nearest first; those with news and those never read come before the far ones,
 * which take turns. A tenth of the places is always for turns, so that nobody is forgotten.
 */
export function toRead(accounts: readonly Account[], news: ReadonlySet<Address>, cursor: number, perBlock: number, near: bigint): Reading {
  if (accounts.length <= perBlock) return { next: accounts.map((one) => one.id), cursor: 0 }
  const turns = Math.max(1, Math.floor(perBlock / 10))
  const places = perBlock - turns
  const chosen = new Set<Address>()
  const take = (from: readonly Account[], most: number): void => {
    for (const { id } of from) if (chosen.size < most) chosen.add(id)
  }
  // Half of it is sure for the near, however many new accounts somebody opens.
  const close = accounts.filter((one) => one.position && isNear(one.position, near)).sort(byRisk)
  take(close, Math.ceil(places / 2))
  take(
    accounts.filter((one) => news.has(one.id) || !one.position),
    Math.ceil((places * 3) / 4),
  )
  take(close, places)
  let at = cursor % accounts.length
  for (let looked = 0; looked < accounts.length && chosen.size < perBlock; looked++) {
    const one = accounts[at]
    if (one) chosen.add(one.id)
    at = (at + 1) % accounts.length
  }
  return { next: [...chosen], cursor: at }
}

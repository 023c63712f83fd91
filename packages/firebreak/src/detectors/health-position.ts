// What one account of a lending book owes and stands on, from the reads that protocols offer, and how far that is from trouble.
import { sharePpm } from '../base/units.ts'
import type { Share } from '../base/units.ts'
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Scope } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import { readText } from './options.ts'
import { wholeOf } from './reads.ts'

/** The reads of one account: all values in one unit, such as dollars with eight decimals. */
export type AccountReads =
  /** What it has, what it owes, and up to which share of what it has it may owe. */
  | { readonly collateral: Read<bigint>; readonly debt: Read<bigint>; readonly threshold: Share }
  /** Aave v3: `getUserAccountData(account)`. */
  | { readonly aave: Read<readonly [bigint, bigint, bigint, bigint, bigint, bigint]> }
  /** Compound v2: `getAccountLiquidity(account)`, and what it owes. Without `collateral` insolvency is not known. */
  | { readonly compound: Read<readonly [bigint, bigint, bigint]>; readonly debt: Read<bigint>; readonly collateral?: Read<bigint> }

export interface Position {
  /** Unknown where the protocol only tells the weighted value. */
  readonly collateral: bigint | undefined
  /** Collateral times liquidation threshold: what it may owe at most. */
  readonly weighted: bigint
  readonly debt: bigint
}

export interface AccountProbes {
  readonly probes: readonly Probe[]
  /** Undefined when one of the reads is not there or failed. */
  readonly of: (moment: Answers) => Position | undefined
}

export const million = 1_000_000n

export function readsOf(reads: AccountReads): readonly Read[] {
  if ('aave' in reads) return [reads.aave]
  if ('compound' in reads) return [reads.compound, reads.debt, ...(reads.collateral ? [reads.collateral] : [])]
  return [reads.collateral, reads.debt]
}

export function accountText(reads: AccountReads): string {
  const threshold = 'threshold' in reads ? ` up to ${reads.threshold}` : ''
  return `${Object.keys(reads).join(', ')}: ${readsOf(reads).map(readText).join(', ')}${threshold}`
}

export function thresholdFaults(faults: Fault[], reads: AccountReads): void {
  if (!('threshold' in reads)) return
  const ppm = sharePpm(reads.threshold)
  if (ppm !== undefined && ppm > 0n && ppm <= million) return
  faults.push({
    path: 'of.threshold',
    wrong: `'${reads.threshold}' is not a liquidation threshold`,
    mend: "write a share of at most 100 %, such as '80%'",
  })
}

export function accountProbes(scope: Scope, reads: AccountReads): AccountProbes {
  const probes = readsOf(reads).map((read) => scope.read(read))
  const [first, second, third] = probes
  const value = (probe: Probe | undefined, moment: Answers): unknown => {
    const decoded = probe?.of(moment)
    return decoded?.ok ? decoded.value : undefined
  }
  if ('aave' in reads) {
    return {
      probes,
      of: (moment) => {
        const [collateral, debt, , threshold] = wholes(value(first, moment))
        if (collateral === undefined || debt === undefined || threshold === undefined) return undefined
        return { collateral, debt, weighted: (collateral * threshold) / 10_000n }
      },
    }
  }
  if ('compound' in reads) {
    return {
      probes,
      of: (moment) => {
        const [, liquidity, shortfall] = wholes(value(first, moment))
        const debt = wholeOf(value(second, moment))
        const collateral = third ? wholeOf(value(third, moment)) : undefined
        if (liquidity === undefined || shortfall === undefined || debt === undefined || (third && collateral === undefined))
          return undefined
        const weighted = debt + liquidity - shortfall
        return { collateral, debt, weighted: weighted > 0n ? weighted : 0n }
      },
    }
  }
  const threshold = sharePpm(reads.threshold) ?? 0n
  return {
    probes,
    of: (moment) => {
      const collateral = wholeOf(value(first, moment))
      const debt = wholeOf(value(second, moment))
      return collateral === undefined || debt === undefined ? undefined : { collateral, debt, weighted: (collateral * threshold) / million }
    },
  }
}

function wholes(value: unknown): readonly (bigint | undefined)[] {
  return Array.isArray(value) ? value.map(wholeOf) : []
}

/** 1 − D / of, in parts of a million: by how much prices may fall. Below nothing when they fell further; all the way down without anything to stand on. */
export function distance(debt: bigint, standsOn: bigint): bigint {
  if (debt === 0n) return million
  if (standsOn <= 0n) return -million * million
  const parts = ((standsOn - debt) * million) / standsOn
  return parts < -million * million ? -million * million : parts
}

/** What is owed beyond all that the account has. */
export const badDebt = ({ collateral, debt }: Position): bigint => (collateral !== undefined && debt > collateral ? debt - collateral : 0n)

/** Whether the health factor W / D moved by more than `step` parts of a million of what it was. */
export function moved(from: Position, to: Position, step: bigint): boolean {
  if (from.debt === 0n || to.debt === 0n || from.weighted === 0n) return false
  const was = from.weighted * to.debt
  const now = to.weighted * from.debt
  return (now > was ? now - was : was - now) * million > was * step
}

export interface Account {
  readonly id: Address
  /** Absent until it was read once. */
  readonly position?: Position
}

// What there is to say of a lending book after one moment: bad debt, a book that is not covered, many accounts near or moved at once.
import type { Finding } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { BlockMoment, PendingMoment } from '../model/moment.ts'
import type { Totals } from './health-book.ts'
import type { Bounds } from './health-options.ts'
import { badDebt, distance, million } from './health-position.ts'
import type { Account, Position } from './health-position.ts'
import { likelihoodPast, toSay } from './likelihood.ts'
import { duration, percent, units } from './options.ts'
import { blamed } from './reads.ts'
import { extremes } from './series.ts'
import type { Series } from './series.ts'

/** The book as it was before the moment. */
export interface Book {
  readonly accounts: readonly Account[]
  /** Accounts that there was no room for. */
  readonly dropped: number
  readonly totals: Totals
  /** Read with this moment. */
  readonly next: readonly Address[]
  /** The share of the debt that was near liquidation, in parts of a million. */
  readonly shares: Series
  readonly share: bigint | undefined
}

/** What the reads of this moment change. */
export interface Change {
  readonly read: ReadonlyMap<Address, Position>
  readonly totals: Totals
  /** Accounts that were read for the first time: what they bring is nobody's doing in this moment. */
  readonly firsts: Totals
  readonly stirred: { readonly accounts: number; readonly debt: bigint; readonly of: bigint; readonly better: number }
}

const jumpLikelihood = 0.3
const stirLikelihood = 0.4
const tooManyLikelihood = 0.1
const fewestStirred = 2

export const nearShare = (totals: Totals): bigint => (totals.debt > 0n ? (totals.near * million) / totals.debt : 0n)

export interface Sayings {
  readonly findings: (book: Book, change: Change, moment: BlockMoment | PendingMoment) => readonly Finding[]
  /** Said once when the first account had to be let go. */
  readonly tooMany: (book: Book) => Finding
}

export function sayings(who: string, subjects: readonly Address[], bounds: Bounds): Sayings {
  const { asset, decimals, bad: bound, ratio, near, jump, window, step, stirs } = bounds
  const inUnit = (value: bigint): string => `${units(value, decimals)}${asset ? ` ${asset.name}` : ''}`

  function finding(book: Book, now: Totals, summary: string, more: Omit<Finding, 'subjects' | 'summary'>): Finding {
    const known = book.accounts.length + book.dropped
    const whole = {
      debt: now.debt,
      toLiquidation: percent(distance(now.debt, now.weighted)),
      ...(now.backed > 0n ? { toInsolvency: percent(distance(now.backed, now.collateral)) } : {}),
      nearShare: percent(nearShare(now)),
      accounts: `${book.accounts.length} of ${known} known are watched, ${book.next.length} read at this block`,
    }
    return { subjects, summary, ...more, evidence: { ...more.evidence, ...whole } }
  }

  function findings(book: Book, change: Change, moment: BlockMoment | PendingMoment): readonly Finding[] {
    const { totals, firsts, stirred } = change
    const said: Finding[] = []
    const at = Number(moment.block.timestamp)
    const culprits = blamed(moment, subjects)

    const bad = toSay(moment.kind, book.totals.bad, totals.bad, bound)
    if (bad !== 'nothing') {
      // Found at the first look, it was there before.
      const old = totals.bad - firsts.bad <= book.totals.bad
      const amount = asset ? (totals.bad * 10n ** BigInt(asset.decimals)) / 10n ** BigInt(decimals) : 0n
      const worst = worstOf(book, change)
      said.push(
        finding(book, totals, `${inUnit(totals.bad)} of debt in ${who} has nothing behind it; ${inUnit(bound)} may have nothing`, {
          likelihood: likelihoodPast(totals.bad, bound),
          weight: 'verdict',
          evidence: { bad: totals.bad, allowed: bound, ...worst },
          loss: asset && amount > 0n ? [{ asset: asset.name, amount }] : [],
          culprits: bad === 'mention' || (old && moment.kind === 'block') ? [] : culprits,
        }),
      )
    }

    if (ratio !== undefined && totals.backed > 0n) {
      const needed = (backed: bigint, has: bigint): bigint => (has > 0n ? (backed * ratio) / has : backed > 0n ? 2n * million : 0n)
      const [before, now] = [needed(book.totals.backed, book.totals.collateral), needed(totals.backed, totals.collateral)]
      const say = toSay(moment.kind, before, now, million)
      if (say !== 'nothing') {
        const has = (totals.collateral * million) / totals.backed
        said.push(
          finding(book, totals, `${who} has ${percent(has)} of what it is owed as collateral; it needs ${percent(ratio)}`, {
            likelihood: likelihoodPast(now, million),
            weight: 'verdict',
            evidence: { collateral: totals.collateral, has: percent(has) },
            loss: [],
            culprits: say === 'blame' ? culprits : [],
          }),
        )
      }
    }

    const nearNow = nearShare(totals)
    const low = extremes(book.shares, at - window, at)?.low
    if (low !== undefined && book.share !== undefined && firsts.debt === 0n) {
      const say = toSay(moment.kind, book.share - low, nearNow - low, jump)
      if (say !== 'nothing')
        said.push(
          finding(
            book,
            totals,
            `${percent(nearNow)} of the debt in ${who} is within ${percent(near)} of liquidation, up from ${percent(low)} within ${duration(window)}`,
            {
              likelihood: jumpLikelihood,
              weight: 'evidence',
              evidence: { from: percent(low) },
              loss: [],
              culprits: say === 'blame' ? culprits : [],
            },
          ),
        )
    }

    if (stirred.accounts >= fewestStirred && stirred.debt * million > stirred.of * stirs) {
      const way = stirred.better === 0 ? 'worse' : stirred.better === stirred.accounts ? 'better' : 'one way or the other'
      said.push(
        finding(
          book,
          totals,
          `${stirred.accounts} accounts of ${who} with ${percent((stirred.debt * million) / stirred.of)} of the debt moved ${way} by more than ${percent(step)} at once, not by their owners`,
          {
            likelihood: stirLikelihood,
            weight: 'evidence',
            evidence: { moved: stirred.accounts, better: stirred.better },
            loss: [],
            culprits,
          },
        ),
      )
    }
    return said
  }

  /** The account with the most bad debt among those read now. */
  function worstOf({ accounts }: Book, { read }: Change): Finding['evidence'] {
    let worst: { readonly id: Address; readonly bad: bigint } | undefined
    for (const { id, position } of accounts) {
      const now = read.get(id) ?? position
      const bad = now ? badDebt(now) : 0n
      if (bad > (worst?.bad ?? 0n)) worst = { id, bad }
    }
    return worst ? { worst: worst.id, worstBad: worst.bad } : {}
  }

  function tooMany(book: Book): Finding {
    const known = book.accounts.length + book.dropped
    return finding(
      book,
      book.totals,
      `${who} has more accounts than are kept in mind: the riskiest ${book.accounts.length} of ${known} are watched`,
      {
        likelihood: tooManyLikelihood,
        weight: 'evidence',
        evidence: {},
        loss: [],
        culprits: [],
      },
    )
  }

  return { findings, tooMany }
}

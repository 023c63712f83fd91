// What a drill prints: detected, decided, contained, lost, and what would have been lost.
import type { Comparison } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { PendingCounts } from '../sources/tally.ts'
import type { Hex } from '../model/hex.ts'
import { attacked, type Variant } from './define.ts'
import type { Observed } from './observe.ts'

export interface DrillResult {
  readonly drill: string
  readonly variant: Variant
  readonly seed: number
  /** `by`: the watches that gave verdicts; `blocks` and `ms` from the attack's beginning. */
  readonly detected: { readonly by: readonly string[]; readonly blocks: number; readonly ms: number } | null
  readonly decision: {
    readonly pulled: readonly string[]
    readonly proof: 'proven' | 'unproven'
    readonly candidates: readonly { readonly brakes: readonly string[]; readonly residualUsd: number; readonly costUsd: number }[]
  }
  /** The block from which on every brake that was pulled holds. */
  readonly contained: { readonly block: number; readonly beforeAttack: boolean } | null
  readonly lostUsd: number
  readonly lostUsdWithoutFirebreak: number
  readonly predictedLossUsd: number
  /** Brakes pulled although nobody attacked: before the attack began, or at all in quiet and grief. */
  readonly falseActions: number
  /** aware: what was taken in blocks after the one in which the first brake came to hold. */
  readonly lostAfterBrakeUsd?: number
  /** flood: what became of all that waited. */
  readonly waiting?: Waiting
}

export type Waiting = Pick<PendingCounts, 'seen' | 'examined' | 'judged' | 'inLine' | 'dropped' | 'passed'>

/** Where in the chain a transaction was mined; ordered by block, then by index. */
export interface Place {
  readonly block: bigint
  readonly index: number
}

export interface Facts {
  readonly drill: string
  readonly variant: Variant
  readonly seed: number
  readonly watch: Observed
  readonly attacks: readonly Hex[]
  readonly lost: Dollars
  readonly lostWithout: Dollars
  /** Undefined for a transaction that was never mined. */
  /** What was lost at the end of a block, from the attack's beginning. */
  readonly lostBy?: (block: bigint) => Dollars
  readonly waiting?: Waiting
  readonly placeOf: (tx: Hex) => Promise<Place | undefined>
}

/** Dollars for people, to the cent; what is left over rounds up, so that only nothing is 0. */
export const usd = (dollars: Dollars): number => Number((dollars + 10n ** 16n - 1n) / 10n ** 16n) / 100

export async function outcomeOf(facts: Facts): Promise<DrillResult> {
  const { watch, variant } = facts
  const seen = watch.detection()
  const began = watch.began()
  const pulls = watch.decisions().filter((one) => one.verdict === 'pull')
  const decided = pulls[0] ?? watch.decisions().at(-1)
  return {
    drill: facts.drill,
    variant,
    seed: facts.seed,
    detected: seen && began !== undefined ? { by: seen.by, blocks: Number(seen.block - began), ms: seen.ms } : null,
    decision: {
      pulled: [...new Set(pulls.flatMap((one) => one.brakes))],
      proof: decided?.comparison.proof ?? 'unproven',
      candidates: decided ? candidatesOf(decided.comparison) : [],
    },
    contained: await containment(facts),
    lostUsd: usd(facts.lost),
    lostUsdWithoutFirebreak: usd(facts.lostWithout),
    predictedLossUsd: decided ? usd(decided.comparison.predictedLoss) : 0,
    falseActions: watch.wanted().filter((one) => !attacked(variant) || one.beforeAttack).length,
    ...(variant === 'aware' ? { lostAfterBrakeUsd: usd(lostAfterBrake(facts)) } : {}),
    ...(variant === 'flood' && facts.waiting ? { waiting: facts.waiting } : {}),
  }
}

const candidatesOf = ({ candidates }: Comparison): DrillResult['decision']['candidates'] =>
  candidates.map((one) => ({ brakes: one.brakes, residualUsd: usd(one.residual), costUsd: usd(one.cost) }))

/** Without a brake that holds there is no after. */
function lostAfterBrake({ watch, lost, lostBy }: Facts): Dollars {
  const blocks = watch.receipts().map((one) => one.block.number)
  const first = blocks.toSorted((a, b) => (a < b ? -1 : 1))[0]
  return first === undefined || !lostBy ? 0n : lost - lostBy(first)
}

/** Contained when the last brake holds; before the attack when that brake's transaction stands before the attack's first one. */
async function containment({ watch, attacks, placeOf }: Facts): Promise<DrillResult['contained']> {
  const desires = new Set(watch.wanted().map((one) => one.desire.id))
  const receipts = [
    ...new Map(
      watch
        .receipts()
        .filter((one) => desires.has(one.desire))
        .map((one) => [one.desire, one]),
    ).values(),
  ]
  if (receipts.length === 0 || receipts.length < desires.size) return null
  const brakes = await Promise.all(
    // What somebody else brought about holds at the end of its block, for all that we know.
    receipts.map(
      async (one) => (one.tx ? await placeOf(one.tx) : undefined) ?? { block: one.block.number, index: Number.MAX_SAFE_INTEGER },
    ),
  )
  const mined = (await Promise.all(attacks.map(placeOf))).filter((place) => place !== undefined)
  const [last] = brakes.toSorted(byPlace).toReversed()
  const [first] = mined.toSorted(byPlace)
  if (!last) return null
  return { block: Number(last.block), beforeAttack: first === undefined || byPlace(last, first) < 0 }
}

const byPlace = (a: Place, b: Place): number => (a.block === b.block ? a.index - b.index : a.block < b.block ? -1 : 1)

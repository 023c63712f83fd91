// What a drill prints: detected, decided, contained, lost, and what would have been lost.
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Dollars } from '../model/money.ts'
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Variant } from './define.ts'
import type { Observed } from './observe.ts'

export interface DrillResult {
  readonly drill: string
  readonly variant: Variant
  readonly seed: number
  readonly detected: { readonly by: string; readonly blocks: number; readonly ms: number } | null
  readonly decision: {
    readonly pulled: readonly string[]
    readonly proof: 'proven' | 'unproven'
    readonly candidates: readonly { readonly brakes: readonly string[]; readonly residualUsd: number; readonly costUsd: number }[]
  } | null
  readonly contained: { readonly block: number; readonly beforeAttack: boolean } | null
  readonly lostUsd: number
  readonly lostUsdWithoutFirebreak: number
  readonly predictedLossUsd: number
  /** Brakes pulled although nobody attacked: before the attack began, or at all in quiet and grief. */
  readonly falseActions: number
}

export interface Facts {
  readonly drill: string
  readonly variant: Variant
  readonly seed: number
  readonly plan: ResolvedPlan
  readonly watch: Observed
  readonly attacks: readonly Hex[]
  readonly lost: Dollars
  readonly lostWithout: Dollars
  readonly rpc: Rpc
}

/** Dollars for people, to the cent; what is left over rounds up, so that only nothing is 0. */
export const usd = (dollars: Dollars): number => Number((dollars + 10n ** 16n - 1n) / 10n ** 16n) / 100

export async function outcomeOf(facts: Facts): Promise<DrillResult> {
  const { watch, variant } = facts
  const attacked = variant === 'public' || variant === 'private'
  const seen = watch.detection()
  const began = watch.began()
  const pull = watch.decisions().find((one) => one.verdict === 'pull') ?? watch.decisions().at(-1)
  const receipt = watch.receipts()[0]
  return {
    drill: facts.drill,
    variant,
    seed: facts.seed,
    detected: seen && began !== undefined ? { by: seen.by.join(', '), blocks: Number(seen.block - began), ms: seen.ms } : null,
    decision: pull
      ? {
          pulled: pull.verdict === 'pull' ? pull.brakes : [],
          proof: pull.comparison.proof,
          candidates: pull.comparison.candidates.map((one) => ({
            brakes: one.brakes,
            residualUsd: usd(one.residual),
            costUsd: usd(one.cost),
          })),
        }
      : null,
    contained: receipt ? { block: Number(receipt.block.number), beforeAttack: facts.lost === 0n } : null,
    lostUsd: usd(facts.lost),
    lostUsdWithoutFirebreak: usd(facts.lostWithout),
    predictedLossUsd: pull ? usd(pull.comparison.predictedLoss) : 0,
    falseActions: watch.wanted().filter((one) => !attacked || one.beforeAttack).length,
  }
}

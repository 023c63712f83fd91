// Proof before pull: which trials are needed next, and what the answers prove. Singles first, then all together with one left out at a time.
import type { Candidate, Comparison } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { amountsOf, assetsTaken, movesOnly, valueByAsset } from './losses.ts'
import type { Ask, Choose } from '../stages.ts'
import { applicable, candidateOf, gentlestFirst, missing } from './candidates.ts'
import { consequencesText } from './activities.ts'
import { benchOf, controlOf, lossOf, measure, trialFor, type Bench } from './measure.ts'
import { together, type Standing } from './together.ts'
import { standingAt, type Form } from './trials.ts'
import { broader, broaderThanClosest } from './widen.ts'

/** One pass over the procedure: stops at the first question that has no answer yet. */
function pass(bench: Bench): Standing {
  const { question, plan } = bench
  const singles = question.candidates.map((name) => [name])
  const originals = bench.forms.filter((form) => form.original)
  // Controls of every form, and every brake alone against the attack as seen: one round.
  const first = [...missing(bench, [[]], bench.forms), ...missing(bench, singles, originals)]
  if (first.length > 0) return { ask: first, candidates: [], chosen: undefined }
  const forms = applicable(bench)
  if (enoughAlready(bench)) return { ask: [], candidates: [], chosen: [] }
  const harmless = lossIsTolerated(bench) || onlyMoves(bench)
  if (harmless || !reproduced(bench)) {
    const shown = singles.flatMap((brakes) => candidateOf(bench, brakes, originals) ?? [])
    return { ask: [], candidates: shown.sort(gentlestFirst(plan)), chosen: harmless ? [] : undefined }
  }
  const sufficient = (candidate: Candidate): boolean => candidate.fails === undefined && candidate.residual <= plan.bounds.tolerates
  const counting = forms.filter((form) => form.original)
  const onOriginals = singles.flatMap((brakes) => candidateOf(bench, brakes, counting.length > 0 ? counting : originals) ?? [])
  const hopeful = onOriginals.filter(sufficient).map((candidate) => candidate.brakes)
  const second = missing(bench, hopeful, forms)
  if (second.length > 0) return { ask: second, candidates: [], chosen: undefined }
  const hopefulNames = new Set(hopeful.flat())
  const candidates = onOriginals
    .flatMap((candidate) =>
      hopefulNames.has(candidate.brakes[0] ?? '') ? (candidateOf(bench, candidate.brakes, forms) ?? []) : [candidate],
    )
    .sort(gentlestFirst(plan))
  const best = candidates.find(sufficient)
  if (best) return { ask: [], candidates, chosen: best.brakes }
  return together(bench, forms, candidates, sufficient)
}

/** What we want already stops every form that can be carried out: nothing more is needed. */
function enoughAlready(bench: Bench): boolean {
  const answered = bench.forms.filter((form) => form.original && bench.outcomes.get(trialFor(bench, form, []).id)?.ok)
  const standing = answered.some((form) => standingAt(bench.question, form.base).length > 0)
  return standing && applicable(bench).length === 0
}

/** The attack as seen loses value here. */
const reproduced = (bench: Bench): boolean => bench.forms.some((form) => form.original && controlOf(bench, form) > 0n)

/** It loses something, and no form of it more than the plan puts up with. */
const lossIsTolerated = (bench: Bench): boolean => reproduced(bench) && applicable(bench).length === 0

/** What leaves one of the plan's contracts arrives in another, in every form: a migration is no loss. */
function onlyMoves(bench: Bench): boolean {
  const { plan, question, outcomes } = bench
  if (bench.forms.some((form) => controlOf(bench, form) > 0n)) return false
  return bench.forms.some((form) => {
    const outcome = outcomes.get(trialFor(bench, form, []).id)
    const step = outcome?.ok ? outcome.steps[0] : undefined
    const before = question.before[form.base.hash] ?? []
    return form.original && step !== undefined && movesOnly(plan, before, amountsOf(plan.holdings, step))
  })
}

/** What to simulate next; nothing when the comparison is complete. */
export const trialsNeeded: Ask = (plan, question, outcomes) => pass(benchOf(plan, question, outcomes)).ask

/** What the trials show. Call it when nothing more is needed. */
export const compare: Choose = (plan, question, outcomes) => {
  const bench = benchOf(plan, question, outcomes)
  const { candidates, chosen: cheapest, closest } = pass(bench)
  const counted = applicable(bench)
  const asSeen = bench.forms.filter((form) => form.original)
  // Its originals end with the attack once and twice, on the state before it.
  const once = asSeen.at(-2)
  const proven = reproduced(bench) || cheapest?.length === 0
  const worst = counted.reduce<Dollars>((most, form) => (controlOf(bench, form) > most ? controlOf(bench, form) : most), 0n)
  const doubts = doubtsOf(bench, counted)
  const widens = doubts.untested.length > 0 && plan.bounds.untested === 'widen'
  const widened = widens ? broader(plan, candidates, cheapest, doubts.taken) : cheapest
  const nearest = widens ? broaderThanClosest(plan, candidates, closest, doubts.taken) : closest
  const chosen = widened && mostProtectedFirst(widened, candidates)
  const failed = asSeen.map((form) => measure(bench, form, [])).find((measured) => measured && 'fails' in measured)
  return {
    proof: proven ? 'proven' : 'unproven',
    why: proven
      ? chosen
        ? chosen.length === 0
          ? needless(bench)
          : widened === cheapest
            ? `${gentler(plan, chosen, candidates) ? 'of the sets of brakes that leave no more than the plan tolerates, the one that keeps most alive' : 'the cheapest set of brakes that leaves no more than the plan tolerates'}${consequencesText(plan, chosen)}`
            : `broader than the cheapest sufficient set, because value in ${untestedText(doubts)} could not be tested`
        : bare(candidates)
          ? `no brake can be pulled: ${bare(candidates)}`
          : closest
            ? nearest === closest
              ? 'no set of the candidate brakes stops every form of the loss; this is the smallest that stops as much as all together'
              : `no set of the candidate brakes stops every form of the loss; this is broader than the smallest that stops as much as all together, because value in ${untestedText(doubts)} could not be tested`
            : 'no set of the candidate brakes stops the loss'
      : failed && 'fails' in failed
        ? `the control run could not be carried out: ${failed.fails}`
        : 'the attack without any brake does not repeat the loss here',
    chosen,
    closest: nearest && mostProtectedFirst(nearest, candidates),
    predictedLoss: once === undefined ? 0n : lossOf(measure(bench, once, [])) || worst,
    worstLoss: worst,
    candidates,
    inapplicable: bench.forms.filter((form) => !counted.includes(form)).map((form) => form.name),
    untested: doubts.untested,
    unpriced: doubts.unpriced,
  }
}

/** Whether a cheaper one would have done, and stopped more of what must go on. */
const gentler = (plan: ResolvedPlan, chosen: readonly string[], candidates: readonly Candidate[]): boolean => {
  const cost = candidates.find((one) => one.brakes.join() === chosen.join())?.cost
  return candidates.some((one) => cost !== undefined && one.fails === undefined && one.residual <= plan.bounds.tolerates && one.cost < cost)
}

/** What is in the way of every one of them. */
const bare = (candidates: readonly Candidate[]): string =>
  candidates.every((one) => one.fails !== undefined) ? [...new Set(candidates.map((one) => one.fails))].slice(0, 3).join('; ') : ''

/** Why nothing has to be pulled. */
const needless = (bench: Bench): string =>
  lossIsTolerated(bench)
    ? 'the loss is within what the plan tolerates'
    : onlyMoves(bench)
      ? 'nothing is lost: what leaves one of the plan’s contracts arrives in another'
      : 'the brakes that are already wanted suffice'

/** Where there is nothing to try. */
export const nothingCompared: Comparison = {
  proof: 'unproven',
  why: 'no transaction is known that could be tried again',
  chosen: undefined,
  predictedLoss: 0n,
  worstLoss: 0n,
  candidates: [],
  inapplicable: [],
  untested: [],
  unpriced: [],
}

/** The chain takes our effects one after another: what protects the most dollars by itself goes out first. */
function mostProtectedFirst(set: readonly string[], candidates: readonly Candidate[]): readonly string[] {
  const alone = (name: string): Dollars => candidates.find((one) => one.brakes.length === 1 && one.brakes[0] === name)?.residual ?? 0n
  return [...set].sort((a, b) => (alone(a) < alone(b) ? -1 : alone(a) > alone(b) ? 1 : 0))
}

const untestedText = ({ untested }: Pick<Comparison, 'untested'>): string => untested.map((one) => one.asset).join(', ')

/** Value that no applicable form ever took: the proof says nothing about it. */
function doubtsOf(
  bench: Bench,
  counted: readonly Form[],
): Pick<Comparison, 'untested' | 'unpriced'> & { readonly taken: ReadonlySet<string> } {
  const { plan, question, outcomes } = bench
  const taken = new Set<string>()
  for (const form of counted) {
    const outcome = outcomes.get(trialFor(bench, form, []).id)
    if (!outcome?.ok) continue
    for (const step of outcome.steps)
      for (const asset of assetsTaken(plan, question.before[form.base.hash] ?? [], amountsOf(plan.holdings, step))) taken.add(asset)
  }
  const values = valueByAsset(
    plan,
    question.prices,
    question.before[question.attack.head.hash] ?? question.before[question.attack.base.hash] ?? [],
  )
  return {
    taken,
    untested: [...values].flatMap(([asset, dollars]) => (taken.has(asset) || dollars === 0n ? [] : [{ asset, dollars }])),
    unpriced: plan.holdings
      .map((one) => one.asset)
      .filter((asset, i, all) => question.prices[asset] === undefined && all.indexOf(asset) === i),
  }
}

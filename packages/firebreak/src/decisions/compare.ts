// Proof before pull: which trials are needed next, and what the answers prove. Singles first, then all together with one left out at a time.
import type { Candidate, Comparison, Trial } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { amountsOf, assetsTaken, valueByAsset } from './losses.ts'
import type { Ask, Choose } from '../stages.ts'
import { benchOf, brakeNamed, controlOf, lossOf, measure, trialFor, type Bench } from './measure.ts'
import { costOf, standingAt, type Form } from './trials.ts'

/** Only forms whose control run loses prove anything. */
function applicable(bench: Bench): readonly Form[] {
  return bench.forms.filter((form) => controlOf(bench, form) > bench.plan.bounds.tolerates)
}

function candidateOf(bench: Bench, brakes: readonly string[], forms: readonly Form[]): Candidate | undefined {
  const rows: { form: string; loss: Dollars }[] = []
  let fails: string | undefined
  for (const form of forms) {
    const measured = measure(bench, form, brakes)
    if (measured === undefined) return undefined
    // A trial that cannot be carried out saves nothing: it counts as if the brake were not there.
    if ('fails' in measured) {
      fails ??= measured.fails
      rows.push({ form: form.name, loss: controlOf(bench, form) })
    } else rows.push({ form: form.name, loss: measured.loss })
  }
  const residual = rows.reduce((most, row) => (row.loss > most ? row.loss : most), 0n)
  const cost = brakes.reduce((sum, name) => sum + costOf(brakeNamed(bench.plan, name)), 0n)
  return { brakes, residual, cost, forms: rows, fails }
}

const cheapestFirst = (a: Candidate, b: Candidate): number =>
  a.cost !== b.cost ? (a.cost < b.cost ? -1 : 1) : a.residual < b.residual ? -1 : a.residual > b.residual ? 1 : 0

/** Trials still missing for these sets of brakes on these forms. */
const missing = (bench: Bench, sets: readonly (readonly string[])[], forms: readonly Form[]): readonly Trial[] =>
  sets.flatMap((brakes) =>
    forms.flatMap((form) => {
      const trial = trialFor(bench, form, brakes)
      return bench.outcomes.has(trial.id) ? [] : [trial]
    }),
  )

interface Standing {
  readonly ask: readonly Trial[]
  readonly candidates: readonly Candidate[]
  readonly chosen: readonly string[] | undefined
}

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
  if (!forms.some((form) => form.original)) {
    const shown = singles.flatMap((brakes) => candidateOf(bench, brakes, originals) ?? [])
    return { ask: [], candidates: shown.sort(cheapestFirst), chosen: undefined }
  }
  const sufficient = (candidate: Candidate): boolean => candidate.fails === undefined && candidate.residual <= plan.bounds.tolerates
  const onOriginals = singles.flatMap(
    (brakes) =>
      candidateOf(
        bench,
        brakes,
        forms.filter((form) => form.original),
      ) ?? [],
  )
  const hopeful = onOriginals.filter(sufficient).map((candidate) => candidate.brakes)
  const second = missing(bench, hopeful, forms)
  if (second.length > 0) return { ask: second, candidates: [], chosen: undefined }
  const hopefulNames = new Set(hopeful.flat())
  const candidates = onOriginals
    .flatMap((candidate) =>
      hopefulNames.has(candidate.brakes[0] ?? '') ? (candidateOf(bench, candidate.brakes, forms) ?? []) : [candidate],
    )
    .sort(cheapestFirst)
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

/** No single brake suffices: all that work, then leave out one at a time, the dearest first. */
function together(
  bench: Bench,
  forms: readonly Form[],
  singles: readonly Candidate[],
  sufficient: (candidate: Candidate) => boolean,
): Standing {
  let kept = singles.filter((candidate) => candidate.fails === undefined).flatMap((candidate) => candidate.brakes)
  if (kept.length < 2) return { ask: [], candidates: singles, chosen: undefined }
  const all = missing(bench, [kept], forms)
  if (all.length > 0) return { ask: all, candidates: [], chosen: undefined }
  const whole = candidateOf(bench, kept, forms)
  if (!whole) return { ask: [], candidates: singles, chosen: undefined }
  if (!sufficient(whole)) return { ask: [], candidates: [...singles, whole], chosen: undefined }
  let best = whole
  for (const name of [...kept].reverse()) {
    const fewer = kept.filter((one) => one !== name)
    if (fewer.length < 2) break
    const ask = missing(bench, [fewer], forms)
    if (ask.length > 0) return { ask, candidates: [], chosen: undefined }
    const candidate = candidateOf(bench, fewer, forms)
    if (candidate && sufficient(candidate)) [kept, best] = [fewer, candidate]
  }
  return { ask: [], candidates: [...singles, best], chosen: best.brakes }
}

/** What to simulate next; nothing when the comparison is complete. */
export const trialsNeeded: Ask = (plan, question, outcomes) => pass(benchOf(plan, question, outcomes)).ask

/** What the trials show. Call it when nothing more is needed. */
export const compare: Choose = (plan, question, outcomes) => {
  const bench = benchOf(plan, question, outcomes)
  const { candidates, chosen: cheapest } = pass(bench)
  const counted = applicable(bench)
  const asSeen = bench.forms.filter((form) => form.original)
  // Its originals end with the attack once and twice, on the state before it.
  const once = asSeen.at(-2)
  const proven = counted.some((form) => form.original) || cheapest?.length === 0
  const worst = counted.reduce<Dollars>((most, form) => (controlOf(bench, form) > most ? controlOf(bench, form) : most), 0n)
  const doubts = untestedOf(bench, counted)
  const widened = doubts.untested.length > 0 && plan.bounds.untested === 'widen' ? broader(plan, candidates, cheapest) : cheapest
  const chosen = widened && mostProtectedFirst(widened, candidates)
  const failed = asSeen.map((form) => measure(bench, form, [])).find((measured) => measured && 'fails' in measured)
  return {
    proof: proven ? 'proven' : 'unproven',
    why: proven
      ? chosen
        ? chosen.length === 0
          ? 'the brakes that are already wanted suffice'
          : widened === cheapest
            ? 'the cheapest set of brakes that leaves no more than the plan tolerates'
            : `broader than the cheapest sufficient set, because value in ${doubts.untested.map((one) => one.asset).join(', ')} could not be tested`
        : 'no set of the candidate brakes stops the loss'
      : failed && 'fails' in failed
        ? `the control run could not be carried out: ${failed.fails}`
        : 'the attack without any brake does not repeat the loss here',
    chosen,
    predictedLoss: once === undefined ? 0n : lossOf(measure(bench, once, [])) || worst,
    worstLoss: worst,
    candidates,
    inapplicable: bench.forms.filter((form) => !counted.includes(form)).map((form) => form.name),
    ...doubts,
  }
}

/** The chain takes our effects one after another: what protects the most dollars by itself goes out first. */
function mostProtectedFirst(set: readonly string[], candidates: readonly Candidate[]): readonly string[] {
  const alone = (name: string): Dollars => candidates.find((one) => one.brakes.length === 1 && one.brakes[0] === name)?.residual ?? 0n
  return [...set].sort((a, b) => (alone(a) < alone(b) ? -1 : alone(a) > alone(b) ? 1 : 0))
}

/** The plan asks for more room where value went untested: the next dearer set that suffices as well. */
function broader(
  plan: ResolvedPlan,
  candidates: readonly Candidate[],
  chosen: readonly string[] | undefined,
): readonly string[] | undefined {
  const enough = candidates.filter((candidate) => candidate.fails === undefined && candidate.residual <= plan.bounds.tolerates)
  const at = enough.findIndex((candidate) => candidate.brakes.join() === chosen?.join())
  return at < 0 ? chosen : (enough[at + 1]?.brakes ?? chosen)
}

/** Value that no applicable form ever took: the proof says nothing about it. */
function untestedOf(bench: Bench, counted: readonly Form[]): Pick<Comparison, 'untested' | 'unpriced'> {
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
    untested: [...values].flatMap(([asset, dollars]) => (taken.has(asset) || dollars === 0n ? [] : [{ asset, dollars }])),
    unpriced: plan.holdings
      .map((one) => one.asset)
      .filter((asset, i, all) => question.prices[asset] === undefined && all.indexOf(asset) === i),
  }
}

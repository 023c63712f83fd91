// When no single brake suffices: all that work together, then the smallest set that does as much.
import type { Candidate, Trial } from '../model/decision.ts'
import { candidateOf, larger, missing } from './candidates.ts'
import type { Bench } from './measure.ts'
import type { Form } from './trials.ts'

/** How far the procedure has come: what to simulate next, or what came out. */
export interface Standing {
  readonly ask: readonly Trial[]
  readonly candidates: readonly Candidate[]
  readonly chosen: readonly string[] | undefined
  /** Where nothing suffices: the smallest set that does what all together can do. */
  readonly closest?: readonly string[]
}

/** No single brake suffices: all that work, then leave out one at a time, the dearest first. */
export function together(
  bench: Bench,
  forms: readonly Form[],
  singles: readonly Candidate[],
  sufficient: (candidate: Candidate) => boolean,
): Standing {
  const working = singles.filter((candidate) => candidate.fails === undefined).flatMap((candidate) => candidate.brakes)
  if (working.length === 0) return { ask: [], candidates: singles, chosen: undefined }
  const all = missing(bench, [working], forms)
  if (all.length > 0) return { ask: all, candidates: [], chosen: undefined }
  const whole = candidateOf(bench, working, forms)
  if (!whole) return { ask: [], candidates: singles, chosen: undefined }
  if (!sufficient(whole)) return closestTo(bench, forms, singles, whole)
  const { ask, candidate } = without(bench, forms, whole, sufficient)
  return ask.length > 0
    ? { ask, candidates: [], chosen: undefined }
    : { ask, candidates: [...singles, candidate], chosen: candidate.brakes }
}

/** Leaves out of a set whatever it can do without, the dearest first. */
function without(
  bench: Bench,
  forms: readonly Form[],
  whole: Candidate,
  enough: (candidate: Candidate) => boolean,
): { readonly ask: readonly Trial[]; readonly candidate: Candidate } {
  let best = whole
  for (const name of [...whole.brakes].reverse()) {
    const fewer = best.brakes.filter((one) => one !== name)
    if (fewer.length < 2) break
    const ask = missing(bench, [fewer], forms)
    if (ask.length > 0) return { ask, candidate: best }
    const candidate = candidateOf(bench, fewer, forms)
    if (candidate && enough(candidate)) best = candidate
  }
  return { ask: [], candidate: best }
}

/** Not even all together stop every form: the smallest set that leaves no more of any form than all of them would. */
function closestTo(bench: Bench, forms: readonly Form[], singles: readonly Candidate[], whole: Candidate): Standing {
  const others = singles.filter((one) => one.brakes.join() !== whole.brakes.join())
  if (whole.fails !== undefined) return closestAlone(bench, forms, others, whole)
  const shown = [...others, whole]
  if (whole.saves === 0n) return { ask: [], candidates: shown, chosen: undefined }
  const reach = new Map(whole.forms.map((row) => [row.form, larger(row.loss, bench.plan.bounds.tolerates)]))
  const asGood = (one: Candidate): boolean => one.fails === undefined && one.forms.every((row) => row.loss <= (reach.get(row.form) ?? 0n))
  const hopeful = others.filter(asGood).map((one) => one.brakes)
  const ask = missing(bench, hopeful, forms)
  if (ask.length > 0) return { ask, candidates: [], chosen: undefined }
  const alone = hopeful.flatMap((brakes) => candidateOf(bench, brakes, forms) ?? [])
  const single = alone.find(asGood)
  const rest = others.map((one) => alone.find((other) => other.brakes.join() === one.brakes.join()) ?? one)
  if (single) return { ask: [], candidates: [...rest, whole], chosen: undefined, closest: single.brakes }
  const fewer = without(bench, forms, whole, asGood)
  if (fewer.ask.length > 0) return { ask: fewer.ask, candidates: [], chosen: undefined }
  return { ask: [], candidates: [...rest, fewer.candidate], chosen: undefined, closest: fewer.candidate.brakes }
}

/** All together cannot be carried out: the one that saves the most by itself, on every form that counts. */
function closestAlone(bench: Bench, forms: readonly Form[], singles: readonly Candidate[], whole: Candidate): Standing {
  const working = singles.filter((one) => one.fails === undefined)
  const ask = missing(
    bench,
    working.map((one) => one.brakes),
    forms,
  )
  if (ask.length > 0) return { ask, candidates: [], chosen: undefined }
  const alone = working.flatMap((one) => candidateOf(bench, one.brakes, forms) ?? [])
  const best = alone.reduce<Candidate | undefined>((most, one) => (one.saves > (most?.saves ?? 0n) ? one : most), undefined)
  const shown = [...alone, ...singles.filter((one) => one.fails !== undefined), whole]
  return { ask: [], candidates: shown, chosen: undefined, ...(best && { closest: best.brakes }) }
}

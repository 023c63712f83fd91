// What a set of brakes leaves and saves in each form of an attack, as far as trials have shown it.
import type { Candidate, Trial } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { essentialsLeft } from './activities.ts'
import { brakeNamed, controlOf, measure, trialFor, type Bench } from './measure.ts'
import { costOf, type Form } from './trials.ts'

/** Only forms whose control run loses prove anything. */
export function applicable(bench: Bench): readonly Form[] {
  return bench.forms.filter((form) => controlOf(bench, form) > bench.plan.bounds.tolerates)
}

export function candidateOf(bench: Bench, brakes: readonly string[], forms: readonly Form[]): Candidate | undefined {
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
  const saves = forms.reduce<Dollars>((most, form, i) => larger(most, controlOf(bench, form) - (rows[i]?.loss ?? 0n)), 0n)
  return { brakes, residual, cost, saves, forms: rows, fails }
}

export const larger = (a: Dollars, b: Dollars): Dollars => (a > b ? a : b)

/** What keeps most of the essential alive, then what costs least: a lock-in is not made up for by a cheaper pause. */
export function gentlestFirst(plan: ResolvedPlan): (a: Candidate, b: Candidate) => number {
  return (a, b) => essentialsLeft(plan, b.brakes) - essentialsLeft(plan, a.brakes) || cheapestFirst(a, b)
}

const cheapestFirst = (a: Candidate, b: Candidate): number =>
  a.cost !== b.cost ? (a.cost < b.cost ? -1 : 1) : a.residual < b.residual ? -1 : a.residual > b.residual ? 1 : 0

/** Trials still missing for these sets of brakes on these forms. */
export const missing = (bench: Bench, sets: readonly (readonly string[])[], forms: readonly Form[]): readonly Trial[] =>
  sets.flatMap((brakes) =>
    forms.flatMap((form) => {
      const trial = trialFor(bench, form, brakes)
      return bench.outcomes.has(trial.id) ? [] : [trial]
    }),
  )

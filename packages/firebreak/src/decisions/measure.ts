// What one trial shows: the dollars that are lost in it, or why it shows nothing. Worked out once for each trial of a question.
import { conditionHolds } from '../base/condition.ts'
import { restricts } from '../base/lever.ts'
import type { Brake } from '../model/brake.ts'
import type { Answers } from '../model/call.ts'
import type { Question, Trial, TrialOutcome } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { amountsOf, lossBetween } from './losses.ts'
import { brakeCallCount, formsOf, standingAt, trialOf, type Form } from './trials.ts'

export type Outcomes = ReadonlyMap<string, TrialOutcome>

/** `undefined` while it has not been asked; `fails` when the trial could not be carried out or the brake itself reverted. */
export type Measured = { readonly loss: Dollars } | { readonly fails: string } | undefined

export interface Bench {
  readonly plan: ResolvedPlan
  readonly question: Question
  readonly outcomes: Outcomes
  readonly forms: readonly Form[]
  readonly known: Known
}

/** What follows from a question alone, and what its outcomes were found to show. */
interface Known {
  readonly plan: ResolvedPlan
  readonly forms: readonly Form[]
  readonly trials: Map<Form, Map<string, Trial>>
  readonly measured: Map<Trial, { readonly outcome: TrialOutcome; readonly measured: Measured }>
}

/** The same question is looked at after each round of answers: forms and trials are written once. */
const byQuestion = new WeakMap<Question, Known>()

export function benchOf(plan: ResolvedPlan, question: Question, outcomes: Outcomes): Bench {
  let known = byQuestion.get(question)
  if (known?.plan !== plan) {
    known = { plan, forms: formsOf(plan, question), trials: new Map(), measured: new Map() }
    byQuestion.set(question, known)
  }
  return { plan, question, outcomes, forms: known.forms, known }
}

export function trialFor(bench: Bench, form: Form, brakes: readonly string[]): Trial {
  const ofForm = bench.known.trials.get(form) ?? new Map<string, Trial>()
  const key = brakes.join('+')
  const known = ofForm.get(key)
  if (known) return known
  const trial = trialOf(bench.plan, bench.question, form, brakes)
  bench.known.trials.set(form, ofForm.set(key, trial))
  return trial
}

export function measure(bench: Bench, form: Form, brakes: readonly string[]): Measured {
  const trial = trialFor(bench, form, brakes)
  const outcome = bench.outcomes.get(trial.id)
  if (!outcome) return undefined
  const known = bench.known.measured.get(trial)
  if (known?.outcome === outcome) return known.measured
  const measured = shownBy(outcome, bench, form, brakes)
  bench.known.measured.set(trial, { outcome, measured })
  return measured
}

function shownBy(outcome: TrialOutcome, { plan, question }: Bench, form: Form, brakes: readonly string[]): Measured {
  if (!outcome.ok) return { fails: brakes.length > 0 && noFunds.test(outcome.why) ? cannotPay(plan, brakes, outcome.why) : outcome.why }
  // What stands already goes first and may fail as it likes: only a candidate's own calls speak for it.
  const standing = brakeCallCount(plan, question.ways, standingAt(question, form.base))
  const failed = outcome.steps[0]?.calls.slice(standing, standing + brakeCallCount(plan, question.ways, brakes)).find((call) => !call.ok)
  if (failed) return { fails: `its own call reverts: ${failed.why || 'no reason given'}` }
  const [first] = outcome.steps
  for (const name of first ? brakes : []) {
    const wrong = first && ineffective(brakeNamed(plan, name), question, first)
    if (wrong) return { fails: wrong }
  }
  const before = question.before[form.base.hash] ?? []
  const after = outcome.steps.map((step) => amountsOf(plan.holdings, step))
  // A balance that nobody can read any more is not a balance that is still there.
  const unread = plan.holdings.find((_, i) => before[i] !== undefined && after.some((amounts) => amounts[i] === undefined))
  if (unread) return { fails: `${unread.balance.label} could not be read afterwards` }
  const losses = after.map((amounts) => lossBetween(plan, question.prices, before, amounts))
  return { loss: losses.reduce((most, loss) => (loss > most ? loss : most), 0n) }
}

/** Nodes refuse to simulate what its sender cannot pay for; without the brakes the same attack could be simulated. */
const noFunds = /insufficient (?:funds|balance)/i

const cannotPay = (plan: ResolvedPlan, brakes: readonly string[], why: string): string => {
  const keys = [...new Set(brakes.flatMap((name) => brakeNamed(plan, name).by[0] ?? []))]
  return `the account of ${keys.join(', ')} cannot pay for the gas (${why})`
}

/** A call that succeeds and brings nothing about, or loosens what it should tighten, is no brake. */
function ineffective(brake: Brake, question: Question, after: Answers): string | undefined {
  if (conditionHolds(brake.holds, after) === false) return `its call succeeds, but ${brake.holds.probe.label} does not say that it holds`
  const before = question.levers[brake.name]
  const now = brake.lever?.probe.of(after)
  if (!brake.lever || before === undefined || !now?.ok) return undefined
  return restricts(brake.lever, before, now.value) ? undefined : `it would loosen ${brake.lever.probe.label} from ${before} to ${now.value}`
}

export function brakeNamed(plan: ResolvedPlan, name: string): Brake {
  const brake = plan.brakes.find((one) => one.name === name)
  if (!brake) throw new Error(`no brake named ${name} in the resolved plan`)
  return brake
}

export const lossOf = (measured: Measured): Dollars => (measured && 'loss' in measured ? measured.loss : 0n)
/** The loss without any brake: what every candidate is compared with. */
export const controlOf = (bench: Bench, form: Form): Dollars => lossOf(measure(bench, form, []))

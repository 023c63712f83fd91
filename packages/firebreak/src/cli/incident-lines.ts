// Decisions, comparisons and the other steps of an incident, as a person reads them: the same words in `run`, `incident` and `replay`.
import type { Comparison, Decision } from '../model/decision.ts'
import type { Io } from './io.ts'
import { dollarsText } from './dollars.ts'
import { wrapped } from './words.ts'

type Paint = Io['paint']

const verdictColours = { pull: 'red', propose: 'yellow', hold: 'dim' } as const

/** `PULL pauseVault, proven (…)`; the journal keeps a decision's proof beside it, and the comparison in an entry of its own. */
export function decisionLine(decision: Omit<Decision, 'comparison'> & { readonly proof?: Comparison['proof'] }, paint: Paint): string {
  const { verdict, brakes, proof, why } = decision
  const word = verdict === 'hold' ? verdict : verdict.toUpperCase()
  return `${paint(verdictColours[verdict], word)} ${brakes.length > 0 ? paint('bold', brakes.join(' + ')) : 'nothing'}${verdict === 'pull' && proof ? `, ${proof}` : ''} (${why})`
}

const widest = 34

/** Every candidate that was simulated: what it would leave to lose, and what pulling it for nothing would cost. */
export function comparisonLines(comparison: Comparison, pulled: readonly string[], paint: Paint): readonly string[] {
  const { candidates, predictedLoss, worstLoss, inapplicable, untested, unpriced } = comparison
  if (candidates.length === 0) return folded(`nothing was compared: ${comparison.why}`, paint)
  const rows = candidates.map((one) => ({
    one,
    name: shortened(one.brakes.join(' + ')),
    leaves: one.fails ? 'fails' : dollarsText(one.residual),
    costs: dollarsText(one.cost),
  }))
  const width = Math.max('simulated'.length, ...rows.map(({ name }) => name.length))
  const leaves = Math.max('leaves to lose'.length, ...rows.map((row) => row.leaves.length))
  const chosen = pulled.toSorted().join()
  const forms = new Set(candidates.flatMap((one) => one.forms.map(({ form }) => form)))
  return [
    paint('dim', `${'simulated'.padEnd(width)}  ${'leaves to lose'.padStart(leaves)}  a false pause costs`),
    ...rows.map(({ one, name, leaves: left, costs }) => {
      const enough = !one.fails && one.residual === 0n
      const text = `${name.padEnd(width)}  ${paint(enough ? 'green' : 'red', left.padStart(leaves))}  ${costs}`
      return `${text}${one.brakes.toSorted().join() === chosen ? paint('bold', '  ◀ pulled') : ''}${one.fails ? `  ${one.fails}` : ''}`
    }),
    `without a brake ${dollarsText(predictedLoss)}${worstLoss > predictedLoss ? `, in its worst form ${dollarsText(worstLoss)}` : ''}`,
    ...(forms.size > 0
      ? folded(`the attack in ${forms.size} ${forms.size === 1 ? 'form' : 'forms'}: ${[...forms].join(', ')}`, paint)
      : []),
    ...(inapplicable.length > 0 ? folded(`takes nothing, so it proves nothing: ${inapplicable.join(', ')}`, paint) : []),
    ...untested.map(({ asset, dollars }) =>
      paint('yellow', `not tested: ${dollarsText(dollars)} in ${asset}, which no form of the attack reached`),
    ),
    ...unpriced.map((asset) => paint('yellow', `not counted: ${asset} has no trusted price`)),
  ]
}

/** Beside a time of day this still fits into 80 columns. */
const foldedWidth = 66

const folded = (text: string, paint: Paint): readonly string[] => wrapped(text, foldedWidth).map((line) => paint('dim', line))

const shortened = (name: string): string => (name.length > widest ? `${name.slice(0, widest - 1)}…` : name)

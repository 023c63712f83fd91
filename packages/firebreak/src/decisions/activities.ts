// What a protocol's users still can do while brakes hold, as the plan says of each brake.
import { activities, essential, type Activity } from '../model/activity.ts'
import type { Brake } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'

/** What every one of them leaves working; a brake that does not say so promises nothing. */
function leftBy(brakes: readonly Brake[]): readonly Activity[] {
  return activities.filter((one) => brakes.every((brake) => brake.leaves?.includes(one)))
}

const named = (plan: ResolvedPlan, names: readonly string[]): readonly Brake[] => plan.brakes.filter((brake) => names.includes(brake.name))

/** How much of what must go on goes on: money can come back in, users can get out, and bad debt does not grow. */
export const essentialsLeft = (plan: ResolvedPlan, names: readonly string[]): number =>
  leftBy(named(plan, names)).filter((one) => essential.includes(one)).length

interface Consequences {
  readonly goesOn: readonly Activity[]
  /** Of what any brake of the plan speaks of. */
  readonly stops: readonly Activity[]
  /** Brakes that do not say what they leave working. */
  readonly unsaid: readonly string[]
}

function consequencesOf(plan: ResolvedPlan, names: readonly string[]): Consequences {
  const brakes = named(plan, names)
  const goesOn = leftBy(brakes)
  const spokenOf = new Set(plan.brakes.flatMap((brake) => brake.leaves ?? []))
  const unsaid = brakes.filter((brake) => brake.leaves === undefined).map((brake) => brake.name)
  return { goesOn, stops: unsaid.length > 0 ? [] : activities.filter((one) => spokenOf.has(one) && !goesOn.includes(one)), unsaid }
}

/** ` (stops borrows; repayments and withdrawals go on)`; nothing where no brake says what it leaves working. */
export function consequencesText(plan: ResolvedPlan, names: readonly string[]): string {
  const { goesOn, stops, unsaid } = consequencesOf(plan, names)
  if (names.length === 0 || unsaid.length === names.length) return ''
  const parts = [
    ...(stops.length > 0 ? [`stops ${listed(stops)}`] : []),
    ...(goesOn.length > 0 ? [`${listed(goesOn)} go on`] : []),
    ...(unsaid.length > 0 ? [`what ${listed(unsaid)} stops is not said`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join('; ')})` : ''
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

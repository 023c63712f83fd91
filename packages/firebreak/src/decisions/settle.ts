// Applies the plan's bounds to a comparison: pull, propose or hold, and the reason in words.
import type { Candidate, Comparison, Decision, Obstacle, Verdict } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan, Rule } from '../model/plan.ts'
import { consequencesText } from './activities.ts'
import { gentlestFirst } from './candidates.ts'
import { costOf } from './trials.ts'

/** One brake pulled automatically in the past, for budgets and cool-downs. */
export interface Pull {
  readonly decision: string
  readonly incident: string
  readonly rule: number
  readonly brake: string
  readonly at: number
}

export interface Circumstances {
  readonly incident: Incident
  readonly comparison: Comparison
  readonly block: Decision['block']
  readonly at: number
  /** What could still be lost, where no comparison says it. */
  readonly atRisk: Dollars
  readonly pulls: readonly Pull[]
  /** Brakes that people released when this attack was known: never pulled again for it without them. */
  readonly released: readonly string[]
  /** Brakes that are wanted or hold already, and whether any of them is for this incident. */
  readonly standing: readonly string[]
  readonly acting: boolean
  readonly about: readonly string[]
  /** Decisions so far: part of the id, so that no two are alike. */
  readonly count: number
  readonly tipToBeat: bigint
  readonly feeToBeat: bigint
  /** Whose word alone it rests on, where it is not agreed. */
  readonly alone?: string | undefined
}

/** Rules that speak about this incident, with their place in the plan. */
function rulesFor(plan: ResolvedPlan, incident: Incident): readonly { readonly rule: Rule; readonly index: number }[] {
  return plan.rules.flatMap((rule, index) =>
    rule.watches.some((watch) => incident.verdicts[watch] !== undefined) ? [{ rule, index }] : [],
  )
}

/** What was decided for want of confidence is decided again when there is more of it: up to where this answer stands. */
export const standsUpTo = (decision: Pick<Decision, 'obstacle' | 'staged' | 'confidence'>): number | undefined =>
  decision.obstacle === 'breakEven' || decision.staged ? decision.confidence : undefined

/** Brakes of the matching automatic rules, else of those that propose, in the plan's order. */
export function candidatesFor(plan: ResolvedPlan, incident: Incident): readonly string[] {
  const rules = rulesFor(plan, incident)
  const automatic = rules.filter(({ rule }) => rule.act.kind === 'automatically')
  return [...new Set((automatic.length > 0 ? automatic : rules).flatMap(({ rule }) => rule.brakes))]
}

/** Pulling pays above p* = C / (C + E[loss avoided]). */
export function breakEvenOf(cost: Dollars, avoided: Dollars): number {
  if (cost + avoided === 0n) return 1
  return Number((cost * 1_000_000n) / (cost + avoided)) / 1_000_000
}

/**
 * The set that suffices, if confidence justifies it; otherwise the part of it that is worth its cost by now,
 * and the rest when evidence has grown.
 */
/**
 * What a comparison may try. Where every automatic brake is there already, it may show that the loss goes on, and that what
 * the plan leaves to people would stop it: then they have to hear of that, not that nothing helps.
 */
export function worthTrying(plan: ResolvedPlan, incident: Incident, taken: readonly string[]): readonly string[] {
  const open = (names: readonly string[]): readonly string[] => names.filter((name) => !taken.includes(name))
  const own = open(candidatesFor(plan, incident))
  return own.length > 0 ? own : open([...new Set(rulesFor(plan, incident).flatMap(({ rule }) => rule.brakes))])
}

export function settle(plan: ResolvedPlan, now: Circumstances): Decision {
  const decision = settleOn(plan, now, undefined)
  if (decision.obstacle !== 'breakEven' || now.comparison.proof !== 'proven') return decision
  const first = firstStep(plan, now)
  if (!first) return decision
  const step = settleOn(plan, now, first.brakes)
  if (step.verdict !== 'pull') return decision
  const why = `a first step${consequencesText(plan, first.brakes)}: ${decision.brakes.join(' + ')} would suffice, and its ${decision.why}`
  return { ...step, why, staged: true }
}

/** What is worth more than it costs at this confidence, though it does not suffice: the one that is worth the most. */
function firstStep(plan: ResolvedPlan, { incident, comparison, standing }: Circumstances): Candidate | undefined {
  const worth = ({ cost, saves }: Candidate): number => incident.confidence * Number(saves) - (1 - incident.confidence) * Number(cost)
  const open = comparison.candidates.filter(
    (one) => one.fails === undefined && one.saves > 0n && worth(one) > 0 && !one.brakes.some((name) => standing.includes(name)),
  )
  return open.toSorted((a, b) => worth(b) - worth(a) || gentlestFirst(plan)(a, b))[0]
}

function settleOn(plan: ResolvedPlan, now: Circumstances, part: readonly string[] | undefined): Decision {
  const { incident, comparison } = now
  const rules = rulesFor(plan, incident)
  // Without proof the plan's own order applies: its first brake that is not pulled already.
  const order = candidatesFor(plan, incident).filter((name) => !now.standing.includes(name))
  const set = part ?? (comparison.proof === 'proven' ? leastBad(comparison) : order.slice(0, 1))
  const brakes = set.filter((name) => !now.standing.includes(name))
  const home = rules.find(({ rule }) => brakes.some((brake) => rule.brakes.includes(brake))) ?? rules[0]
  const candidate = comparison.candidates.find((one) => sameSet(one.brakes, set))
  const cost = plan.brakes.filter((brake) => brakes.includes(brake.name)).reduce((sum, brake) => sum + costOf(brake), 0n)
  const avoided = comparison.proof === 'proven' ? (candidate?.saves ?? 0n) : now.atRisk
  const breakEven = brakes.length > 0 ? breakEvenOf(cost, avoided) : undefined
  const { verdict, obstacle, why } = verdictOf(plan, now, home, brakes, breakEven, avoided)
  return {
    id: `dec-${incident.id.slice(4)}-${now.count}`,
    incident: incident.id,
    at: now.at,
    block: now.block,
    verdict,
    obstacle,
    why,
    rule: home?.index ?? -1,
    brakes,
    confidence: incident.confidence,
    about: now.about,
    breakEven,
    comparison,
    ...(now.alone === undefined ? {} : { alone: now.alone }),
    tipToBeat: now.tipToBeat,
    feeToBeat: now.feeToBeat,
  }
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one))

/** The chosen set; where nothing suffices, the set that does as much as can be done, if that saves anything at all. */
const leastBad = (comparison: Comparison): readonly string[] => comparison.chosen ?? comparison.closest ?? []

const hold = (obstacle: Obstacle, why: string) => ({ verdict: 'hold' as const, obstacle, why })
const propose = (obstacle: Obstacle, why: string) => ({ verdict: 'propose' as const, obstacle, why })

function verdictOf(
  plan: ResolvedPlan,
  now: Circumstances,
  home: { readonly rule: Rule; readonly index: number } | undefined,
  brakes: readonly string[],
  breakEven: number | undefined,
  exposure: Dollars,
): { readonly verdict: Verdict; readonly obstacle: Obstacle | undefined; readonly why: string } {
  const { comparison, incident, pulls } = now
  if (!home) return hold('noRule', 'no rule of the plan speaks about these watches')
  if (brakes.length === 0)
    return hold('noBrake', comparison.proof === 'unproven' ? 'every brake of the rule is pulled already' : comparison.why)
  const { rule, index } = home
  if (rule.act.kind === 'propose') return propose('rule', `the plan leaves this to ${rule.act.to}`)
  // One guess is the plan's order; a second one without proof is people's to make.
  if (comparison.proof === 'unproven' && now.acting)
    return propose('unproven', `brakes are pulled for this incident already, and ${comparison.why}`)
  const released = brakes.find((brake) => now.released.includes(brake))
  if (released) return propose('released', `people released ${released} during this incident; pulling it again is theirs to decide`)
  const upTo = plan.chains.find((one) => one.name === incident.chain)?.agreement.aloneUpTo ?? 0n
  if (now.alone !== undefined && exposure > upTo)
    return propose(
      'alone',
      `not agreed: ${now.alone === 'nobody' ? 'nobody could be asked' : `the word of ${now.alone} alone`}, which is enough up to $${(upTo / 10n ** 18n).toLocaleString('en-US')}`,
    )
  if (breakEven !== undefined && incident.confidence <= breakEven)
    return propose('breakEven', `confidence ${incident.confidence.toFixed(2)} does not exceed the break-even ${breakEven.toFixed(2)}`)
  const { count, perMs } = rule.act.atMost
  const recent = new Set(pulls.filter((pull) => pull.rule === index && now.at - pull.at < perMs).map((pull) => pull.decision))
  if (recent.size >= count) return propose('budget', `the rule's budget of ${count} automatic pulls is used up`)
  const { coolDownMs } = rule.act
  const cooling = pulls.find((pull) => brakes.includes(pull.brake) && now.at - pull.at < coolDownMs)
  if (cooling) return propose('coolDown', `${cooling.brake} was pulled ${Math.round((now.at - cooling.at) / 1000)} s ago and cools down`)
  const spent = brakes.find((name) => {
    const brake = plan.brakes.find((one) => one.name === name)
    return brake !== undefined && pulls.filter((pull) => pull.brake === name && pull.incident === incident.id).length >= brake.atMostPulls
  })
  if (spent) return propose('pulls', `${spent} was pulled in this incident as often as the plan allows`)
  return { verdict: 'pull', obstacle: undefined, why: comparison.why }
}

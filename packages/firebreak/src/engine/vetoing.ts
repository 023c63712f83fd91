// Decides about vetoes: every way to cancel is tried from its own authority, and the plan's bounds are applied as to any brake.
import { filled } from '../base/veto.ts'
import { lossBetween } from '../decisions/losses.ts'
import { costOf } from '../decisions/trials.ts'
import type { Veto } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Candidate, Comparison, Trial, TrialOutcome } from '../model/decision.ts'
import type { Forecast, Stop } from '../model/forecast.ts'
import type { Address } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Signal } from '../model/signal.ts'
import { routesOf } from '../responders/authorities/routes.ts'
import type { Result } from './inquiries.ts'

export interface Vetoing {
  /** Tries what could stop it; where the plan names nothing that could, that is decided at once. */
  readonly open: (incident: Incident, tried: Tried, at: number) => readonly Result[]
  /** Undefined when the question is not one of these. */
  readonly answer: (question: string, outcomes: readonly (readonly [string, TrialOutcome])[], at: number) => readonly Result[] | undefined
}

/** An operation that was tried and does harm. */
export interface Tried {
  readonly forecast: Forecast
  readonly signal: Signal
  readonly block: BlockRef
  readonly alone: string | undefined
}

export interface VetoWorld {
  readonly incident: (id: string) => Incident | undefined
  /** Applies the plan's bounds; nothing when this was decided before, with no less confidence. */
  readonly settle: (
    plan: ResolvedPlan,
    incident: Incident,
    comparison: Comparison,
    about: string,
    at: number,
    grounds: readonly (string | undefined)[],
  ) => readonly Result[]
  readonly mayAsk: (about: string, confidence: number) => boolean
}

interface Try {
  readonly veto: Veto
  readonly stop: Stop
  readonly trial: Trial
}

interface Open {
  readonly incident: string
  readonly forecast: Forecast
  readonly loss: Dollars
  /** On whose word alone the try rests, where nobody else could say. */
  readonly alone: string | undefined
  readonly tries: readonly Try[]
}

/** Room for a cancellation of a proposal with hundreds of calls. */
const gas = 8_000_000n

export function vetoing(plan: ResolvedPlan, world: VetoWorld): Vetoing {
  const routes = routesOf(plan.authorities)
  const open = new Map<string, Open>()
  let questions = 0

  const aboutOf = (forecast: Forecast): string => `forecast|${forecast.operation}`

  /** The vetoes of the rules that speak about this incident. */
  const vetoesFor = (incident: Incident): readonly Veto[] => {
    const names = new Set(
      plan.rules.flatMap((rule) => (rule.watches.some((watch) => incident.verdicts[watch] !== undefined) ? (rule.vetoes ?? []) : [])),
    )
    return (plan.vetoes ?? []).filter((one) => names.has(one.name) && one.chain === incident.chain)
  }

  const trialOf = (veto: Veto, stop: Stop, forecast: Forecast, block: BlockRef): Trial | undefined => {
    const authority = plan.authorities.find((one) => one.name === veto.by[0])
    if (!authority) return undefined
    const played = routes.get(authority.name)?.rehearse([stop.call], undefined, block.timestamp)
    if (played && !played.ok) return undefined
    const from = senderOf(authority)
    return {
      id: `${block.hash}|veto|${veto.name}|${stop.call.to}|${forecast.key}`,
      base: block,
      brakes: [veto.name],
      form: forecast.label,
      steps: [
        (played?.calls ?? [stop.call]).map((call) => ({
          from,
          to: call.to,
          data: call.data,
          value: 0n,
          gas,
          maxFee: 2n * block.baseFee + 1n,
          maxTip: 0n,
          nonce: undefined,
        })),
      ],
      code: {},
      ...(played ? { storage: played.storage } : {}),
    }
  }

  const settled = (
    { incident: id, forecast, loss, alone, tries }: Open,
    outcomes: ReadonlyMap<string, TrialOutcome>,
    at: number,
  ): readonly Result[] => {
    const incident = world.incident(id)
    if (!incident) return []
    const candidates = tries.map(({ veto, stop, trial }): Candidate => {
      const fails = whyNot(outcomes.get(trial.id))
      const cost = costOf(filled(veto, stop))
      const residual = fails === undefined ? 0n : loss
      return { brakes: [veto.name], residual, cost, saves: loss - residual, forms: [{ form: stop.label, loss: residual }], fails }
    })
    const best = candidates.findIndex((one) => one.fails === undefined)
    const found = tries[best]
    const comparison: Comparison = {
      proof: 'proven',
      why: found
        ? `${forecast.label} was tried and does harm; ${found.stop.label}, and that works`
        : `${forecast.label} was tried and does harm, and no veto of the plan stops it; it can be stopped by ${forecast.evidence['canStopIt']}`,
      chosen: found && [found.veto.name],
      predictedLoss: loss,
      worstLoss: loss,
      candidates: found ? candidates.filter((one, i) => i === best || one.brakes[0] !== found.veto.name) : candidates,
      inapplicable: [],
      untested: [],
      unpriced: [],
    }
    const results = world.settle(withFilled(plan, found), incident, comparison, aboutOf(forecast), at, [
      alone,
      ...[...outcomes.values()].map((one) => one.alone),
    ])
    if (!found) return results
    const stop = { ...found.stop, gas: gasOf(outcomes.get(found.trial.id)) }
    return results.map((one) => (one.kind === 'decided' ? { ...one, decision: { ...one.decision, stop } } : one))
  }

  return {
    open: (incident, { forecast, signal, block, alone }, at) => {
      if (!world.mayAsk(aboutOf(forecast), incident.confidence)) return []
      const tries = vetoesFor(incident).flatMap((veto) =>
        forecast.stops
          .filter((stop) => veto.stops.includes(stop.call.to))
          .flatMap((stop) => {
            const trial = trialOf(veto, stop, forecast, block)
            return trial ? [{ veto, stop, trial }] : []
          }),
      )
      const one: Open = { incident: incident.id, forecast, loss: lossOf(plan, incident, signal), alone, tries }
      if (tries.length === 0) return settled(one, new Map(), at)
      const question = `v${++questions}-${incident.id}`
      open.set(question, one)
      return [{ kind: 'ask', question, trials: tries.map((each) => each.trial) }]
    },
    answer: (question, outcomes, at) => {
      const one = open.get(question)
      if (!one) return undefined
      open.delete(question)
      return settled(one, new Map(outcomes), at)
    },
  }
}

/** The plan in which the veto is a brake like any other: its bounds are then applied by the same rules. */
function withFilled(plan: ResolvedPlan, found: Try | undefined): ResolvedPlan {
  if (!found) return plan
  return {
    ...plan,
    brakes: [...plan.brakes, filled(found.veto, found.stop)],
    rules: plan.rules.map((rule) => (rule.vetoes ? { ...rule, brakes: [...rule.brakes, ...rule.vetoes] } : rule)),
  }
}

function senderOf(authority: ResolvedPlan['authorities'][number]): Address {
  switch (authority.kind) {
    case 'key':
      return authority.address
    case 'safe':
      return authority.executorAddress ?? authority.address
    case 'timelock':
    case 'accessManager':
    case 'governor':
      return authority.senderAddress
    default:
      return authority satisfies never
  }
}

/** Half as much again as it took: the operation does not change any more. */
function gasOf(outcome: TrialOutcome | undefined): bigint | undefined {
  const used = outcome?.ok ? outcome.steps.flatMap((step) => step.calls).reduce((sum, call) => sum + call.gasUsed, 0n) : 0n
  return used > 0n ? (used * 3n) / 2n : undefined
}

function whyNot(outcome: TrialOutcome | undefined): string | undefined {
  if (!outcome) return 'it was not tried'
  if (!outcome.ok) return outcome.why
  return outcome.steps.flatMap((step) => step.calls).find((call) => !call.ok)?.why
}

/** In trusted dollars; where nobody can count what would be lost, all that is at stake. */
function lossOf(plan: ResolvedPlan, incident: Incident, signal: Signal): Dollars {
  const held = plan.holdings.map(({ asset }, i) =>
    plan.holdings.findIndex((one) => one.asset === asset) === i ? amountIn(signal, asset) : 0n,
  )
  const counted = lossBetween(
    plan,
    incident.prices,
    held,
    held.map(() => 0n),
  )
  return counted > 0n ? counted : incident.severity
}

const amountIn = (signal: Signal, asset: string): bigint => signal.loss.find((one) => one.asset === asset)?.amount ?? 0n

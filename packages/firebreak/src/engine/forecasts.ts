// What governance may do, tried in simulation: asks for each try once, and turns what the plan's watches say of it into a signal.
import { sha256 } from '../base/hash.ts'
import { amountsOf } from '../decisions/losses.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Finding } from '../model/detector.ts'
import type { Forecast, Played } from '../model/forecast.ts'
import type { NewEntry } from '../model/journal.ts'
import type { BlockMoment, PendingMoment } from '../model/moment.ts'
import type { Amount } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Signal } from '../model/signal.ts'
import { recorded } from './entries.ts'
import type { Effect, Input } from './inputs.ts'
import type { Judged, Watching } from './reach.ts'

type ForecastInput = Extract<Input, { kind: 'forecast' }>
type Outcome = Extract<ForecastInput['outcome'], { ok: true }>

export interface Forecasts {
  /** What is to be tried after this block. */
  readonly due: (moment: BlockMoment) => readonly Effect[]
  readonly heard: (input: ForecastInput) => Heard | undefined
}

export interface Heard {
  readonly entries: readonly NewEntry[]
  /** Absent when it breaks nothing. */
  readonly signal: Signal | undefined
  /** The state that it would leave, as a waiting transaction's: what stakes are counted from. */
  readonly moment: PendingMoment
}

/** Tried after one block; the others follow at the next ones. */
const mostAtOnce = 8
/** Tries remembered; the oldest go first, and would be tried once more. */
const mostTried = 5_000

export function forecasts(plan: ResolvedPlan, watching: (chain: string) => Watching): Forecasts {
  const tried = new Set<string>()
  /** Operations of which it is on record what they do. */
  const told = new Map<string, string>()

  const nameOf = (chain: string, watch: string, forecast: Forecast): string => `${chain}|${watch}|${forecast.key}`

  const bounded = (set: {
    readonly size: number
    readonly keys: () => Iterable<string>
    readonly delete: (key: string) => unknown
  }): void => {
    for (const key of set.keys()) {
      if (set.size <= mostTried) break
      set.delete(key)
    }
  }

  /** Verdicts of the others that are the calls' own doing: what happens by that time anyway is not. */
  const broken = (input: ForecastInput, { control, played, block }: Outcome): Judged['findings'] => {
    const watcher = watching(input.chain)
    const say = (what: Played): Judged['findings'] =>
      watcher
        .peek(asWaiting(plan, input.forecast, block, what))
        .findings.filter(({ watch, finding }) => watch !== input.watch && finding.weight === 'verdict')
    const before = say(control)
    return say(played).filter(({ watch, finding }) => !before.some((one) => one.watch === watch && one.finding.summary === finding.summary))
  }

  return {
    due: (moment) => {
      const { chain, block } = moment
      const fresh = watching(chain)
        .forecasts(block.hash)
        .filter(({ watch, forecast }) => !tried.has(nameOf(chain, watch, forecast)))
        .slice(0, mostAtOnce)
      for (const { watch, forecast } of fresh) tried.add(nameOf(chain, watch, forecast))
      bounded(tried)
      return fresh.map(({ watch, forecast }) => ({ kind: 'forecast', chain, block, watch, forecast }))
    },
    heard: (input) => {
      const { chain, watch, forecast, outcome, at } = input
      if (!outcome.ok) {
        // Nobody could say: it is asked again after the next block.
        tried.delete(nameOf(chain, watch, forecast))
        return undefined
      }
      const moment = asWaiting(plan, forecast, outcome.block, outcome.played)
      const breaks = outcome.played.fails === undefined ? broken(input, outcome) : []
      const name = `${chain}|${watch}|${forecast.operation}`
      const words = breaks.length > 0 ? 'would break' : outcome.played.fails === undefined ? 'breaks nothing' : 'cannot be carried out now'
      const news = told.get(name) !== words
      told.set(name, words)
      bounded(told)
      const body = { forecast: forecast.label, operation: forecast.operation, watch, words, way: outcome.way, fails: outcome.played.fails }
      const entries = news ? [recorded('note', at, body)] : []
      return { entries, moment, signal: breaks.length > 0 ? signalOf(plan, input, outcome, breaks) : undefined }
    },
  }
}

function signalOf(plan: ResolvedPlan, { watch, forecast, at, chain }: ForecastInput, outcome: Outcome, breaks: Judged['findings']): Signal {
  const { block } = outcome
  const names = [...new Set(breaks.map((one) => one.watch))]
  const says = breaks.map((one) => `${one.watch}: ${one.finding.summary}`).join('; ')
  const { executableFrom, canStopIt } = forecast.evidence
  return {
    id: sha256(`forecast|${watch}|${chain}|${block.hash}|${forecast.key}`),
    watch,
    kind: 'governance',
    subjects: forecast.subjects,
    likelihood: breaks.reduce((most, one) => Math.max(most, one.finding.likelihood), 0),
    weight: 'verdict',
    summary: `${forecast.label} would break ${names.join(', ')} (${says}); it can be executed from ${executableFrom} on, and stopped by ${canStopIt}`,
    evidence: { ...forecast.evidence, breaks: names.join(', '), forecast: true, way: outcome.way },
    loss: lossIn(plan, outcome, breaks),
    culprits: forecast.culprits,
    moment: { kind: 'block', chain, block: { number: block.number, hash: block.hash }, tx: undefined },
    at,
    actors: forecast.by ? [forecast.by] : [],
  }
}

/** What the plan's holdings would lack, against the same time without the calls; where they lack nothing, what the watches say. */
function lossIn(plan: ResolvedPlan, { control, played }: Outcome, breaks: Judged['findings']): readonly Amount[] {
  const [before, after] = [amountsOf(plan.holdings, control), amountsOf(plan.holdings, played)]
  const lost = new Map<string, bigint>()
  plan.holdings.forEach(({ asset }, i) => {
    const [first, then] = [before[i], after[i]]
    if (first !== undefined && then !== undefined) lost.set(asset, (lost.get(asset) ?? 0n) + first - then)
  })
  const held = [...lost].flatMap(([asset, amount]) => (amount > 0n ? [{ asset, amount }] : []))
  return held.length > 0 ? held : mostOf(breaks.map((one) => one.finding))
}

function mostOf(findings: readonly Finding[]): readonly Amount[] {
  const most = new Map<string, bigint>()
  for (const { asset, amount } of findings.flatMap((one) => one.loss)) if (amount > (most.get(asset) ?? 0n)) most.set(asset, amount)
  return [...most].map(([asset, amount]) => ({ asset, amount }))
}

/** Detectors see it as they see a waiting transaction: a state that is not there yet, judged and never learned from. */
function asWaiting(plan: ResolvedPlan, forecast: Forecast, block: BlockRef, played: Played): PendingMoment {
  const touches = plan.contracts.filter((one) => forecast.calls.some((call) => call.to === one.address)).map((one) => one.address)
  return {
    kind: 'pending',
    chain: block.chain,
    block,
    answers: played.answers,
    logs: played.logs,
    tx: {
      hash: sha256(`forecast|${forecast.operation}`),
      from: forecast.by ?? forecast.executor,
      to: forecast.executor,
      nonce: 0n,
      data: '0x',
      value: 0n,
      gas: 0n,
      maxFee: 0n,
      maxTip: 0n,
      signature: undefined,
      envelope: {},
    },
    queue: [],
    includable: { ok: true },
    reverted: played.fails !== undefined,
    frames: [],
    touches,
  }
}

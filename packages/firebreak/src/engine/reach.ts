// Detector states by block hash: one function is the normal step, the back-fill and the reorg.
import { amountsOf } from '../decisions/losses.ts'
import { priceAt } from '../decisions/prices.ts'
import type { BlockRef, Grounds } from '../model/chain.ts'
import type { Answers, LogProbe, Probe } from '../model/call.ts'
import type { Detector, Finding, Needs } from '../model/detector.ts'
import type { Forecast } from '../model/forecast.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment, Elsewhere, Moment } from '../model/moment.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'

/** What is known after a block. States share structure with the parent's; `parent` is cut at finality. */
export interface Reached extends Grounds {
  readonly block: BlockRef
  readonly parent: Reached | undefined
  readonly states: readonly unknown[]
  /** Dollars per whole token, in the order of the plan's assets. */
  readonly prices: readonly (Dollars | undefined)[]
  /** Balances, in the order of the plan's holdings. */
  readonly holdings: readonly (bigint | undefined)[]
  readonly answers: Answers
}

type Kept = Omit<Reached, 'parent'> & { parent: Kept | undefined }

/** A detector that throws fails alone: the others go on, and the failure is named. */
export interface Failure {
  readonly watch: string
  readonly why: string
}

export interface Judged {
  readonly findings: readonly { readonly watch: string; readonly kind: string; readonly finding: Finding }[]
  readonly failures: readonly Failure[]
}

export interface Watching {
  /** Reads that do not depend on any detector: holdings, prices, brakes and levers. */
  readonly own: readonly Probe[]
  /** Reads that every moment needs, whatever the detectors say: holdings, prices, brakes and levers. */
  readonly needs: (parent: Hex | undefined) => Needs
  /** What the detectors want to be tried after this block, with the watch that wants it. */
  readonly forecasts: (at: Hex) => readonly { readonly watch: string; readonly forecast: Forecast }[]
  readonly reach: (moment: BlockMoment) => Judged
  /** Judges without changing anything. */
  readonly peek: (moment: Moment) => Judged
  readonly at: (hash: Hex) => Reached | undefined
  readonly prune: (finalised: bigint) => void
  readonly restore: (reached: Omit<Reached, 'parent' | 'answers'>) => void
}

/** All chains of a plan; detectors that look at another chain see it as it was at its head. */
export function watchingAll(plan: ResolvedPlan, headOf: (chain: string) => Hex | undefined): ReadonlyMap<string, Watching> {
  const all = new Map<string, Watching>()
  const latest = (chain: string): Reached | undefined => {
    const head = headOf(chain)
    return head && all.get(chain)?.at(head)
  }
  for (const { name } of plan.chains) all.set(name, watching(plan, name, latest))
  return all
}

/** `latest` is what is known of another chain, for detectors that look there as well. */
export function watching(plan: ResolvedPlan, chain: string, latest: (chain: string) => Reached | undefined = () => undefined): Watching {
  const watches = plan.watches.filter((watch) => watch.detector.chain === chain)
  const assets = plan.assets.filter((asset) => asset.chain === chain)
  const reached = new Map<Hex, Kept>()
  const own = ownProbes(plan, chain)
  const sleepers = sleepersOf(watches)
  const awake = watches.flatMap((watch, i) => (watch.detector.sleeps ? [] : [i]))
  const merged = mergeNeeds(
    own,
    watches.flatMap((watch) => (watch.detector.sleeps ? [needsOf(watch, watch.detector.start) ?? nothing] : [])),
  )

  const run = (states: readonly unknown[], moment: Moment): Judged & { readonly states: readonly unknown[] } => {
    const findings: Judged['findings'][number][] = []
    const failures: Failure[] = []
    let next: unknown[] | undefined
    for (const i of sleepers(awake, moment)) {
      const watch = watches[i]
      if (!watch || watch.leftOut) continue
      const { name, detector } = watch
      const state = states[i]
      try {
        const result = detector.step(state, detector.elsewhere ? withElsewhere(detector.elsewhere, moment, latest) : moment)
        // A state from which nobody could go on is not taken: its detector fails here, and alone.
        if (result.state !== state) detector.needs(result.state)
        for (const finding of result.findings) findings.push({ watch: name, kind: detector.kind, finding })
        if (result.state === state) continue
        next ??= [...states]
        next[i] = result.state
      } catch (error) {
        failures.push({ watch: name, why: error instanceof Error ? error.message : String(error) })
      }
    }
    return { findings, failures, states: next ?? states }
  }

  const startStates = watches.map((watch) => watch.detector.start)
  return {
    own,
    needs: (parent) => {
      const states = (parent && reached.get(parent)?.states) ?? startStates
      return merged(awake.map((i) => (watches[i] && needsOf(watches[i], states[i])) ?? nothing))
    },
    forecasts: (at) =>
      awake.flatMap((i) => {
        const watch = watches[i]
        const needs = watch && needsOf(watch, reached.get(at)?.states[i])
        return (needs?.forecasts ?? []).map((forecast) => ({ watch: watch?.name ?? '', forecast }))
      }),
    reach: (moment) => {
      const parent = reached.get(moment.block.parent)
      const { findings, failures, states } = run(parent?.states ?? startStates, moment)
      reached.set(moment.block.hash, {
        block: moment.block,
        parent,
        states,
        prices: plan.assets.map((asset) => (assets.includes(asset) ? priceAt(asset, moment) : undefined)),
        holdings: amountsOf(plan.holdings, moment),
        answers: { answers: moment.answers },
        ...(moment.alone === undefined ? {} : { alone: moment.alone }),
      })
      return { findings, failures }
    },
    peek: (moment) => run(reached.get(moment.block.hash)?.states ?? startStates, moment),
    at: (hash) => reached.get(hash),
    prune: (finalised) => {
      for (const [hash, one] of reached) {
        if (one.block.number < finalised) reached.delete(hash)
        // Cut in place: its children hold on to this very one, and through it to everything before.
        else if (one.parent && one.parent.block.number < finalised) one.parent = undefined
      }
    },
    restore: (saved) => void reached.set(saved.block.hash, { ...saved, parent: undefined, answers: { answers: new Map() } }),
  }
}

/** The moment with what other chains said last; a chain of which nothing is known yet is absent. */
function withElsewhere(
  elsewhere: NonNullable<Detector['elsewhere']>,
  moment: Moment,
  latest: (chain: string) => Reached | undefined,
): Moment {
  const seen = new Map<string, Elsewhere>()
  for (const { chain } of elsewhere) {
    const reached = latest(chain)
    if (reached) seen.set(chain, { block: reached.block, answers: reached.answers.answers })
  }
  return { ...moment, elsewhere: seen }
}

/** Reads that do not depend on any detector's state; detectors of other chains may want some of them here. */
function ownProbes(plan: ResolvedPlan, chain: string): readonly Probe[] {
  return [
    ...plan.holdings.filter((one) => one.chain === chain).map((one) => one.balance),
    ...plan.watches.flatMap(({ detector }) => (detector.elsewhere ?? []).flatMap((one) => (one.chain === chain ? one.reads : []))),
    ...plan.assets.flatMap((one) => (one.chain === chain && one.price.kind === 'read' ? [one.price.probe] : [])),
    ...plan.brakes.filter((one) => one.chain === chain).flatMap((one) => [one.holds.probe, ...(one.lever ? [one.lever.probe] : [])]),
  ]
}

const nothing: Needs = { reads: [], logs: [] }

/** Undefined for a watch that is not run, and for one that throws even at its start: then its step fails, and says so. */
function needsOf({ detector, leftOut }: ResolvedPlan['watches'][number], state: unknown): Needs | undefined {
  if (leftOut) return undefined
  try {
    return detector.needs(state)
  } catch {
    return undefined
  }
}

type Watches = ResolvedPlan['watches']

/** Which watches a moment concerns, in the plan's order: thousands that wait for a log each cost nothing while none is emitted. */
function sleepersOf(watches: Watches): (awake: readonly number[], moment: Moment) => readonly number[] {
  const byLog = new Map<string, number[]>()
  watches.forEach((watch, i) => {
    if (!watch.detector.sleeps) return
    for (const { key } of needsOf(watch, watch.detector.start)?.logs ?? []) byLog.set(key, [...(byLog.get(key) ?? []), i])
  })
  return (awake, moment) => {
    const woken = new Set<number>()
    if (byLog.size > 0) for (const key of moment.logs.keys()) for (const i of byLog.get(key) ?? []) woken.add(i)
    return woken.size === 0 ? awake : [...awake, ...woken].sort((a, b) => a - b)
  }
}

/** Merges and de-duplicates; the same needs give the same arrays, so that their encoding is done once. */
function mergeNeeds(own: readonly Probe[], always: readonly Needs[]): (needs: readonly Needs[]) => Needs {
  let last: readonly Needs[] = []
  let answer: Needs | undefined
  return (needs) => {
    const same =
      needs.length === last.length &&
      needs.every((one, i) => one.reads === last[i]?.reads && one.logs === last[i]?.logs && one.frames === last[i]?.frames)
    if (same && answer) return answer
    const probes = new Map(own.map((probe) => [probe.key, probe]))
    const logs = new Map<string, LogProbe>()
    for (const need of [...always, ...needs]) {
      for (const probe of need.reads) probes.set(probe.key, probe)
      for (const log of need.logs) logs.set(log.key, log)
    }
    last = needs
    const frames = new Set([...always, ...needs].flatMap((need) => need.frames ?? []))
    answer = { reads: [...probes.values()], logs: [...logs.values()], ...(frames.size > 0 ? { frames: [...frames] } : {}) }
    return answer
  }
}

// Detector states by block hash: one function is the normal step, the back-fill and the reorg.
import { amountsOf } from '../decisions/losses.ts'
import { priceAt } from '../decisions/prices.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Answers, LogProbe, Probe } from '../model/call.ts'
import type { Finding, Needs } from '../model/detector.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment, Moment } from '../model/moment.ts'
import type { Dollars } from '../model/money.ts'
import type { ResolvedPlan } from '../model/plan.ts'

/** What is known after a block. States share structure with the parent's; `parent` is cut at finality. */
export interface Reached {
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
  readonly reach: (moment: BlockMoment) => Judged
  /** Judges without changing anything. */
  readonly peek: (moment: Moment) => Judged
  readonly at: (hash: Hex) => Reached | undefined
  readonly prune: (finalised: bigint) => void
  readonly restore: (reached: Omit<Reached, 'parent' | 'answers'>) => void
}

export function watching(plan: ResolvedPlan, chain: string): Watching {
  const watches = plan.watches.filter((watch) => watch.detector.chain === chain)
  const assets = plan.assets.filter((asset) => asset.chain === chain)
  const reached = new Map<Hex, Kept>()
  const own = ownProbes(plan, chain)
  const merged = mergeNeeds(own)

  const run = (states: readonly unknown[], moment: Moment): Judged & { readonly states: readonly unknown[] } => {
    const findings: Judged['findings'][number][] = []
    const failures: Failure[] = []
    let changed = false
    const next = watches.map(({ name, detector }, i) => {
      const state = states[i]
      try {
        const result = detector.step(state, moment)
        for (const finding of result.findings) findings.push({ watch: name, kind: detector.kind, finding })
        if (result.state !== state) changed = true
        return result.state
      } catch (error) {
        failures.push({ watch: name, why: error instanceof Error ? error.message : String(error) })
        return state
      }
    })
    return { findings, failures, states: changed ? next : states }
  }

  const startStates = watches.map((watch) => watch.detector.start)
  return {
    own,
    needs: (parent) => {
      const states = (parent && reached.get(parent)?.states) ?? startStates
      return merged(watches.map((watch, i) => watch.detector.needs(states[i])))
    },
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

/** Reads that do not depend on any detector. */
function ownProbes(plan: ResolvedPlan, chain: string): readonly Probe[] {
  return [
    ...plan.holdings.filter((one) => one.chain === chain).map((one) => one.balance),
    ...plan.assets.flatMap((one) => (one.chain === chain && one.price.kind === 'read' ? [one.price.probe] : [])),
    ...plan.brakes.filter((one) => one.chain === chain).flatMap((one) => [one.holds.probe, ...(one.lever ? [one.lever.probe] : [])]),
  ]
}

/** Merges and de-duplicates; the same needs give the same arrays, so that their encoding is done once. */
function mergeNeeds(own: readonly Probe[]): (needs: readonly Needs[]) => Needs {
  let last: readonly Needs[] = []
  let answer: Needs | undefined
  return (needs) => {
    const same = needs.length === last.length && needs.every((one, i) => one.reads === last[i]?.reads && one.logs === last[i]?.logs)
    if (same && answer) return answer
    const probes = new Map(own.map((probe) => [probe.key, probe]))
    const logs = new Map<string, LogProbe>()
    for (const need of needs) {
      for (const probe of need.reads) probes.set(probe.key, probe)
      for (const log of need.logs) logs.set(log.key, log)
    }
    last = needs
    answer = { reads: [...probes.values()], logs: [...logs.values()] }
    return answer
  }
}

// The engine without a clock, a network or a store: inputs in, effects out. The same inputs always give the same effects, byte for byte.
import { knownAddresses } from '../base/attacker-contracts.ts'
import { candidatesFor } from '../decisions/settle.ts'
import { correlate } from '../incidents/correlate.ts'
import { statusOf } from '../incidents/lifecycle.ts'
import { recent } from '../incidents/recent.ts'
import type { Desire } from '../model/brake.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Trial } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Gap, Happening, Moment, Retraction } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Signal } from '../model/signal.ts'
import { afterArming, type Disarmed } from '../base/arming.ts'
import { attacksIn } from './attacks.ts'
import { forecasts } from './forecasts.ts'
import { vetoing } from './vetoing.ts'
import { desiresOf } from './desires.ts'
import { dismissals } from './dismissals.ts'
import { endpointSignal } from './endpoint-signal.ts'
import { incidentEntry, recorded } from './entries.ts'
import type { Effect, Input } from './inputs.ts'
import { inquiries, type Result } from './inquiries.ts'
import type { Memory } from './rebuild.ts'
import { once } from './once.ts'
import { onOrder, type Powers } from './orders.ts'
import { watchingAll, type Watching } from './reach.ts'
import { engineSignal, releaseSignal, signalsOf } from './signals.ts'
import { withBeginning, withStakes } from './stakes.ts'
import { waysIn } from './ways.ts'
import { wishesOf } from './wishes.ts'

export interface Core {
  readonly step: (input: Input) => readonly Effect[]
  readonly watching: (chain: string) => Watching
  /** Trials that a decision about this transaction would ask for first: sent along with the judging simulation. */
  readonly foresee: (block: BlockRef, txs: readonly Transaction[], code: Readonly<Record<Address, Hex>>) => readonly Trial[]
  readonly desires: () => readonly Desire[]
  readonly incidents: () => readonly Incident[]
  /** What people have disarmed: asked at the last moment before anything is sent. */
  readonly disarmed: () => Disarmed
  /** Who would bring a brake about, as things stand. */
  readonly authorityOf: (brake: string) => string
}

/** `validSignature` is pure arithmetic: asked only when a waiting transaction would make us act. */
export function createCore(plan: ResolvedPlan, memory: Memory, validSignature: (tx: Transaction) => boolean): Core {
  const watchers = watchingAll(plan, (chain) => heads.get(chain)?.hash)
  let incidents = memory.incidents
  let disarmed = memory.disarmed
  const dismissed = dismissals(memory.dismissed)
  const heads = new Map<string, BlockRef>()
  const ways = waysIn(plan)
  const known = knownAddresses(plan)
  const said = once(memory.incidents.flatMap((incident) => incident.signals))
  const desires = desiresOf(memory.desires, {
    remember: (desire, at, tx) => released(desire, at, tx),
    released: (desire, at) => onReleased(desire, at),
    settle: (incident, at) => settleStatus(incident, at),
  })
  const incidentOf = (id: string): Incident | undefined => {
    let found = incidents.find((one) => one.id === id)
    while (found?.mergedInto !== undefined) found = incidents.find((one) => one.id === found?.mergedInto)
    return found
  }
  const asking = inquiries(plan, memory.past, {
    desires: desires.all,
    // Answers about what was dismissed meanwhile decide nothing.
    incident: (id) => {
      const found = incidentOf(id)
      return found && dismissed.has(found.id) ? undefined : found
    },
    reachedAt: (chain, hash) => watchers.get(chain)?.at(hash),
    head: (chain) => heads.get(chain),
    ways: ways.all,
  })

  const watcherOf = (chain: string): Watching => {
    const watcher = watchers.get(chain)
    if (!watcher) throw new Error(`no chain named ${chain} in the plan`)
    return watcher
  }

  const forecasting = forecasts(plan, watcherOf)
  const vetoes = vetoing(plan, { incident: incidentOf, settle: asking.veto, mayAsk: asking.mayAsk })

  const update = (incident: Incident, at: number): Effect => {
    incidents = incidents.map((one) => (one.id === incident.id ? incident : one))
    return { kind: 'record', entries: [recorded('incident', at, incident)] }
  }

  /** Takes signals in: incidents change, merges are recorded, and whatever has to be decided is asked. */
  const hear = (
    heard: readonly Signal[],
    moment: Moment | undefined,
    at: number,
    decide?: (incident: Incident) => readonly Result[],
  ): readonly Effect[] => {
    const { news: signals, entries } = dismissed.sift(heard, moment, at)
    if (signals.length === 0) return entries.length > 0 ? [{ kind: 'record', entries }] : []
    const before = new Set(incidents.map((one) => one.id))
    const { incidents: after, touched, merges } = correlate(incidents, signals)
    incidents = after.map((one) => {
      if (!touched.includes(one.id)) return one
      const watcher = watcherOf(one.chain)
      const block = moment?.block.hash ?? heads.get(one.chain)?.hash ?? one.lastBlock.hash
      return withStakes(plan, watcher, before.has(one.id) ? one : withBeginning(plan, watcher, one, moment), block, at, after)
    })
    const kept = recent(incidents)
    if (kept !== incidents) desires.forget(kept)
    incidents = kept
    entries.push(...said.unheard(signals).map((signal) => recorded('signal', at, signal)))
    for (const merge of merges) {
      entries.push(recorded('merge', at, merge))
      entries.push(...desires.move(merge.from, merge.into, at))
    }
    const changed = incidents.filter((one) => touched.includes(one.id))
    for (const incident of changed) entries.push(incidentEntry(incident))
    const effects: Effect[] = [{ kind: 'record', entries }]
    if (!moment) return effects
    for (const incident of changed) {
      if (incident.status === 'merged') continue
      if (decide) {
        effects.push(...decided(decide(incident)))
        continue
      }
      const spoken = signals.filter((signal) => signal.weight === 'verdict' && incident.signals.includes(signal.id))
      if (candidatesFor(plan, incident).length === 0) continue
      if (spoken.length === 0) {
        effects.push(...decided(asking.again(incident, at)))
        continue
      }
      const suspects = attacksIn(
        moment,
        spoken,
        heads.get(incident.chain),
        watcherOf(incident.chain),
        known,
        desires.holding(incident.chain),
      )
      effects.push(...decided(asking.open(incident, suspects, at)))
    }
    return effects
  }

  /** Carries out decisions that came back: a pull becomes desires. */
  const decided = (results: readonly Result[]): readonly Effect[] =>
    results.flatMap((result): readonly Effect[] => {
      if (result.kind !== 'decided') return [result]
      const { decision } = result
      const incident = incidents.find((one) => one.id === decision.incident)
      const entries: NewEntry[] = [
        recorded('decision', decision.at, { ...decision, comparison: undefined, proof: decision.comparison.proof }),
      ]
      // What is on its way, or lies before people already, is not proposed once more.
      const wanted = wishesOf(plan, decision, ways.authorityOf, result.waiting).filter(
        (one) => !one.asks || desires.live(one.brake).every((other) => other.stop?.operation !== one.stop?.operation),
      )
      for (const desire of wanted) entries.push(desires.add(desire, decision.at))
      return [
        { kind: 'record', entries },
        ...wanted.filter((one) => !one.asks).flatMap((desire) => desires.endReleases(desire.brake, decision.at)),
        ...wanted.map((desire) => ({ kind: 'want', desire }) as const),
        ...(incident && result.waiting && decision.comparison.proof === 'proven' ? desires.outbid(incident.chain, decision) : []),
        ...(incident ? settleStatus(incident.id, decision.at) : []),
        // The comparison is the explanation, not the act: it is written after the send.
        { kind: 'record', entries: [recorded('comparison', decision.at, { decision: decision.id, ...decision.comparison })] },
      ]
    })

  const settleStatus = (id: string | undefined, at: number): readonly Effect[] => {
    const incident = incidents.find((one) => one.id === id)
    if (!incident) return []
    const status = statusOf(incident, desires.all(), at, plan.bounds.quietMs)
    return status === incident.status ? [] : [update({ ...incident, status }, at)]
  }

  const onMoment = (moment: Moment, at: number): readonly Effect[] => {
    const watcher = watcherOf(moment.chain)
    const judged = moment.kind === 'block' ? watcher.reach(moment) : watcher.peek(moment)
    const effects: Effect[] = []
    if (moment.kind === 'block') {
      heads.set(moment.chain, moment.block)
      const chain = plan.chains.find((one) => one.name === moment.chain)
      watcher.prune(moment.block.number - BigInt(Math.max(chain?.finality ?? 0, plan.bounds.priceWindowBlocks) + 1))
    }
    dismissed.seen(moment, new Set(judged.findings.map((one) => one.watch)))
    if (moment.kind === 'block' && moment.past) {
      said.fresh(moment, judged.findings)
      return []
    }
    const own = said
      .newFailures(judged.failures)
      .map((failure) => engineSignal(moment, at, 'detector', `the detector ${failure.watch} failed: ${failure.why}`))
    // A transaction that could not be included never makes us act: it is not heard at all.
    const may =
      moment.kind !== 'pending' ||
      (moment.includable.ok && (judged.findings.length === 0 || [...moment.queue, moment.tx].every(validSignature)))
    const signals = may ? signalsOf(plan, moment, said.fresh(moment, judged.findings), at) : []
    effects.push(...hear([...signals, ...own], moment, at))
    if (moment.kind !== 'pending') for (const incident of incidents) effects.push(...settleStatus(incident.id, at))
    if (moment.kind === 'block') effects.push(...desires.expire(at, moment.block.timestamp), ...forecasting.due(moment))
    return effects
  }

  const onForecast = (input: Extract<Input, { kind: 'forecast' }>): readonly Effect[] => {
    const heard = forecasting.heard(input)
    if (!heard) return []
    const { entries, signal, moment } = heard
    const { forecast, outcome } = input
    const open = (incident: Incident): readonly Result[] =>
      signal && outcome.ok && incident.signals.includes(signal.id)
        ? vetoes.open(incident, { forecast, signal, block: outcome.block, alone: outcome.alone }, input.at)
        : []
    return [{ kind: 'record', entries }, ...(signal ? hear([signal], moment, input.at, open) : [])]
  }

  /** We never fight people: the old incident ends with the release, and what follows it is a new one. */
  const onReleased = (desire: Desire, at: number): readonly Effect[] => {
    const old = incidents.find((one) => one.id === desire.incident)
    const head = heads.get(desire.chain)
    const brake = plan.brakes.find((one) => one.name === desire.brake)
    if (!head || !brake) return []
    const effects: Effect[] = old ? [update({ ...old, status: 'closed' }, at)] : []
    const signal = releaseSignal(brake, head, at)
    effects.push(...hear([signal], undefined, at))
    const follows = incidents.find((one) => one.signals.includes(signal.id))
    return follows ? [...effects, ...decided([asking.propose(follows, desire.brake, at)])] : effects
  }

  /** Whoever let go, for the attack that is known now we do not pull it again by ourselves: after a restart neither. */
  const released = (desire: Desire, at: number, tx: Hex | undefined): NewEntry => {
    const culprits = incidents.find((one) => one.id === desire.incident)?.culprits ?? []
    asking.released({ brake: desire.brake, culprits })
    return recorded('release', at, { desire: desire.id, brake: desire.brake, tx, culprits })
  }

  const onRetraction = (retraction: Retraction, at: number): readonly Effect[] => {
    heads.set(retraction.chain, retraction.head)
    return [
      {
        kind: 'record',
        entries: [recorded('retraction', at, { dropped: retraction.dropped.map((one) => one.hash), head: retraction.head.hash })],
      },
    ]
  }

  const onGap = (gap: Gap, at: number): readonly Effect[] => [{ kind: 'record', entries: [recorded('gap', at, gap)] }]

  const onHappening = (one: Happening, at: number): readonly Effect[] => {
    switch (one.kind) {
      case 'block':
      case 'pending':
      case 'tick':
        return onMoment(one, at)
      case 'retraction':
        return onRetraction(one, at)
      case 'gap':
        return onGap(one, at)
      default:
        return one satisfies never
    }
  }

  const powers: Powers = {
    remember: (desire, at) => released(desire, at, undefined),
    incident: incidentOf,
    dismissed: dismissed.note,
    update,
    arming: (order) => {
      disarmed = afterArming(disarmed, order)
    },
  }

  return {
    step: (input) => {
      switch (input.kind) {
        case 'happening':
          return onHappening(input.happening, input.at)
        case 'outcomes':
          return decided(vetoes.answer(input.question, input.outcomes, input.at) ?? asking.answer(input.question, input.outcomes, input.at))
        case 'code':
          return decided(asking.code(input.question, input.code, input.at))
        case 'desire':
          return desires.news(input.desire, input.news, input.at)
        case 'order':
          return onOrder(plan, desires, powers, input)
        case 'endpoint': {
          const head = heads.get(input.chain)
          return head ? hear([endpointSignal(head, input.at, input.news)], undefined, input.at) : []
        }
        case 'ways':
          ways.check(input.working)
          return []
        case 'funds':
          ways.funds(input.authority, input.enough)
          return []
        case 'forecast':
          return onForecast(input)
        case 'rot': {
          const head = heads.get(input.chain)
          if (!head) return []
          const signal = engineSignal(
            { kind: 'block', chain: input.chain, block: head },
            input.at,
            'readiness',
            `${input.what}: ${input.wrong}`,
          )
          return hear([signal], undefined, input.at)
        }
        default:
          return input satisfies never
      }
    },
    watching: watcherOf,
    foresee: (block, txs, code) => asking.foresee(block, txs, code),
    desires: desires.all,
    incidents: () => incidents,
    disarmed: () => disarmed,
    authorityOf: ways.authorityOf,
  }
}

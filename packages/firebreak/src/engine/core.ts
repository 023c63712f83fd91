// The engine without a clock, a network or a store: inputs in, effects out. The same inputs always give the same effects, byte for byte.
import { knownAddresses } from '../base/attacker-contracts.ts'
import { candidatesFor } from '../decisions/settle.ts'
import { correlate } from '../incidents/correlate.ts'
import { statusOf } from '../incidents/lifecycle.ts'
import type { Desire, DesireStatus } from '../model/brake.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Decision, Trial } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Gap, Happening, Moment, PendingMoment, Retraction } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Signal } from '../model/signal.ts'
import { attacksIn } from './attacks.ts'
import { incidentEntry, recorded } from './entries.ts'
import type { DesireNews, Effect, Input } from './inputs.ts'
import { inquiries, type Past } from './inquiries.ts'
import { trustedPrices } from './trusted.ts'
import { watching, type Judged, type Watching } from './reach.ts'
import { engineSignal, signalsOf } from './signals.ts'

const mostHeard = 20_000

/** What survives a restart: rebuilt from the journal, and detector states from what was kept beside it. */
export interface Memory {
  readonly incidents: readonly Incident[]
  readonly desires: readonly Desire[]
  readonly past: Past
}

export interface Core {
  readonly step: (input: Input) => readonly Effect[]
  readonly watching: (chain: string) => Watching
  /** Trials that a decision about this transaction would ask for first: sent along with the judging simulation. */
  readonly foresee: (block: BlockRef, txs: readonly Transaction[], code: Readonly<Record<Address, Hex>>) => readonly Trial[]
  readonly desires: () => readonly Desire[]
  readonly incidents: () => readonly Incident[]
}

/** `validSignature` is pure arithmetic: asked only when a waiting transaction would make us act. */
export function createCore(plan: ResolvedPlan, memory: Memory, validSignature: (tx: Transaction) => boolean): Core {
  const watchers = new Map(plan.chains.map((chain) => [chain.name, watching(plan, chain.name)]))
  let incidents = memory.incidents
  const desires = new Map(memory.desires.map((desire) => [desire.id, desire]))
  const heads = new Map<string, BlockRef>()
  const failing = new Set<string>()
  const repeated = new Map<string, ReadonlySet<string>>()
  const known = knownAddresses(plan)
  /** Signals come again after a restart or a reorg back: recorded once, by their id. */
  const heard = new Set(memory.incidents.flatMap((incident) => incident.signals))
  const holding = (chain: string): string => [...desires.values()].filter((one) => one.chain === chain && one.status === 'holding').map((one) => one.brake).sort().join('+')
  const asking = inquiries(plan, memory.past, {
    desires: () => [...desires.values()],
    reachedAt: (chain, hash) => watchers.get(chain)?.at(hash),
    head: (chain) => heads.get(chain),
  })

  const watcherOf = (chain: string): Watching => {
    const watcher = watchers.get(chain)
    if (!watcher) throw new Error(`no chain named ${chain} in the plan`)
    return watcher
  }

  const update = (incident: Incident): Effect => {
    incidents = incidents.map((one) => (one.id === incident.id ? incident : one))
    return { kind: 'record', entries: [incidentEntry(incident)] }
  }

  /** Takes signals in: incidents change, merges are recorded, and whatever has to be decided is asked. */
  const hear = (signals: readonly Signal[], moment: Moment | undefined, at: number): readonly Effect[] => {
    if (signals.length === 0) return []
    const before = new Set(incidents.map((one) => one.id))
    const { incidents: after, touched, merges } = correlate(incidents, signals)
    incidents = after.map((one) => (before.has(one.id) ? one : { ...one, prices: trustedPrices(plan, watcherOf(one.chain), one, moment) }))
    const entries: NewEntry[] = signals.filter((signal) => !heard.has(signal.id)).map((signal) => recorded('signal', at, signal))
    for (const signal of signals) heard.add(signal.id)
    for (const id of heard) {
      if (heard.size <= mostHeard) break
      heard.delete(id)
    }
    for (const merge of merges) entries.push(recorded('merge', at, merge))
    for (const merge of merges)
      for (const desire of desires.values()) if (desire.incident === merge.from) desires.set(desire.id, { ...desire, incident: merge.into })
    const changed = incidents.filter((one) => touched.includes(one.id))
    for (const incident of changed) entries.push(incidentEntry(incident))
    const effects: Effect[] = [{ kind: 'record', entries }]
    if (!moment) return effects
    for (const incident of changed) {
      if (incident.status === 'merged') continue
      const spoken = signals.filter((signal) => signal.weight === 'verdict' && incident.signals.includes(signal.id))
      if (spoken.length === 0 || candidatesFor(plan, incident).length === 0) continue
      const suspects = attacksIn(moment, spoken, heads.get(incident.chain), watcherOf(incident.chain), known, holding(incident.chain))
      effects.push(...decided(asking.open(incident, suspects, at)))
    }
    return effects
  }

  /** Carries out decisions that came back: a pull becomes desires. */
  const decided = (results: readonly (Effect | { readonly kind: 'decided'; readonly decision: Decision; readonly incident: string })[]): readonly Effect[] =>
    results.flatMap((result): readonly Effect[] => {
      if (result.kind !== 'decided') return [result]
      const { decision } = result
      const incident = incidents.find((one) => one.id === decision.incident)
      const entries: NewEntry[] = [recorded('decision', decision.at, { ...decision, comparison: undefined, proof: decision.comparison.proof })]
      const wanted = decision.verdict === 'pull' && incident ? decision.brakes.map((name) => desireFor(decision, incident, name)) : []
      for (const desire of wanted) {
        desires.set(desire.id, desire)
        entries.push(recorded('desire', decision.at, desire))
      }
      return [
        { kind: 'record', entries },
        ...wanted.map((desire) => ({ kind: 'want', desire }) as const),
        ...(incident ? settleStatus(incident.id, decision.at) : []),
        // The comparison is the explanation, not the act: it is written after the send.
        { kind: 'record', entries: [recorded('comparison', decision.at, { decision: decision.id, ...decision.comparison })] },
      ]
    })

  const desireFor = (decision: Decision, incident: Incident, name: string): Desire => {
    const brake = plan.brakes.find((one) => one.name === name)
    if (!brake) throw new Error(`no brake named ${name} in the plan`)
    const saves = decision.comparison.worstLoss
    return {
      id: `${decision.id}:${name}`,
      brake: name,
      chain: brake.chain,
      authority: brake.by[0] ?? '',
      incident: incident.id,
      owner: brake.owner,
      since: decision.at,
      until: decision.at + brake.lastsMs,
      pulls: 1,
      status: 'wanted',
      saves,
      tipToBeat: decision.tipToBeat,
    }
  }

  const settleStatus = (id: string | undefined, at: number): readonly Effect[] => {
    const incident = incidents.find((one) => one.id === id)
    if (!incident) return []
    const status = statusOf(incident, [...desires.values()], at, plan.bounds.quietMs)
    return status === incident.status ? [] : [update({ ...incident, status })]
  }

  /** What is only evidence and says the same as in the block before is not said again. */
  const fresh = (moment: Moment, findings: Judged['findings']): Judged['findings'] => {
    if (moment.kind !== 'block') return findings
    const before = repeated.get(moment.chain)
    const now = new Set(findings.flatMap((one) => (one.finding.weight === 'evidence' ? [`${one.watch}|${one.finding.summary}`] : [])))
    repeated.set(moment.chain, now)
    return findings.filter((one) => one.finding.weight === 'verdict' || !before?.has(`${one.watch}|${one.finding.summary}`))
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
    const news = judged.failures.filter((failure) => !failing.has(failure.watch))
    for (const failure of judged.failures) failing.add(failure.watch)
    const own = news.map((failure) => engineSignal(moment, at, 'detector', `the detector ${failure.watch} failed: ${failure.why}`))
    // A transaction that could not be included never makes us act: it is not heard at all.
    const may = moment.kind !== 'pending' || (moment.includable.ok && (judged.findings.length === 0 || validSignature(moment.tx)))
    const signals = may ? signalsOf(plan, moment, fresh(moment, judged.findings), at) : []
    effects.push(...hear([...signals, ...own], moment, at))
    if (moment.kind !== 'pending') for (const incident of incidents) effects.push(...settleStatus(incident.id, at))
    if (moment.kind === 'block') effects.push(...expire(at))
    return effects
  }

  /** A desire has an end: after it we no longer want the brake, and people decide about loosening it. */
  const expire = (at: number): readonly Effect[] =>
    [...desires.values()].flatMap((desire) =>
      (desire.status === 'wanted' || desire.status === 'holding') && at >= desire.until
        ? onDesire(desire.id, { kind: 'ended', why: 'its time is over' }, at, true)
        : [],
    )

  const statusAfter: Record<DesireNews['kind'], DesireStatus> = {
    holding: 'holding',
    lost: 'wanted',
    released: 'released',
    ended: 'ended',
    exhausted: 'exhausted',
  }

  const onDesire = (id: string, news: DesireNews, at: number, ours = false): readonly Effect[] => {
    const desire = desires.get(id)
    if (!desire || desire.status === statusAfter[news.kind]) return []
    const now = { ...desire, status: statusAfter[news.kind] }
    desires.set(id, now)
    const entries = [recorded('desire', at, now)]
    if (news.kind === 'holding') entries.push(recorded('receipt', at, news.receipt))
    if (news.kind === 'released') entries.push(recorded('release', at, { desire: id, brake: desire.brake, tx: news.tx }))
    const effects: Effect[] = [{ kind: 'record', entries }]
    if (ours || news.kind === 'ended') effects.push({ kind: 'unwant', desire: id })
    if (news.kind === 'released') effects.push(...onReleased(now, at))
    return [...effects, ...settleStatus(desire.incident, at)]
  }

  /** We never fight people: the old incident ends with the release, and what follows it is a new one. */
  const onReleased = (desire: Desire, at: number): readonly Effect[] => {
    const old = incidents.find((one) => one.id === desire.incident)
    asking.released(desire.brake, old?.culprits ?? [])
    const head = heads.get(desire.chain)
    const brake = plan.brakes.find((one) => one.name === desire.brake)
    if (!head || !brake) return []
    const effects: Effect[] = old ? [update({ ...old, status: 'closed' })] : []
    const subjects = [...new Set(brake.calls.map((call) => call.to))]
    const signal = engineSignal({ kind: 'block', chain: desire.chain, block: head }, at, 'released', `${desire.brake} was released by someone else while we wanted it`, {
      subjects,
      likelihood: 0.3,
      weight: 'verdict',
    })
    return [...effects, ...hear([signal], undefined, at)]
  }

  const onRetraction = (retraction: Retraction, at: number): readonly Effect[] => {
    heads.set(retraction.chain, retraction.head)
    return [{ kind: 'record', entries: [recorded('retraction', at, { dropped: retraction.dropped.map((one) => one.hash), head: retraction.head.hash })] }]
  }

  const onGap = (gap: Gap, at: number): readonly Effect[] => [{ kind: 'record', entries: [recorded('gap', at, gap)] }]

  const happening: { readonly [kind in Happening['kind']]: (one: Extract<Happening, { kind: kind }>, at: number) => readonly Effect[] } = {
    block: onMoment,
    pending: (moment: PendingMoment, at) => onMoment(moment, at),
    tick: onMoment,
    retraction: onRetraction,
    gap: onGap,
  }

  const onHappening = <kind extends Happening['kind']>(one: Extract<Happening, { kind: kind }>, at: number): readonly Effect[] =>
    (happening[one.kind as kind] as (one: Extract<Happening, { kind: kind }>, at: number) => readonly Effect[])(one, at)

  const onOrder = (input: Extract<Input, { kind: 'order' }>): readonly Effect[] => {
    const record: Effect = {
      kind: 'record',
      entries: [{ kind: 'order', at: input.at, body: { order: input.order, brake: input.brake }, sealed: { by: input.by, because: input.because } }],
    }
    if (input.order === 'release') {
      const ours = [...desires.values()].filter((one) => one.brake === input.brake && (one.status === 'wanted' || one.status === 'holding'))
      return [record, ...ours.flatMap((one) => onDesire(one.id, { kind: 'ended', why: 'a person released it' }, input.at, true))]
    }
    const brake = plan.brakes.find((one) => one.name === input.brake)
    if (!brake) return [record]
    const desire: Desire = {
      id: `order-${input.at}:${brake.name}`,
      brake: brake.name,
      chain: brake.chain,
      authority: brake.by[0] ?? '',
      incident: undefined,
      owner: brake.owner,
      since: input.at,
      until: input.at + brake.lastsMs,
      pulls: 1,
      status: 'wanted',
      saves: 0n,
      tipToBeat: 0n,
    }
    desires.set(desire.id, desire)
    return [record, { kind: 'record', entries: [recorded('desire', input.at, desire)] }, { kind: 'want', desire }]
  }

  return {
    step: (input) => {
      switch (input.kind) {
        case 'happening':
          return onHappening(input.happening, input.at)
        case 'outcomes':
          return decided(asking.answer(input.question, input.outcomes, input.at))
        case 'code':
          return decided(asking.code(input.question, input.code, input.at))
        case 'desire':
          return onDesire(input.desire, input.news, input.at)
        case 'order':
          return onOrder(input)
        case 'rot': {
          const head = heads.get(input.chain)
          if (!head) return []
          const signal = engineSignal({ kind: 'block', chain: input.chain, block: head }, input.at, 'readiness', `${input.what}: ${input.wrong}`)
          return hear([signal], undefined, input.at)
        }
        default:
          return input satisfies never
      }
    },
    watching: watcherOf,
    foresee: (block, txs, code) => asking.foresee(block, txs, code),
    desires: () => [...desires.values()],
    incidents: () => incidents,
  }
}

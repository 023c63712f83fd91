// Puts signals into incidents: by who did it, and by what it was done to.
import type { Incident } from '../model/incident.ts'
import type { Signal } from '../model/signal.ts'
import type { Correlate } from '../stages.ts'
import { confidenceOf } from './confidence.ts'

const live = (incident: Incident): boolean => incident.status !== 'closed' && incident.status !== 'merged'
const union = <item>(a: readonly item[], b: readonly item[]): readonly item[] => [...new Set([...a, ...b])]
const shares = <item>(a: readonly item[], b: readonly item[]): boolean => a.some((one) => b.includes(one))

/** What ties a signal to others: same actor, same transaction, or the same contract attacked. */
type Ties = Pick<Signal, 'actors' | 'culprits' | 'subjects'>

const tied = (a: Ties, b: Ties): boolean =>
  shares(a.actors, b.actors) || shares(a.culprits ?? [], b.culprits ?? []) || shares(a.subjects, b.subjects)

function opened(signal: Signal, taken: ReadonlyMap<string, Incident>): Incident {
  // Ten digits are for people to type; should two hashes begin alike, the id takes as many as it needs.
  let digits = 10
  while (taken.has(`inc-${signal.id.slice(2, 2 + digits)}`)) digits++
  return {
    id: `inc-${signal.id.slice(2, 2 + digits)}`,
    chain: signal.moment.chain,
    status: 'open',
    openedAt: signal.at,
    lastSignalAt: signal.at,
    firstBlock: signal.moment.block,
    lastBlock: signal.moment.block,
    signals: [],
    verdicts: {},
    evidence: {},
    confidence: 0,
    subjects: [],
    actors: [],
    culprits: [],
    mergedInto: undefined,
    prices: {},
    held: [],
    exposure: undefined,
    severity: 0n,
  }
}

/** Evidence raises what a verdict began and never says what the incident is about: a bystander that it names must not tie others to it. */
function joined(incident: Incident, signal: Signal): Incident {
  const verdict = signal.weight === 'verdict'
  const heard = verdict ? incident.verdicts : incident.evidence
  const now = { ...heard, [signal.watch]: Math.max(heard[signal.watch] ?? 0, signal.likelihood) }
  const verdicts = verdict ? now : incident.verdicts
  const evidence = verdict ? incident.evidence : now
  return {
    ...incident,
    lastSignalAt: Math.max(incident.lastSignalAt, signal.at),
    lastBlock: signal.moment.block.number >= incident.lastBlock.number ? signal.moment.block : incident.lastBlock,
    // The newest hundred are enough to tell the story; the journal has them all.
    signals: union(incident.signals, [signal.id]).slice(-100),
    verdicts,
    evidence,
    confidence: confidenceOf(verdicts, evidence),
    ...(verdict && {
      subjects: union(incident.subjects, signal.subjects),
      actors: union(incident.actors, signal.actors),
      culprits: union(incident.culprits, signal.culprits ?? []).slice(-100),
    }),
  }
}

function merged(into: Incident, from: Incident): Incident {
  const strongest = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> => {
    const both = { ...a }
    for (const [watch, likelihood] of Object.entries(b)) both[watch] = Math.max(both[watch] ?? 0, likelihood)
    return both
  }
  const verdicts = strongest(into.verdicts, from.verdicts)
  const evidence = strongest(into.evidence, from.evidence)
  const order = ['contained', 'open', 'containing'] as const
  const status = order.findLast((one) => one === into.status || one === from.status) ?? 'open'
  return {
    ...into,
    status,
    lastSignalAt: Math.max(into.lastSignalAt, from.lastSignalAt),
    lastBlock: from.lastBlock.number > into.lastBlock.number ? from.lastBlock : into.lastBlock,
    signals: union(into.signals, from.signals).slice(-100),
    verdicts,
    evidence,
    confidence: confidenceOf(verdicts, evidence),
    subjects: union(into.subjects, from.subjects),
    actors: union(into.actors, from.actors),
    culprits: union(into.culprits, from.culprits).slice(-100),
  }
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Verdicts of one moment that hang together, directly or through others: taken as a whole, so that their order changes nothing. */
function groupsOf(verdicts: readonly Signal[]): readonly (readonly Signal[])[] {
  const groups: (readonly Signal[])[] = []
  for (const signal of [...verdicts].sort(byId)) {
    const near = groups.filter((group) => group.some((one) => one.moment.chain === signal.moment.chain && tied(one, signal)))
    const apart = groups.filter((group) => !near.includes(group))
    groups.splice(0, groups.length, ...apart, [...near.flat(), signal])
  }
  return groups.map((group) => [...group].sort(byId))
}

/** Same actor, or the same contract attacked: one incident. Different actors on different contracts: two. */
export const correlate: Correlate = (incidents, signals) => {
  const now = new Map(incidents.map((incident) => [incident.id, incident]))
  const touched = new Set<string>()
  const merges: { from: string; into: string }[] = []
  // The same signal comes again after a restart or a reorg back: for a closed incident it is old news, and opens no second one.
  const fresh = new Set(signals.map((signal) => signal.id))
  for (const incident of incidents) if (incident.status === 'closed') for (const signal of incident.signals) fresh.delete(signal)
  const news = signals.filter((signal) => fresh.has(signal.id))
  const belong = (group: readonly Signal[]): readonly Incident[] =>
    [...now.values()]
      .filter((incident) => live(incident) && group.some((signal) => signal.moment.chain === incident.chain && tied(incident, signal)))
      .sort((a, b) => a.openedAt - b.openedAt || byId(a, b))

  for (const group of groupsOf(news.filter((signal) => signal.weight === 'verdict'))) {
    const [first] = group
    if (!first) continue
    const [oldest, ...others] = belong(group)
    let home = oldest ?? opened(first, now)
    for (const other of others) {
      home = merged(home, other)
      now.set(other.id, { ...other, status: 'merged', mergedInto: home.id })
      touched.add(other.id)
      merges.push({ from: other.id, into: home.id })
    }
    now.set(home.id, group.reduce(joined, home))
    touched.add(home.id)
  }
  for (const signal of news.filter((one) => one.weight === 'evidence').sort(byId))
    for (const incident of belong([signal])) {
      now.set(incident.id, joined(incident, signal))
      touched.add(incident.id)
    }
  return { incidents: [...now.values()], touched: [...touched], merges }
}

// Puts signals into incidents: by who did it, and by what it was done to.
import type { Incident } from '../model/incident.ts'
import type { Signal } from '../model/signal.ts'
import type { Correlated } from '../stages.ts'
import { confidenceOf } from './confidence.ts'

const live = (incident: Incident): boolean => incident.status !== 'closed' && incident.status !== 'merged'
const union = <item>(a: readonly item[], b: readonly item[]): readonly item[] => [...new Set([...a, ...b])]
const shares = <item>(a: readonly item[], b: readonly item[]): boolean => a.some((one) => b.includes(one))

/** Same actor, or the same contract attacked: one incident. Different actors on different contracts: two. */
function belongs(incident: Incident, signal: Signal): boolean {
  if (!live(incident) || incident.chain !== signal.moment.chain) return false
  return shares(incident.actors, signal.actors) || shares(incident.culprits, signal.culprits) || shares(incident.subjects, signal.subjects)
}

function opened(signal: Signal): Incident {
  return {
    id: `inc-${signal.id.slice(2, 12)}`,
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
  }
}

function joined(incident: Incident, signal: Signal): Incident {
  const heard = signal.weight === 'verdict' ? incident.verdicts : incident.evidence
  const now = { ...heard, [signal.watch]: Math.max(heard[signal.watch] ?? 0, signal.likelihood) }
  const verdicts = signal.weight === 'verdict' ? now : incident.verdicts
  const evidence = signal.weight === 'evidence' ? now : incident.evidence
  return {
    ...incident,
    lastSignalAt: Math.max(incident.lastSignalAt, signal.at),
    lastBlock: signal.moment.block.number >= incident.lastBlock.number ? signal.moment.block : incident.lastBlock,
    // The newest hundred are enough to tell the story; the journal has them all.
    signals: union(incident.signals, [signal.id]).slice(-100),
    verdicts,
    evidence,
    confidence: confidenceOf(verdicts, evidence),
    subjects: union(incident.subjects, signal.subjects),
    actors: union(incident.actors, signal.actors),
    culprits: union(incident.culprits, signal.culprits).slice(-100),
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

/** Verdicts first, so that evidence of the same moment finds the incident that it supports. */
export function correlate(incidents: readonly Incident[], signals: readonly Signal[]): Correlated {
  const now = new Map(incidents.map((incident) => [incident.id, incident]))
  const touched = new Set<string>()
  const merges: { from: string; into: string }[] = []
  const ordered = [...signals].sort((a, b) => Number(b.weight === 'verdict') - Number(a.weight === 'verdict'))
  for (const signal of ordered) {
    const homes = [...now.values()].filter((incident) => belongs(incident, signal)).sort((a, b) => a.openedAt - b.openedAt)
    let home = homes[0]
    if (!home) {
      if (signal.weight === 'evidence') continue
      home = opened(signal)
      // A second incident out of the very same signal can only be a repetition after the first was closed.
      if (now.has(home.id)) home = { ...home, id: `${home.id}-${now.size}` }
    }
    for (const other of homes.slice(1)) {
      home = merged(home, other)
      now.set(other.id, { ...other, status: 'merged', mergedInto: home.id })
      touched.add(other.id)
      merges.push({ from: other.id, into: home.id })
    }
    now.set(home.id, joined(home, signal))
    touched.add(home.id)
  }
  return { incidents: [...now.values()], touched: [...touched], merges }
}

// One incident out of a journal: everything that belongs to it, in the order in which it was written.
import { afterArming, disarmedOf, nothingDisarmed } from '../base/arming.ts'
import type { AuthorityNews, Order } from '../engine/inputs.ts'
import { rebuild } from '../engine/rebuild.ts'
import type { Desire, Intent, Receipt } from '../model/brake.ts'
import type { Comparison, Decision } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'
import type { Incident, IncidentStatus } from '../model/incident.ts'
import type { Entry } from '../model/journal.ts'
import type { Signal } from '../model/signal.ts'
import type { Journal } from '../stages.ts'

interface At {
  readonly seq: number
  readonly at: number
}

/** A decision as the journal keeps it: its comparison is an entry of its own. */
export type DecisionRecord = Omit<Decision, 'comparison'> & { readonly proof?: Comparison['proof'] }

export type Step = At &
  (
    | { readonly kind: 'signal'; readonly signal: Signal }
    | { readonly kind: 'status'; readonly status: IncidentStatus; readonly incident: Incident }
    | { readonly kind: 'merge'; readonly from: string; readonly into: string }
    /** `disarmed`: of its brakes, those that people had disarmed by then. */
    | { readonly kind: 'decision'; readonly decision: DecisionRecord; readonly disarmed: readonly string[] }
    | { readonly kind: 'comparison'; readonly comparison: Comparison & { readonly decision: string }; readonly pulled: readonly string[] }
    | { readonly kind: 'desire'; readonly desire: Desire }
    | { readonly kind: 'intent'; readonly intent: Intent; readonly again: boolean }
    | {
        readonly kind: 'broadcast'
        readonly tx: Hex
        readonly result: string
        readonly why: string | undefined
        readonly brake: string
        readonly relay: boolean
      }
    /** Who was asked, who signed, and who acts instead of whom. */
    | { readonly kind: 'authority'; readonly brake: string; readonly news: AuthorityNews }
    | { readonly kind: 'receipt'; readonly receipt: Receipt }
    | { readonly kind: 'undone'; readonly receipt: Receipt }
    | { readonly kind: 'release'; readonly brake: string; readonly tx: Hex | undefined }
    | {
        readonly kind: 'order'
        readonly order: Order['order']
        /** Undefined where the order is about the incident, or about every brake. */
        readonly brake: string | undefined
        readonly by: string | undefined
        readonly because: string | undefined
      }
  )

export interface IncidentStory {
  readonly incident: Incident
  /** Incidents that became part of it. */
  readonly merged: readonly string[]
  readonly desires: readonly Desire[]
  readonly steps: readonly Step[]
}

/** Undefined where the journal has no such incident. The journal is ours and hash-chained: its bodies have the shapes that we wrote. */
export function incidentStory(journal: Pick<Journal, 'read' | 'open'>, id: string): IncidentStory | undefined {
  const { incidents, desires } = rebuild(journal).memory
  const incident = incidents.find((one) => one.id === id)
  if (!incident) return undefined
  const own = new Set([id, ...mergedInto(incidents, id)])
  // An incident remembers its latest signals only: the first ones are in what was written of it earlier.
  const signals = new Set([...journal.read({ kinds: ['incident'] })].flatMap((entry) => signalsOf(own, bodyOf<Incident>(entry))))
  const follow = follower(own, signals, journal)
  const steps = [...journal.read()].flatMap((entry) => follow(entry))
  return {
    incident,
    merged: [...own].filter((one) => one !== id),
    desires: desires.filter((one) => one.incident !== undefined && own.has(one.incident)),
    steps: ordersOnlyWhereTheyActed(steps),
  }
}

const signalsOf = (own: ReadonlySet<string>, { id, signals }: Incident): readonly Hex[] => (own.has(id) ? signals : [])

function mergedInto(incidents: readonly Incident[], id: string): readonly string[] {
  return incidents.filter((one) => one.mergedInto === id).flatMap((one) => [one.id, ...mergedInto(incidents, one.id)])
}

const bodyOf = <body>(entry: Entry): body => entry.body as unknown as body

/** Later entries refer to earlier ones: what belongs to the incident is learned on the way. */
function follower(own: ReadonlySet<string>, signals: ReadonlySet<Hex>, journal: Pick<Journal, 'open'>): (entry: Entry) => readonly Step[] {
  const decisions = new Map<string, DecisionRecord>()
  const desires = new Map<string, Desire>()
  const intents = new Map<string, Intent>()
  const status = new Map<string, IncidentStatus>()
  let disarmed = nothingDisarmed

  const sealed = (entry: Entry, field: string): string | undefined => {
    const value = entry.commitments[field] === undefined ? undefined : journal.open(entry.seq, field)?.value
    return typeof value === 'string' && value !== '' ? value : undefined
  }

  const ofAuthority = (entry: Entry, at: At, kind: AuthorityNews['kind']): Step | undefined => {
    const { desire, brake, ...news } = bodyOf<{ readonly desire: string; readonly brake: string }>(entry)
    return desires.has(desire) ? { ...at, kind: 'authority', brake, news: { ...news, kind } as AuthorityNews } : undefined
  }

  const steps: Partial<Record<Entry['kind'], (entry: Entry, at: At) => Step | undefined>> = {
    signal: (entry, at) => {
      const signal = bodyOf<Signal>(entry)
      return signals.has(signal.id) ? { ...at, kind: 'signal', signal } : undefined
    },
    incident: (entry, at) => {
      const incident = bodyOf<Incident>(entry)
      if (!own.has(incident.id) || status.get(incident.id) === incident.status) return undefined
      status.set(incident.id, incident.status)
      return { ...at, kind: 'status', status: incident.status, incident }
    },
    merge: (entry, at) => {
      const merge = bodyOf<{ readonly from: string; readonly into: string }>(entry)
      return own.has(merge.into) ? { ...at, kind: 'merge', ...merge } : undefined
    },
    decision: (entry, at) => {
      const decision = bodyOf<DecisionRecord>(entry)
      if (!own.has(decision.incident)) return undefined
      decisions.set(decision.id, decision)
      return { ...at, kind: 'decision', decision, disarmed: decision.verdict === 'pull' ? disarmedOf(disarmed, decision.brakes) : [] }
    },
    comparison: (entry, at) => {
      const comparison = bodyOf<Comparison & { readonly decision: string }>(entry)
      const decision = decisions.get(comparison.decision)
      return decision ? { ...at, kind: 'comparison', comparison, pulled: decision.verdict === 'pull' ? decision.brakes : [] } : undefined
    },
    desire: (entry, at) => {
      const desire = bodyOf<Desire>(entry)
      if (!desires.has(desire.id) && !(desire.incident && own.has(desire.incident))) return undefined
      const before = desires.get(desire.id)
      desires.set(desire.id, desire)
      return before?.status === desire.status ? undefined : { ...at, kind: 'desire', desire }
    },
    intent: (entry, at) => {
      const intent = bodyOf<Intent>(entry)
      if (!desires.has(intent.desire)) return undefined
      const again = intents.has(intent.id)
      intents.set(intent.id, intent)
      return { ...at, kind: 'intent', intent, again }
    },
    broadcast: (entry, at) => {
      const { intent, tx, result, why, to } = bodyOf<{
        readonly intent: string
        readonly tx: Hex
        readonly result: string
        readonly why?: string
        readonly to?: string
      }>(entry)
      const brake = intents.get(intent)?.brake
      return brake === undefined ? undefined : { ...at, kind: 'broadcast', tx, result, why: why ?? undefined, brake, relay: to === 'relay' }
    },
    proposal: (entry, at) => ofAuthority(entry, at, 'proposal'),
    approval: (entry, at) => ofAuthority(entry, at, 'proposal'),
    route: (entry, at) => ofAuthority(entry, at, 'route'),
    receipt: (entry, at) => {
      const receipt = bodyOf<Receipt>(entry)
      return desires.has(receipt.desire) ? { ...at, kind: 'receipt', receipt } : undefined
    },
    effect: (entry, at) => {
      const receipt = bodyOf<Receipt>(entry)
      return [...desires.values()].some((one) => one.brake === receipt.brake) ? { ...at, kind: 'undone', receipt } : undefined
    },
    release: (entry, at) => {
      const { desire, brake, tx } = bodyOf<{ readonly desire: string; readonly brake: string; readonly tx?: Hex }>(entry)
      return desires.has(desire) ? { ...at, kind: 'release', brake, tx: tx ?? undefined } : undefined
    },
    order: (entry, at) => {
      const { order, brake, incident } = bodyOf<{ readonly order: Order['order']; readonly brake?: string; readonly incident?: string }>(
        entry,
      )
      const arming = order === 'disarm' || order === 'arm'
      if (arming) disarmed = afterArming(disarmed, { order, brake: brake ?? undefined })
      const isOurs = arming
        ? [...status.values()].some((one) => one !== 'closed' && one !== 'merged')
        : incident === undefined
          ? [...desires.values()].some((one) => one.brake === brake)
          : own.has(incident)
      return isOurs
        ? { ...at, kind: 'order', order, brake: brake ?? undefined, by: sealed(entry, 'by'), because: sealed(entry, 'because') }
        : undefined
    },
  }
  return (entry) => {
    const step = steps[entry.kind]?.(entry, { seq: entry.seq, at: entry.at })
    return step ? [step] : []
  }
}

/** A person's order names a brake, not an incident: it belongs here when it changed one of this incident's wishes, or undid its brake. */
function ordersOnlyWhereTheyActed(steps: readonly Step[]): readonly Step[] {
  const changed = new Set(steps.flatMap((one) => (one.kind === 'desire' ? [`${one.at} ${one.desire.brake}`] : [])))
  const undone = new Set(steps.flatMap((one) => (one.kind === 'undone' ? [one.receipt.brake] : [])))
  return steps.filter(
    (one) =>
      one.kind !== 'order' ||
      (one.order !== 'pull' && one.order !== 'release') ||
      changed.has(`${one.at} ${one.brake}`) ||
      (one.order === 'release' && undone.has(one.brake ?? '')),
  )
}

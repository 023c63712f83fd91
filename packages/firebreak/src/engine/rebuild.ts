// The engine's memory out of the journal: the latest word on each incident, desire and intent counts.
import type { Desire, Intent, Receipt } from '../model/brake.ts'
import type { Obstacle } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import type { Entry, EntryKind } from '../model/journal.ts'
import { standsUpTo, type Pull } from '../decisions/settle.ts'
import type { ProposalNews } from '../responders/news.ts'
import type { Asked } from '../responders/wanted.ts'
import type { Journal } from '../stages.ts'
import { afterArming, nothingDisarmed, type Disarmed } from '../base/arming.ts'
import type { Dismissal } from './dismissals.ts'
import type { Order } from './inputs.ts'
import type { Past, Settled } from './inquiries.ts'
import type { Release } from './releases.ts'

/** What survives a restart: rebuilt from the journal, and detector states from what was kept beside it. */
export interface Memory {
  readonly incidents: readonly Incident[]
  readonly desires: readonly Desire[]
  readonly past: Past
  readonly disarmed: Disarmed
  readonly dismissed: readonly Dismissal[]
}

export interface Rebuilt {
  readonly memory: Memory
  readonly intents: readonly Intent[]
  /** The last receipt of each desire: without it a reorg after a restart would look like a release. */
  readonly receipts: ReadonlyMap<string, Receipt>
  /** What people have before them, by desire. */
  readonly asked: ReadonlyMap<string, Asked>
  /** The plan that was accepted last. */
  readonly accepted: { readonly hash: string; readonly canonical: string } | undefined
  /** Incidents that somebody has taken on. */
  readonly acknowledged: ReadonlySet<string>
}

const wanted: readonly EntryKind[] = [
  'plan',
  'incident',
  'desire',
  'intent',
  'receipt',
  'decision',
  'release',
  'proposal',
  'approval',
  'order',
]

interface DecisionRecord {
  readonly id: string
  readonly incident: string
  readonly verdict: string
  readonly rule: number
  readonly brakes: readonly string[]
  readonly at: number
  readonly about: readonly string[]
  readonly confidence: number
  readonly obstacle: Obstacle | undefined
  readonly staged?: true
}

/** An order as the journal keeps it; nothing is null where it was undefined. */
type OrderRecord = Exclude<Order, { order: 'dismiss' }> | ({ readonly order: 'dismiss' } & Dismissal)

interface ProposalRecord extends ProposalNews {
  readonly desire: string
}

/** The journal is ours and hash-chained: its bodies have the shapes that we wrote. */
const bodyOf = <body>(entry: Entry): body => entry.body as unknown as body

export function rebuild(journal: Pick<Journal, 'read'>): Rebuilt {
  const incidents = new Map<string, Incident>()
  const desires = new Map<string, Desire>()
  const intents = new Map<string, Intent>()
  const asked = new Map<string, Asked>()
  const receipts = new Map<string, Receipt>()
  const pulls: Pull[] = []
  const settled: Settled[] = []
  const releases: Release[] = []
  const acknowledged = new Set<string>()
  const dismissed: Dismissal[] = []
  let disarmed = nothingDisarmed
  let decisions = 0
  let accepted: Rebuilt['accepted']
  for (const entry of journal.read({ kinds: wanted })) {
    if (entry.kind === 'incident') {
      const incident = restored(bodyOf<Incident>(entry))
      incidents.set(incident.id, incident)
    } else if (entry.kind === 'desire') {
      const desire = bodyOf<Desire>(entry)
      desires.set(desire.id, { ...desire, incident: desire.incident ?? undefined })
    } else if (entry.kind === 'intent') {
      const intent = bodyOf<Intent>(entry)
      intents.set(intent.id, intent)
    } else if (entry.kind === 'receipt') {
      const receipt = bodyOf<Receipt>(entry)
      receipts.set(receipt.desire, { ...receipt, tx: receipt.tx ?? undefined })
    } else if (entry.kind === 'decision') {
      const decision = bodyOf<DecisionRecord>(entry)
      decisions++
      const upTo = standsUpTo(decision)
      settled.push(...decision.about.map((key) => ({ key, upTo })))
      if (decision.verdict === 'pull')
        for (const brake of decision.brakes)
          pulls.push({ decision: decision.id, incident: decision.incident, rule: decision.rule, brake, at: decision.at })
    } else if (entry.kind === 'release') {
      const { brake, culprits } = bodyOf<Release>(entry)
      releases.push({ brake, culprits })
    } else if (entry.kind === 'order') {
      const order = bodyOf<OrderRecord>(entry)
      if (order.order === 'ack') acknowledged.add(order.incident)
      else if (order.order === 'dismiss') dismissed.push(bodyOf<Dismissal>(entry))
      else if (order.order === 'disarm' || order.order === 'arm')
        disarmed = afterArming(disarmed, { order: order.order, brake: order.brake ?? undefined })
    } else if (entry.kind === 'proposal' || entry.kind === 'approval') {
      const { desire, id, authority, state, ask } = bodyOf<ProposalRecord>(entry)
      const refused = ask?.refused.map(({ from, why }) => `${from}: ${why}`) ?? []
      if (state === 'open' || state === 'signed') asked.set(desire, { id, authority, has: ask?.has ?? [], refused })
      else asked.delete(desire)
    } else if (entry.kind === 'plan') accepted = bodyOf<{ hash: string; canonical: string }>(entry)
  }
  return {
    memory: {
      incidents: [...incidents.values()],
      desires: [...desires.values()],
      past: { pulls, settled, releases, decisions },
      disarmed,
      dismissed,
    },
    intents: [...intents.values()],
    receipts,
    asked,
    accepted,
    acknowledged,
  }
}

const restored = (incident: Incident): Incident => ({
  ...incident,
  mergedInto: incident.mergedInto ?? undefined,
  exposure: incident.exposure ?? undefined,
})

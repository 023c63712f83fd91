// What people said is no attack: the same transactions, and the damage that they left, are not a suspicion again. New transactions are.
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Moment } from '../model/moment.ts'
import type { Signal } from '../model/signal.ts'
import { recorded } from './entries.ts'

/** What was known of an incident when somebody dismissed it. */
export interface Dismissal {
  readonly incident: string
  readonly chain: string
  readonly culprits: readonly Hex[]
  readonly watches: readonly string[]
  readonly subjects: readonly Address[]
  /** The last that was known of it. */
  readonly block: bigint
}

interface Damage {
  readonly incident: string
  readonly chain: string
  readonly subjects: readonly Address[]
  /** Older blocks, seen again after a restart, say nothing about it. */
  readonly since: bigint
}

/** Signals that are a suspicion, and what is recorded of those that people said are none. */
export interface Sifted {
  readonly news: readonly Signal[]
  readonly entries: NewEntry[]
}

export interface Dismissals {
  readonly note: (dismissal: Dismissal) => void
  readonly has: (incident: string) => boolean
  readonly sift: (signals: readonly Signal[], moment: Moment | undefined, at: number) => Sifted
  /** A watch that has nothing to say of a block found no damage in it: when it speaks again, that is news. */
  readonly seen: (moment: Moment, watches: ReadonlySet<string>) => void
}

/** What the engine says of itself is never dismissed with an attack. */
const own = 'firebreak'
/** Dismissals remembered at most; the oldest go first. */
const most = 1_000

export function dismissals(past: readonly Dismissal[]): Dismissals {
  const known = new Map<string, Dismissal>()
  const harmless = new Map<Hex, string>()
  /** Damage that lasts, by chain and watch. */
  const lasting = new Map<string, Damage>()
  /** Said once for each incident, watch and set of transactions. */
  const told = new Set<string>()

  const note = (one: Dismissal): void => {
    known.delete(one.incident)
    known.set(one.incident, one)
    for (const tx of one.culprits) harmless.set(tx, one.incident)
    for (const watch of one.watches) lasting.set(`${one.chain}|${watch}`, { ...one, since: one.block })
    for (const [id, oldest] of known) {
      if (known.size <= most) break
      known.delete(id)
      for (const tx of oldest.culprits) if (harmless.get(tx) === id) harmless.delete(tx)
    }
  }
  for (const one of past) note(one)

  /** The incident whose dismissal covers this signal, if one does. */
  const covering = (signal: Signal, suspects: readonly Hex[]): string | undefined => {
    if (signal.watch === own) return undefined
    const key = `${signal.moment.chain}|${signal.watch}`
    const damage = lasting.get(key)
    const [first] = suspects
    if (first === undefined) return damage && signal.subjects.every((one) => damage.subjects.includes(one)) ? damage.incident : undefined
    const incident = suspects.every((tx) => harmless.has(tx)) ? harmless.get(first) : undefined
    // What these transactions leave behind is as harmless as they are.
    if (incident !== undefined && signal.moment.kind === 'block')
      lasting.set(key, {
        incident,
        chain: signal.moment.chain,
        subjects: [...new Set([...(damage?.subjects ?? []), ...signal.subjects])],
        since: signal.moment.block.number,
      })
    return incident
  }

  return {
    note,
    has: (incident) => known.has(incident),
    sift: (signals, moment, at) => {
      if (known.size === 0) return { news: signals, entries: [] }
      const news: Signal[] = []
      const entries: NewEntry[] = []
      for (const signal of signals) {
        const suspects = suspectsOf(signal, moment)
        const incident = covering(signal, suspects)
        if (incident === undefined) news.push(signal)
        const key = `${incident}|${signal.watch}|${suspects.join()}`
        if (incident === undefined || told.has(key)) continue
        told.add(key)
        entries.push(
          recorded('note', at, { said: 'seen again, and dismissed by people', incident, watch: signal.watch, culprits: suspects }),
        )
      }
      return { news, entries }
    },
    seen: (moment, watches) => {
      if (moment.kind !== 'block') return
      for (const [key, { chain, since }] of lasting)
        if (chain === moment.chain && moment.block.number > since && !watches.has(key.slice(chain.length + 1))) lasting.delete(key)
    },
  }
}

/** Where a detector cannot tell who it was, everybody who was there is suspected. */
function suspectsOf(signal: Signal, moment: Moment | undefined): readonly Hex[] {
  if (signal.culprits !== undefined) return signal.culprits
  const touched = moment?.kind === 'block' ? moment.touched : []
  return touched.flatMap((one) => (one.touches.some((at) => signal.subjects.includes(at)) ? [one.tx.hash] : []))
}

/** As a person dismisses it: with everything that belongs to it by now. */
export const dismissalOf = (incident: Incident): Dismissal => ({
  incident: incident.id,
  chain: incident.chain,
  culprits: incident.culprits,
  watches: [...new Set([...Object.keys(incident.verdicts), ...Object.keys(incident.evidence)])].filter((one) => one !== own).sort(),
  subjects: incident.subjects,
  block: incident.lastBlock.number,
})

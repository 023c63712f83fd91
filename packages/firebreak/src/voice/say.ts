// From what is recorded to what people are told: each message is one sentence, said once.
import { afterArming, disarmedOf, nothingDisarmed } from '../base/arming.ts'
import type { Desire } from '../model/brake.ts'
import type { Decision } from '../model/decision.ts'
import type { EntryKind } from '../model/journal.ts'
import type { Incident, IncidentStatus } from '../model/incident.ts'
import type { VoiceLevel } from '../model/voice.ts'
import { bodyOf, drafts, type Heard, type Said } from './draft.ts'
import type { Message, MessageKind } from './message.ts'
import { orderSayings } from './say-order.ts'
import { signalSayings } from './say-signal.ts'
import { oneLine, usd } from './words.ts'

export const heardKinds: readonly EntryKind[] = [
  'started',
  'stopped',
  'signal',
  'incident',
  'decision',
  'desire',
  'gap',
  'order',
  'note',
  'proposal',
]

interface Asked {
  readonly id: string
  readonly desire: string
  readonly brake: string
  readonly authority: string
  readonly state: 'open' | 'signed' | 'stale' | 'over'
  readonly why?: string
  readonly ask?: { readonly says: string; readonly needs: number }
}

export interface Sayings {
  readonly of: (heard: Heard) => readonly Said[]
}

export function sayings(prefix: string): Sayings {
  const statuses = new Map<string, IncidentStatus>()
  const desires = new Map<string, Pick<Desire, 'status' | 'incident'>>()
  const message = drafts(prefix)
  const onSignal = signalSayings(message)
  const onOrder = orderSayings(message)
  let armed = false
  let disarmed = nothingDisarmed

  const onIncident = (heard: Heard): readonly Said[] => {
    const incident = bodyOf<Incident>(heard)
    const before = statuses.get(incident.id)
    if (before === incident.status) return []
    statuses.set(incident.id, incident.status)
    const { id, status, chain } = incident
    const about = {
      incident: id,
      command: `firebreak incident ${id}`,
      fields: {
        chain,
        status,
        atStakeUsd: usd(incident.severity),
        confidence: Math.round(incident.confidence * 100) / 100,
        watches: Object.keys(incident.verdicts).sort(),
        block: incident.lastBlock.number.toString(),
      },
    }
    const sure = `${Math.round(incident.confidence * 100)} % sure`
    const opened = message(heard, {
      ...about,
      kind: 'opened',
      level: 'incident',
      wants: true,
      said: `Incident ${id} on ${chain}: $${usd(incident.severity)} at stake, ${sure}, by ${Object.keys(incident.verdicts).join(', ') || 'evidence alone'}.`,
    })
    const news = (kind: MessageKind, level: VoiceLevel, said: string, wants = false): Message =>
      message(heard, { ...about, kind, level, said, wants }, 1)
    const now = ((): readonly Said[] => {
      switch (status) {
        case 'open':
          return []
        case 'containing':
          return before === 'contained'
            ? [news('lost', 'proposal', `Incident ${id} is not contained any more: a brake that held was lost, and is pulled again.`, true)]
            : []
        case 'contained':
          return [news('contained', 'incident', `Incident ${id} is contained: every brake that is wanted holds.`)]
        case 'closed':
          return [news('closed', 'incident', `Incident ${id} is closed.`), { settles: id, answered: false }]
        case 'merged':
          return [{ settles: id, answered: false }]
        default:
          return status satisfies never
      }
    })()
    return before === undefined && status !== 'merged' && status !== 'closed' ? [opened, ...now] : now
  }

  const onDecision = (heard: Heard): readonly Said[] => {
    const { id, incident, verdict, obstacle, brakes, why } = bodyOf<Decision>(heard)
    const names = brakes.join(' and ')
    const about = { incident, fields: { decision: id, brakes, why: oneLine(why), obstacle: obstacle ?? null } }
    if (verdict === 'pull') {
      const off = disarmedOf(disarmed, brakes)
      const unsent = armed
        ? off.length > 0
          ? `people have disarmed ${off.join(' and ')}, and it is not sent`
          : ''
        : 'it is in shadow, and sends nothing'
      return [
        message(heard, {
          ...about,
          kind: 'pull',
          level: armed && off.length > 0 ? 'proposal' : 'incident',
          wants: armed && off.length > 0,
          command: `firebreak incident ${incident}`,
          said:
            unsent === ''
              ? `Firebreak pulls ${names} against ${incident}.`
              : `Firebreak would pull ${names} against ${incident}; ${unsent}.`,
        }),
      ]
    }
    if (verdict === 'propose')
      return [
        message(heard, {
          ...about,
          kind: 'proposal',
          level: 'proposal',
          wants: true,
          command: brakes.map((brake) => `firebreak pull ${brake}`).join(' && '),
          said: `Firebreak proposes ${names} against ${incident}, and waits for a person: ${why}.`,
        }),
      ]
    if (obstacle !== 'noBrake') return []
    return [
      message(heard, {
        ...about,
        kind: 'helpless',
        level: 'proposal',
        wants: true,
        command: `firebreak incident ${incident}`,
        said: `No brake of the plan helps against ${incident}: ${why}.`,
      }),
    ]
  }

  const onDesire = (heard: Heard): readonly Said[] => {
    const { id, brake, status, incident } = bodyOf<Desire>(heard)
    if (desires.get(id)?.status === status) return []
    desires.set(id, { status, incident: incident ?? undefined })
    const about = { ...(incident ? { incident } : {}), fields: { brake, desire: id }, command: `firebreak check` }
    switch (status) {
      case 'wanted':
      case 'ended':
        return []
      case 'holding':
        // An incident tells by itself that it is contained.
        return incident
          ? []
          : [message(heard, { ...about, kind: 'holds', level: 'incident', said: `The brake ${brake} holds, as ordered.` })]
      case 'released':
        return [
          message(heard, {
            ...about,
            kind: 'released',
            level: 'proposal',
            wants: true,
            said: `Somebody else released ${brake} while it was wanted; it is not pulled again without a person.`,
          }),
        ]
      case 'exhausted':
        return [
          message(heard, {
            ...about,
            kind: 'exhausted',
            level: 'proposal',
            wants: true,
            said: `The brake ${brake} was pulled as often as the plan allows, and does not hold.`,
          }),
        ]
      default:
        return status satisfies never
    }
  }

  /** A council is asked: people have to sign or vote. */
  const onProposal = (heard: Heard): readonly Said[] => {
    const { id, desire, brake, authority, state, ask, why } = bodyOf<Asked>(heard)
    const incident = desires.get(desire)?.incident
    const topic = incident ?? `approval:${id}`
    const about = {
      topic,
      ...(incident === undefined ? {} : { incident }),
      fields: { brake, authority, proposal: id, state, needs: ask?.needs ?? null },
    }
    switch (state) {
      case 'open':
        return [
          message(heard, {
            ...about,
            kind: 'approval',
            level: 'proposal',
            wants: true,
            command: `firebreak approve ${id}`,
            said: `${authority} is asked for ${brake}${ask ? `, ${ask.needs} ${ask.needs === 1 ? 'signature or vote' : 'signatures or votes'}: ${ask.says}` : ''}.`,
          }),
        ]
      case 'signed':
        return []
      case 'stale':
        return [
          message(heard, {
            ...about,
            kind: 'approval',
            level: 'incident',
            said: `What ${authority} was asked for ${brake} is void: ${why ?? 'it is asked again'}.`,
          }),
        ]
      case 'over':
        return incident === undefined ? [{ settles: topic, answered: false }] : []
      default:
        return state satisfies never
    }
  }

  return {
    of: (heard) => {
      switch (heard.kind) {
        case 'started': {
          armed = bodyOf<{ readonly armed?: boolean }>(heard).armed === true
          return [
            message(heard, {
              kind: 'started',
              level: 'incident',
              fields: { armed },
              said: `Firebreak watches, ${armed ? 'armed' : 'in shadow'}.`,
            }),
          ]
        }
        case 'stopped':
          return [message(heard, { kind: 'stopped', level: 'incident', said: 'Firebreak stopped watching, as it was told to.' })]
        case 'incident':
          return onIncident(heard)
        case 'decision':
          return onDecision(heard)
        case 'desire':
          return onDesire(heard)
        case 'signal':
          return onSignal(heard)
        case 'order': {
          const { order, brake } = bodyOf<{ readonly order: string; readonly brake?: string }>(heard)
          if (order === 'disarm' || order === 'arm') disarmed = afterArming(disarmed, { order, brake: brake ?? undefined })
          return onOrder(heard)
        }
        case 'proposal':
          return onProposal(heard)
        case 'gap': {
          const { chain, from, to, why } = bodyOf<{ chain: string; from: bigint; to: bigint; why: string }>(heard)
          return [
            message(heard, {
              kind: 'gap',
              level: 'proposal',
              wants: true,
              fields: { chain, from: from.toString(), to: to.toString() },
              said: `Blocks ${from} to ${to} of ${chain} could not be looked at: ${why}.`,
            }),
          ]
        }
        case 'note': {
          const { what, said } = bodyOf<{ readonly what?: string; readonly said?: string }>(heard)
          if (said !== 'works again' || what === undefined) return []
          return [
            message(heard, { kind: 'ready', level: 'incident', fields: { what }, said: `Ready again: ${what} works.` }),
            { settles: `readiness:${what}: `, answered: false },
          ]
        }
        default:
          return []
      }
    },
  }
}

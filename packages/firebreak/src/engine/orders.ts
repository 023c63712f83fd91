// What people order of the engine: pull a brake or let go of it, take an incident on or dismiss it, send nothing or send again.
import type { Desire } from '../model/brake.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Desires } from './desires.ts'
import type { ArmingOrder } from '../base/arming.ts'
import { dismissalOf, type Dismissal } from './dismissals.ts'
import { recorded } from './entries.ts'
import type { Effect, Input } from './inputs.ts'
import { orderedWish, releaseWish } from './wishes.ts'

export type Order = Extract<Input, { kind: 'order' }>

/** What else an order changes. */
export interface Powers {
  /** Whoever let go, for the attack that is known now we do not pull it again by ourselves. */
  readonly remember: (desire: Desire, at: number) => NewEntry
  /** Those that were merged are found under what they are part of. */
  readonly incident: (id: string) => Incident | undefined
  readonly dismissed: (dismissal: Dismissal) => void
  readonly update: (incident: Incident, at: number) => Effect
  readonly arming: (order: ArmingOrder) => void
}

export function onOrder(plan: ResolvedPlan, desires: Desires, powers: Powers, input: Order): readonly Effect[] {
  const recordOf = (body: object): Effect => ({
    kind: 'record',
    entries: [{ ...recorded('order', input.at, { order: input.order, ...body }), sealed: { by: input.by, because: input.because } }],
  })
  switch (input.order) {
    case 'ack': {
      const incident = powers.incident(input.incident)
      return incident ? [recordOf({ incident: incident.id })] : []
    }
    case 'dismiss': {
      const incident = powers.incident(input.incident)
      if (!incident) return []
      const dismissal = dismissalOf(incident)
      // First: whatever comes of the rest is about an incident that is none any more.
      powers.dismissed(dismissal)
      return [recordOf(dismissal), ...closed(incident, desires, powers, input.at)]
    }
    case 'disarm':
    case 'arm':
      powers.arming(input)
      return [recordOf({ brake: input.brake })]
    case 'pull':
    case 'release':
      return ofBrake(plan, desires, powers, recordOf({ brake: input.brake }), input)
    default:
      return input satisfies never
  }
}

/** The incident is over and so are our wishes for it; what holds on the chain stays as it is. */
function closed(incident: Incident, desires: Desires, powers: Powers, at: number): readonly Effect[] {
  const ended = desires.live().filter((one) => one.incident === incident.id)
  return [
    ...(incident.status === 'closed' ? [] : [powers.update({ ...incident, status: 'closed' }, at)]),
    ...ended.flatMap((one) => desires.end(one.id, 'people dismissed its incident', at)),
  ]
}

function ofBrake(
  plan: ResolvedPlan,
  desires: Desires,
  { remember }: Powers,
  record: Effect,
  input: Extract<Order, { order: 'pull' | 'release' }>,
): readonly Effect[] {
  const brake = plan.brakes.find((one) => one.name === input.brake)
  switch (input.order) {
    case 'pull':
      if (!brake) return [record]
      return [record, ...desires.endReleases(brake.name, input.at), ...desires.want(orderedWish(brake, input.at), input.at)]
    case 'release': {
      const live = desires.live(input.brake)
      const ours = live.filter((one) => one.does !== 'undo')
      const underWay = ours.length < live.length
      return [
        record,
        { kind: 'record', entries: ours.map((one) => remember(one, input.at)) },
        ...ours.flatMap((one) => desires.end(one.id, 'a person released it', input.at)),
        ...(input.undo && !underWay && brake && brake.undo.length > 0 ? desires.want(releaseWish(brake, input.at), input.at) : []),
      ]
    }
    default:
      return input.order satisfies never
  }
}

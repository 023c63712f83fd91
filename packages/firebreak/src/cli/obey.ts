// What is done with a person's order and what is said to it: the same for a running instance and for a record that nobody is writing.
import { z } from 'zod'
import { disarmedOf, isDisarmed } from '../base/arming.ts'
import type { Core } from '../engine/core.ts'
import type { Input } from '../engine/inputs.ts'
import type { Incident } from '../model/incident.ts'
import type { ResolvedPlan } from '../model/plan.ts'

const given = { by: z.string(), because: z.string() }
export const orderShape = z.discriminatedUnion('order', [
  z.object({
    ...given,
    order: z.enum(['pull', 'release']),
    brake: z.string(),
    /** With a release: carry out the brake's undo, too. */
    undo: z.boolean().optional(),
  }),
  z.object({ ...given, order: z.enum(['ack', 'dismiss']), incident: z.string() }),
  /** Every brake where none is named. */
  z.object({ ...given, order: z.enum(['disarm', 'arm']), brake: z.string().optional() }),
])
export type Order = z.infer<typeof orderShape>
export type BrakeOrder = Extract<Order, { order: 'pull' | 'release' }>

export interface Reply {
  readonly ok: boolean
  readonly said: string
  /** The running instance has no keys, and what was ordered needs one. */
  readonly shadow?: boolean
}

export interface Obeying {
  readonly plan: ResolvedPlan
  /** `running` in the words for people. */
  readonly who: string
  /** Why it can send nothing at all, where it has no keys. */
  readonly shadow?: string | undefined
  /** Why it cannot be armed, where it cannot. */
  readonly unarmable: string | undefined
  readonly core: Pick<Core, 'incidents' | 'desires' | 'disarmed'>
  /** Carries the order out; false when it could not be written down, so that it is forgotten with this process. */
  readonly obey: (order: Order) => boolean
}

export function carryOutOrder(order: Order, obeying: Obeying): Reply {
  switch (order.order) {
    case 'pull':
    case 'release':
      return ofBrake(order, obeying)
    case 'ack':
    case 'dismiss':
      return ofIncident(order, obeying)
    case 'disarm':
    case 'arm':
      return ofArming(order, obeying)
    default:
      return order satisfies never
  }
}

const no = (said: string): Reply => ({ ok: false, said })

function ofBrake(order: BrakeOrder, obeying: Obeying): Reply {
  const { plan, who, shadow, core } = obeying
  const { brake } = order
  if (plan.vetoes?.some((one) => one.name === brake))
    return no(`${brake} is a veto of the running plan: it is nothing without an operation that it cancels`)
  if (!plan.brakes.some((one) => one.name === brake)) return no(`the running plan has no brake named ${brake}`)
  const sends = order.order === 'pull' || order.undo === true
  if (shadow !== undefined && sends) return { ok: false, shadow: true, said: shadow }
  if (sends && isDisarmed(core.disarmed(), brake)) return no(disarmedText(brake))
  return said(order, obeying, `${who} took the order to ${order.order} ${brake}`)
}

export const disarmedText = (brake: string): string =>
  `${brake} is disarmed, by people's order, and nothing of it is sent: \`firebreak arm --brake ${brake}\` first`

function ofIncident(order: Extract<Order, { incident: string }>, obeying: Obeying): Reply {
  const { core, who } = obeying
  const incident = found(core.incidents(), order.incident)
  if (!incident) {
    const ids = core
      .incidents()
      .filter((one) => one.status !== 'merged')
      .map((one) => one.id)
    return no(
      `there is no incident ${order.incident}${ids.length > 0 ? `; the latest are ${ids.slice(-5).join(', ')}` : ', nor any other'}`,
    )
  }
  const also = incident.id === order.incident ? '' : `, which ${order.incident} is part of`
  if (order.order === 'ack') return said(order, obeying, `${who} knows that ${order.by} has ${incident.id}${also}`)
  const wishes = core.desires().filter((one) => one.incident === incident.id && (one.status === 'wanted' || one.status === 'holding'))
  const named = (status: 'wanted' | 'holding'): string =>
    wishes
      .filter((one) => one.status === status)
      .map((one) => one.brake)
      .join(', ')
  return said(
    order,
    obeying,
    [
      `${who} dismissed ${incident.id}${also}`,
      ...(named('wanted') ? [`not sent any more, unless it waits in a node already: ${named('wanted')}`] : []),
      ...(named('holding') ? [`still on the chain until somebody releases it (firebreak release <brake>): ${named('holding')}`] : []),
    ].join('; '),
  )
}

function found(incidents: readonly Incident[], id: string): Incident | undefined {
  const incident = incidents.find((one) => one.id === id)
  return incident?.mergedInto === undefined ? incident : found(incidents, incident.mergedInto)
}

function ofArming(order: Extract<Order, { order: 'disarm' | 'arm' }>, obeying: Obeying): Reply {
  const { plan, who, unarmable, core } = obeying
  const { brake } = order
  const names = [...plan.brakes, ...(plan.vetoes ?? [])].map((one) => one.name)
  if (brake !== undefined && !names.includes(brake)) return no(`the running plan has no brake named ${brake}; it has ${names.join(', ')}`)
  if (order.order === 'arm' && unarmable !== undefined) return no(unarmable)
  const about = brake === undefined ? names : [brake]
  const waiting = [...new Set(core.desires().flatMap((one) => (one.status === 'wanted' && about.includes(one.brake) ? [one.brake] : [])))]
  const what = brake ?? 'everything'
  if (order.order === 'disarm')
    return said(
      order,
      obeying,
      `${who} is disarmed: of ${what} nothing is sent${waiting.length > 0 ? `; what waits in a node already may still be mined: ${waiting.join(', ')}` : ''}`,
    )
  const stillNot = disarmedOf(core.disarmed(), waiting)
  return said(
    order,
    obeying,
    `${who} is armed: of ${what} it sends again${stillNot.length > 0 ? `; wanted, and sent with the next block: ${stillNot.join(', ')}` : ''}`,
  )
}

function said(order: Order, { obey }: Obeying, text: string): Reply {
  if (obey(order)) return { ok: true, said: text }
  return { ok: true, said: `${text}; but it could not be written to the record, and is forgotten when this instance ends` }
}

export function inputOf(order: Order, at: number): Extract<Input, { kind: 'order' }> {
  switch (order.order) {
    case 'pull':
    case 'release':
    case 'ack':
    case 'dismiss':
      return { kind: 'order', at, ...order }
    case 'disarm':
    case 'arm':
      return { kind: 'order', at, ...order, brake: order.brake }
    default:
      return order satisfies never
  }
}

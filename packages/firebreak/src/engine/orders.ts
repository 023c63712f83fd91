// What people order of the running engine: pull a brake, or let go of it.
import type { Desire } from '../model/brake.ts'
import type { NewEntry } from '../model/journal.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Desires } from './desires.ts'
import type { Effect, Input } from './inputs.ts'
import { orderedWish, releaseWish } from './wishes.ts'

export type Order = Extract<Input, { kind: 'order' }>

/** `remember`: whoever let go, for the attack that is known now we do not pull it again by ourselves. */
export function onOrder(
  plan: ResolvedPlan,
  desires: Desires,
  remember: (desire: Desire, at: number) => NewEntry,
  input: Order,
): readonly Effect[] {
  const record: Effect = {
    kind: 'record',
    entries: [
      { kind: 'order', at: input.at, body: { order: input.order, brake: input.brake }, sealed: { by: input.by, because: input.because } },
    ],
  }
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

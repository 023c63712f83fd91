// The people's side of a run: the door that their orders come through, and what they have disarmed.
import { disarmedOf } from '../base/arming.ts'
import type { Engine } from '../engine.ts'
import type { SqliteJournal } from '../journal/sqlite/options.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { openDoor } from './control.ts'
import type { Io } from './io.ts'
import { inputOf, type Order } from './obey.ts'

export interface RunPeople {
  readonly plan: ResolvedPlan
  readonly armed: boolean
  readonly engine: Pick<Engine, 'core' | 'submit'>
  readonly journal: Pick<SqliteJournal, 'path' | 'flush' | 'appendOrOverflow'>
  readonly now: () => number
}

/** Opens the door; gives back how to close it. */
export function letPeopleIn({ plan, armed, engine, journal, now }: RunPeople): Promise<() => void> {
  const obey = (order: Order): boolean => {
    const input = inputOf(order, now())
    engine.submit(input)
    return written(journal, order, input.at)
  }
  return openDoor(journal.path, {
    plan,
    who: 'the running instance',
    shadow: armed ? undefined : 'the running instance is in shadow: it has no keys and sends nothing',
    unarmable: armed
      ? undefined
      : 'the running instance was started without --armed: it has no keys, so it cannot be armed; stop it, and start it with --armed',
    core: engine.core,
    obey,
  })
}

/** Whoever was told that it is done may rely on it, whatever happens to this process next. */
function written(journal: RunPeople['journal'], order: Order, at: number): boolean {
  try {
    journal.flush()
    return true
  } catch {
    if (order.order !== 'disarm' && order.order !== 'arm') return false
  }
  try {
    // The same order twice is one order.
    const { by, because, ...body } = order
    journal.appendOrOverflow([{ kind: 'order', at, body, sealed: { by, because } }])
    return true
  } catch {
    return false
  }
}

/** `ARMED`, `shadow`, or what is left of being armed. */
export function statusText(plan: ResolvedPlan, armed: boolean, { core }: Pick<Engine, 'core'>, paint: Io['paint']): string {
  const names = plan.brakes.map((one) => one.name)
  const off = disarmedOf(core.disarmed(), names)
  if (off.length === 0) return armed ? paint('red', 'ARMED') : paint('cyan', 'shadow')
  const mode = armed ? 'started with --armed, nothing of them is sent until `firebreak arm`' : 'and in shadow'
  return `${paint('yellow', 'DISARMED')} by people's order (${off.length === names.length ? 'every brake' : off.join(', ')}; ${mode})`
}

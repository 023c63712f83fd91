// What `ack`, `dismiss`, `disarm` and `arm` share: the running instance takes the order, or, when none is running, the record does.
import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCore } from '../engine/core.ts'
import { rebuild, type Rebuilt } from '../engine/rebuild.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { JournalInUse } from '../journal/sqlite/lock.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { knock } from './control.ts'
import type { ExitCode, Io } from './io.ts'
import { carryOutOrder, inputOf, type Order, type Reply } from './obey.ts'
import { openPlan } from './open-plan.ts'

export interface OrderOptions {
  readonly plan: string
  readonly journal?: string
  readonly because?: string
  readonly yes?: boolean
  readonly json?: boolean
}

export interface Addressee {
  readonly plan: ResolvedPlan
  readonly journal: string
}

export async function addresseeOf(options: OrderOptions, io: Io): Promise<Addressee> {
  const opened = await openPlan(options.plan, { ...io, note: () => {} })
  return { plan: opened.plan, journal: opened.journalPath(options.journal) }
}

export const whoAmI = (): string => `${userInfo().username}@${hostname()}`

/** What the record says now; undefined where there is none yet. */
export function recordOf({ journal }: Addressee): Rebuilt | undefined {
  if (!existsSync(journal)) return undefined
  const reader = openJournal(journal, { readOnly: true })
  try {
    return rebuild(reader)
  } finally {
    reader.close()
  }
}

/** An instance that is just starting holds the record and has no door yet. */
const patienceMs = 30_000
const pauseMs = 250

export async function give(order: Order, to: Addressee, io: Io): Promise<Reply> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(pauseMs)) {
    const reply = await knock(to.journal, order)
    if (reply) return reply
    try {
      return write(order, to, io)
    } catch (error) {
      if (!(error instanceof JournalInUse) || Date.now() > deadline) throw error
    }
  }
}

/** Durable before anybody says that it is done; the next start obeys. */
function write(order: Order, { plan, journal: path }: Addressee, io: Io): Reply {
  if (!existsSync(path) && 'incident' in order) return { ok: false, said: `there is no record of any incident at ${path}` }
  const journal = openJournal(path, { refuse: io.secrets.found })
  try {
    const { memory, accepted } = rebuild(journal)
    const core = createCore(plan, memory, () => false)
    return carryOutOrder(order, {
      plan,
      core,
      who: 'no instance is running; the record',
      unarmable:
        accepted === undefined || accepted.hash === plan.hash
          ? undefined
          : `the plan has changed since it was accepted: look at the difference, and accept it with \`firebreak accept ${plan.hash}\``,
      obey: (one) => {
        for (const effect of core.step(inputOf(one, Date.now()))) if (effect.kind === 'record') journal.append(effect.entries)
        return true
      },
    })
  } finally {
    journal.close()
  }
}

export function finish(reply: Reply, document: object, io: Io): ExitCode {
  io.document({ ...document, ok: reply.ok, said: reply.said })
  if (reply.ok) io.say(reply.said)
  else io.note(`${io.paint('red', 'not done')}: ${reply.said}`)
  return reply.ok ? 0 : 1
}

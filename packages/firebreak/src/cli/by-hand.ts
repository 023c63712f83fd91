// What `pull` and `release` share: the brake as it stands now, a person's yes, the running instance, or one of our own.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { conditionHolds } from '../base/condition.ts'
import { isDisarmed } from '../base/arming.ts'
import { connectAll, type Connected } from '../engine/connect.ts'
import { realContext } from '../engine/context.ts'
import { isOfAuthority, type AuthorityNews, type DesireNews, type Effect, type Input } from '../engine/inputs.ts'
import { goLive } from '../engine/live.ts'
import { checkReadiness } from '../engine/readiness.ts'
import { rebuild } from '../engine/rebuild.ts'
import { orderedWish, releaseWish } from '../engine/wishes.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import type { Authority, Brake, Desire } from '../model/brake.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Report } from '../readiness/report.ts'
import { routesOf } from '../responders/authorities/routes.ts'
import { folderOf } from '../responders/proposals/folder.ts'
import { authorityLine } from './authority-line.ts'
import type { Io } from './io.ts'
import { disarmedText, type BrakeOrder } from './obey.ts'
import { openPlan, stateFolder, type OpenPlan } from './open-plan.ts'
import { whoAmI } from './order.ts'

export interface ByHandOptions {
  readonly plan: string
  readonly journal?: string
  readonly because?: string
  readonly yes?: boolean
  /** Seconds. */
  readonly wait: string
  readonly json?: boolean
}

export interface Subject {
  readonly opened: OpenPlan
  readonly plan: ResolvedPlan
  readonly brake: Brake
  readonly authority: Authority
  readonly chainId: number
  readonly journal: string
  /** Desires of this brake that are ours and still stand, by the journal. */
  readonly desires: readonly Desire[]
  /** A release of ours is still on its way: that it holds at the moment means nothing. */
  readonly releasing: boolean
  /** By people's order: then nothing of it is sent. */
  readonly disarmed: boolean
  readonly waitMs: number
}

export async function subjectOf(name: string, options: ByHandOptions, io: Io): Promise<Subject> {
  const opened = await openPlan(options.plan, { ...io, note: () => {} })
  const { plan } = opened
  if (plan.vetoes?.some((one) => one.name === name))
    throw new UserError({
      path: 'brake',
      wrong: `'${name}' is a veto: it cancels an operation that a governance watch found to do harm, and is nothing without one`,
      mend: '`firebreak incidents` shows whether one is wanted, `firebreak dismiss <incident>` ends that wish; what was cancelled stays cancelled',
    })
  const brake = plan.brakes.find((one) => one.name === name)
  const authority = plan.authorities.find((one) => one.name === brake?.by[0])
  if (!brake || !authority)
    throw new UserError({
      path: 'brake',
      wrong: `the plan ${plan.name} has no brake named '${name}'`,
      mend: `it has: ${plan.brakes.map((one) => one.name).join(', ')}`,
    })
  const seconds = Number(options.wait)
  if (!(seconds > 0)) throw new UserError({ path: '--wait', wrong: `is '${options.wait}'`, mend: 'give a number of seconds' })
  const journal = opened.journalPath(options.journal)
  const chainId = plan.chains.find((one) => one.name === brake.chain)?.id ?? 0
  return { opened, plan, brake, authority, chainId, journal, ...standing(journal, name), waitMs: seconds * 1_000 }
}

function standing(journal: string, brake: string): Pick<Subject, 'desires' | 'releasing' | 'disarmed'> {
  if (!existsSync(journal)) return { desires: [], releasing: false, disarmed: false }
  const reader = openJournal(journal, { readOnly: true })
  try {
    const { memory } = rebuild(reader)
    const ours = memory.desires.filter((one) => one.brake === brake && (one.status === 'wanted' || one.status === 'holding'))
    return {
      desires: ours.filter((one) => one.does !== 'undo'),
      releasing: ours.some((one) => one.does === 'undo'),
      disarmed: isDisarmed(memory.disarmed, brake),
    }
  } finally {
    reader.close()
  }
}

/** A look at the chain: what the readiness check says of this brake alone, and a node to ask further. */
export interface Look {
  readonly nodes: ReadonlyMap<string, Connected>
  readonly report: Report
  readonly close: () => Promise<void>
}

export async function lookAt({ opened, plan, brake }: Subject, io: Io): Promise<Look> {
  const chains = plan.chains.filter((one) => one.name === brake.chain)
  const nodes = await connectAll({ ...plan, chains }, { secret: opened.secret, secrets: io.secrets, context: contextOf(io) })
  const close = async (): Promise<void> => {
    for (const { node } of nodes.values()) await node.close()
  }
  try {
    return { nodes, close, report: await checkReadiness({ plan: { ...plan, brakes: [brake] }, nodes, secretOf: () => undefined }) }
  } catch (error) {
    await close()
    throw error
  }
}

const contextOf = (io: Io) => realContext((what) => io.note(`${io.paint('yellow', 'trouble')} ${what}`))

/** What lies between an order and its effect where the authority is no key; the order stands meanwhile. */
export function waitsFor({ authority }: Pick<Subject, 'authority'>): string | undefined {
  switch (authority.kind) {
    case 'key':
      return undefined
    case 'safe':
      return `the owners of ${authority.name} have to sign it: \`firebreak approve\` lists it`
    case 'timelock':
    case 'accessManager':
      return `${authority.name} lets it pass when its delay is over`
    case 'governor':
      return `${authority.name} lets people vote on it first`
    default:
      return authority satisfies never
  }
}

/** Polls the chain until the brake holds, or no longer does, at a block after `after`; gives the block, or undefined when the time is over. */
export async function untilHolds({ brake, waitMs }: Subject, { nodes }: Look, wanted: boolean, after = -1n): Promise<bigint | undefined> {
  const node = nodes.get(brake.chain)?.node
  const deadline = Date.now() + waitMs
  while (node && Date.now() < deadline) {
    const head = await node.head()
    if (head.number > after && conditionHolds(brake.holds, await node.read(head.hash, [brake.holds.probe])) === wanted) return head.number
    await sleep(500)
  }
  return undefined
}

/** `undefined` without a terminal: nobody is there to ask. */
export async function confirmed(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim())
  } finally {
    reader.close()
  }
}

export function orderOf(subject: Subject, order: BrakeOrder['order'], because: string | undefined, undo?: boolean): BrakeOrder {
  return { order, brake: subject.brake.name, by: whoAmI(), because: because ?? '', ...(undo ? { undo } : {}) }
}

export type Outcome =
  | { readonly ok: true; readonly tx: string | undefined; readonly block: bigint }
  | { readonly ok: false; readonly why: string }

/**
 * Armed, for this one order: no detector runs and no rule applies, so that nothing else is decided on the way. What earlier
 * lives left unfinished is finished. The block that a run has reached stays where it was.
 */
export async function carryOutAlone(
  subject: Subject,
  order: BrakeOrder,
  journalPath: string,
  report: Report | undefined,
  io: Io,
): Promise<Outcome> {
  const { opened, plan, brake, waitMs } = subject
  if (subject.disarmed) return { ok: false, why: disarmedText(brake.name) }
  const journal = openJournal(journalPath, {
    refuse: io.secrets.found,
    onTrouble: (error) => io.note(`journal: ${error instanceof Error ? error.message : String(error)}`),
  })
  const troubles: string[] = []
  try {
    const { accepted } = rebuild(journal)
    const now = Date.now()
    if (accepted && accepted.hash !== plan.hash)
      io.note(`${io.paint('yellow', 'warning')} the plan has changed since it was accepted; what is shown above is what is sent`)
    const plans = accepted ? [] : [{ kind: 'plan' as const, at: now, body: { hash: plan.hash, canonical: plan.canonical } }]
    journal.appendOrOverflow([...plans, { kind: 'started', at: now, body: { plan: plan.hash, armed: true, order: order.order } }])
    const at = Math.max(Date.now(), now + 1)
    const desire = (order.order === 'pull' ? orderedWish(brake, at) : releaseWish(brake, at)).id
    let tell: ((outcome: Outcome) => void) | undefined
    const outcome = new Promise<Outcome>((done) => {
      tell = done
    })
    const live = await goLive({
      plan: {
        ...plan,
        watches: [],
        rules: [],
        // Nobody in a hurry should need a key or a node that the brake does not need.
        authorities: withSender(plan, subject.authority),
        chains: plan.chains.filter((one) => one.name === brake.chain),
      },
      journal: { ...journal, keep: () => {}, kept: () => undefined },
      armed: true,
      secret: opened.secret,
      secrets: io.secrets,
      context: realContext((what) => {
        troubles.push(what)
        io.note(`${io.paint('yellow', 'trouble')} ${what}`)
      }),
      keyLocks: join(stateFolder(process.env), 'keys'),
      proposals: folderOf(subject.journal),
      warmUp: 0,
      onInput: (input: Input, effects: readonly Effect[]) => {
        if (input.kind === 'desire' && input.desire === desire) {
          if (isOfAuthority(input.news)) io.note(authorityLine(input.news, brake.name))
          else tell?.(outcomeOf(input.news))
        }
        for (const effect of effects)
          if (effect.kind === 'want')
            io.note(`sent ${order.order === 'pull' ? 'to pull' : 'to release'} ${brake.name}; waiting for a block`)
      },
    })
    if (report) live.gas.learn(new Map(report.brakes.map((one) => [one.brake, one.routes])))
    live.engine.submit({ kind: 'order', at, ...order })
    const late: Outcome = {
      ok: false,
      why:
        troubles.at(-1) ?? `it is not there after ${waitMs / 1_000} seconds; \`firebreak run --armed\` with this journal goes on with it`,
    }
    const result = await Promise.race([
      outcome,
      sleep(waitMs, undefined, { ref: false }).then((): Outcome => ({ ...late, why: troubles.at(-1) ?? late.why })),
    ])
    await live.engine.stop()
    journal.appendOrOverflow([{ kind: 'stopped', at: Date.now(), body: { order: order.order, ok: result.ok } }])
    return result
  } finally {
    journal.close()
  }
}

/** An authority that is no key has one that sends for it. */
function withSender(plan: ResolvedPlan, authority: Authority): readonly Authority[] {
  const sender = routesOf([authority]).get(authority.name)?.sender
  return plan.authorities.filter((one) => one.name === authority.name || one.name === sender)
}

function outcomeOf(news: Exclude<DesireNews, AuthorityNews>): Outcome {
  if (news.kind === 'holding') return { ok: true, tx: news.receipt.tx, block: news.receipt.block.number }
  if (news.kind === 'released') return { ok: false, why: 'someone else released it' }
  return { ok: false, why: news.why }
}

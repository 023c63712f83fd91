// Which authority brings a desire about at this block: the first in the brake's list that works now. Asks people where it needs them.
import type { Intent } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Ask, Route } from '../model/route.ts'
import type { Mined, Node } from '../stages.ts'
import type { Hex } from '../model/hex.ts'
import { readRoute } from './authorities/read-route.ts'
import type { Lane } from './lane.ts'
import type { ProposalNews, RouteNews } from './news.ts'
import type { Proposals } from './proposals/proposals.ts'
import { readProposal } from './proposals/proposal.ts'
import { isOf, ownCalls, type Outer, type Wanted } from './wanted.ts'

export interface ChooseOptions {
  readonly plan: ResolvedPlan
  readonly node: Pick<Node, 'read'>
  readonly lanes: ReadonlyMap<string, Lane>
  /** Empty in shadow. */
  readonly routes: ReadonlyMap<string, Route>
  readonly proposals: Pick<Proposals, 'publish' | 'over'> | undefined
  readonly canPay: (one: Wanted, lane: Lane) => boolean
  readonly news: (one: Wanted, news: ProposalNews | RouteNews) => void
  readonly onTrouble: (what: string) => void
  readonly now: () => number
}

export interface Choose {
  /** Settles who acts, and by which calls. `waits`: nothing is to be sent at this block. */
  readonly at: (one: Wanted, block: BlockRef, mined: ReadonlyMap<Hex, Mined>) => Promise<'acts' | 'waits' | 'exhausted'>
  /** Another authority that has not failed yet. */
  readonly hasOther: (one: Wanted) => boolean
  /** People need not sign any more. */
  readonly close: (one: Wanted, why: string) => void
}

export function choosing(options: ChooseOptions): Choose {
  const { plan, lanes, routes } = options

  /** A proposal belongs to the people that it was made to: no key of ours takes it out of their hands. */
  const candidates = ({ desire, brake }: Wanted): readonly string[] =>
    desire.asks ? [desire.authority] : [desire.authority, ...brake.by.filter((name) => name !== desire.authority)]

  const say = (one: Wanted, authority: string, why: string): void => {
    if (one.told.get(authority) === why) return
    one.told.set(authority, why)
    options.news(one, { kind: 'route', authority, why })
  }

  /** What was carried out and did not help counts as a pull: the rest of what is no longer wanted is simply dropped. */
  const take = (one: Wanted, authority: string, outer: Outer | undefined, mined: ReadonlyMap<Hex, Mined>): void => {
    one.authority = authority
    one.outer = outer
    const key = lanes.get(routes.get(authority)?.sender ?? authority)?.signer.address
    const stays = (intent: Intent): boolean => isOf(intent, one) && (key === undefined || intent.key === key)
    const dropped = one.intents.filter((intent) => !stays(intent))
    if (dropped.length === 0) return
    one.intents = one.intents.filter(stays)
    const wentThrough = (intent: Intent): boolean => intent.attempts.some((attempt) => mined.get(attempt.hash)?.ok === true)
    if (dropped.some((intent) => (intent.outer === undefined || intent.outer.completes) && wentThrough(intent))) one.pulls++
  }

  const close = (one: Wanted, why: string, state: 'stale' | 'over' = 'over'): void => {
    const { asked } = one
    if (!asked) return
    one.asked = undefined
    try {
      options.proposals?.over(asked.id, why)
    } catch (error) {
      options.onTrouble(`a proposal that is over could not be marked: ${error instanceof Error ? error.message : String(error)}`)
    }
    options.news(one, { kind: 'proposal', id: asked.id, authority: asked.authority, state, why, ask: undefined })
  }

  const ask = (one: Wanted, authority: string, what: Ask): void => {
    const before = one.asked
    const refused = what.refused.map(({ from, why }) => `${from}: ${why}`)
    const isNew = before?.id !== what.id
    const same = !isNew && before.has.join() === what.has.join() && before.refused.join() === refused.join()
    if (same) return
    if (before && isNew) close(one, `its nonce was used by something else: ${what.id} takes its place`, 'stale')
    one.asked = { id: what.id, authority, has: what.has, refused }
    if (isNew) publish(one, authority, what)
    options.news(one, { kind: 'proposal', id: what.id, authority, state: isNew ? 'open' : 'signed', why: undefined, ask: what })
    for (const late of refused.filter((text) => isNew || !before.refused.includes(text)))
      options.onTrouble(`a signature for ${one.brake.name} does not count: ${late}`)
  }

  const publish = (one: Wanted, authority: string, what: Ask): void => {
    const { desire, brake } = one
    const text = JSON.stringify({
      version: 1,
      id: what.id,
      plan: { name: plan.name, hash: plan.hash },
      chain: desire.chain,
      authority,
      brake: brake.name,
      does: desire.does === 'undo' ? 'release' : 'pull',
      desire: desire.id,
      at: options.now(),
      says: what.says,
      notes: what.notes,
      ...(what.proposal as object),
    })
    const proposal = readProposal(text)
    try {
      // Votes and delays leave nothing to sign.
      if (!('wrong' in proposal)) options.proposals?.publish(proposal)
    } catch (error) {
      options.onTrouble(
        `the proposal to ${authority} could not be written for signers: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }

  const at = async (one: Wanted, block: BlockRef, mined: ReadonlyMap<Hex, Mined>): Promise<'acts' | 'waits' | 'exhausted'> => {
    const names = candidates(one)
    for (const name of names) {
      if (one.failed.has(name)) continue
      const route = routes.get(name)
      if (!route) {
        const lane = lanes.get(name)
        const under = lane !== undefined && one.authority === name && one.intents.some((intent) => intent.nonce >= lane.nonce)
        if (!lane || (!under && names.length > 1 && !options.canPay(one, lane))) {
          if (lanes.size > 0 || routes.size > 0)
            say(
              one,
              name,
              lane ? `${name} cannot pay for it: ${lane.signer.address} holds ${lane.balance} wei` : `there is no key for ${name}`,
            )
          continue
        }
        if (name !== one.authority) say(one, name, `${name} takes over`)
        take(one, name, undefined, mined)
        return 'acts'
      }
      const calls = ownCalls(one)
      const step = route.next(calls, { ...(await readRoute(options.node, block.hash, route, calls)), timestamp: block.timestamp })
      switch (step.kind) {
        case 'stuck':
          say(one, name, `${step.why}; ${step.mend}`)
          continue
        case 'send': {
          const lane = route.sender === undefined ? undefined : lanes.get(route.sender)
          if (!lane) {
            say(one, name, `there is no key for ${route.sender ?? 'nobody'}, which has to send it`)
            continue
          }
          take(one, name, { calls: step.calls, completes: step.completes }, mined)
          return one.pulls > one.brake.atMostPulls ? 'exhausted' : 'acts'
        }
        case 'people':
          take(one, name, { calls: [], completes: false }, mined)
          if (one.pulls > one.brake.atMostPulls) return 'exhausted'
          ask(one, name, step.ask)
          return 'waits'
        case 'wait':
          take(one, name, { calls: [], completes: false }, mined)
          say(one, name, step.until === undefined ? step.why : `${step.why}, until ${new Date(Number(step.until) * 1_000).toISOString()}`)
          return 'waits'
        default:
          return step satisfies never
      }
    }
    // Nobody can: the first says why, and is tried again at the next block.
    take(one, names[0] ?? one.authority, undefined, mined)
    return routes.has(one.authority) ? 'waits' : 'acts'
  }

  return { at, hasOther: (one) => candidates(one).some((name) => name !== one.authority && !one.failed.has(name)), close }
}

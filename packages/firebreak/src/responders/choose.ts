// Which authority brings a desire about at this block: the first in the brake's list that works now. Asks people where it needs them.
import type { Intent } from '../model/brake.ts'
import type { EncodedCall } from '../model/call.ts'
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
  readonly node: Pick<Node, 'read' | 'receipts'>
  readonly lanes: ReadonlyMap<string, Lane>
  /** Empty in shadow. */
  readonly routes: ReadonlyMap<string, Route>
  readonly proposals: Pick<Proposals, 'publish' | 'over'> | undefined
  /** Whoever stands before it in the brake's list failed when it was last tried. */
  readonly firstOf: (brake: string) => string
  readonly canPay: (one: Wanted, lane: Lane) => boolean
  readonly news: (one: Wanted, news: ProposalNews | RouteNews) => void
  readonly onTrouble: (what: string) => void
  readonly now: () => number
}

export interface Choose {
  /** Settles who acts, and by which calls. `waits`: nothing is to be sent at this block. */
  readonly at: (one: Wanted, block: BlockRef, mined: ReadonlyMap<Hex, Mined>) => Promise<'acts' | 'waits' | 'exhausted' | 'cancelled'>
  /** Another authority that has not failed yet. */
  readonly hasOther: (one: Wanted) => boolean
  /** People need not sign any more. */
  readonly close: (one: Wanted, why: string) => void
}

/** The list from this one on, and those before it last of all. */
function fromFirst(by: readonly string[], first: string): readonly string[] {
  const at = Math.max(by.indexOf(first), 0)
  return [...by.slice(at), ...by.slice(0, at)]
}

export function choosing(options: ChooseOptions): Choose {
  const { plan, lanes, routes } = options

  /** A proposal belongs to the people that it was made to: no key of ours takes it out of their hands. */
  const candidates = ({ desire, brake }: Wanted): readonly string[] =>
    desire.asks ? [desire.authority] : fromFirst(brake.by, options.firstOf(brake.name))

  const isUnderWay = (one: Wanted, lane: Lane): boolean =>
    one.intents.some((intent) => intent.outer === undefined && intent.key === lane.signer.address && intent.nonce >= lane.nonce)

  /** A key whose effect is on its way goes on with it, also where the plan has put another one before it since. One that fails by the last check does not. */
  const withStarted = (one: Wanted, names: readonly string[]): readonly string[] => {
    const known = one.brake.by.slice(Math.max(one.brake.by.indexOf(options.firstOf(one.brake.name)), 0))
    const started = known.find((name) => {
      const lane = routes.has(name) ? undefined : lanes.get(name)
      return lane !== undefined && isUnderWay(one, lane)
    })
    return started === undefined || one.desire.asks ? names : [started, ...names.filter((name) => name !== started)]
  }

  /** Why a key is passed over where somebody else could do it. */
  const unable = (one: Wanted, name: string, lane: Lane): string | undefined => {
    const away = lane.signer.elsewhere?.failing()
    if (away !== undefined) return `the signer of ${name} ${away}`
    return options.canPay(one, lane) ? undefined : `${name} cannot pay for it: ${lane.signer.address} holds ${lane.balance} wei`
  }

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
    for (const { outer: done, attempts } of dropped) {
      const tx = attempts.find((attempt) => mined.get(attempt.hash)?.ok === true)?.hash
      if (done && !done.completes && tx) (one.prepared ??= new Map()).set(done.data, tx)
    }
    one.former = [...one.former, ...dropped]
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

  /** What we prepared is on the chain and yet to be prepared again: somebody cancelled it, and we do not fight people. */
  const wasCancelled = async (one: Wanted, calls: readonly EncodedCall[]): Promise<boolean> => {
    const done = calls.map((call) => one.prepared?.get(call.data))
    const txs = done.filter((tx) => tx !== undefined)
    if (txs.length === 0 || txs.length < done.length) return false
    // A reorg takes back without anybody's will.
    return (await options.node.receipts(txs)).every((receipt) => receipt?.ok === true)
  }

  const at = async (
    one: Wanted,
    block: BlockRef,
    mined: ReadonlyMap<Hex, Mined>,
  ): Promise<'acts' | 'waits' | 'exhausted' | 'cancelled'> => {
    const names = withStarted(one, candidates(one))
    for (const name of names) {
      if (one.failed.has(name)) continue
      const route = routes.get(name)
      if (!route) {
        const lane = lanes.get(name)
        const under = lane !== undefined && isUnderWay(one, lane)
        const wrong = lane === undefined ? `there is no key for ${name}` : under || names.length === 1 ? undefined : unable(one, name, lane)
        if (!lane || wrong !== undefined) {
          if (lanes.size > 0 || routes.size > 0) say(one, name, wrong ?? '')
          continue
        }
        if (name !== one.authority) say(one, name, `${name} takes over`)
        take(one, name, undefined, mined)
        return 'acts'
      }
      const calls = ownCalls(one)
      const read = await readRoute(options.node, block.hash, route, calls).catch((error: unknown) => {
        // Not in the way of other brakes, nor of what is signed ahead: the next block asks again.
        options.onTrouble(`${name} could not be read for ${one.brake.name}: ${error instanceof Error ? error.message : String(error)}`)
      })
      if (!read) return 'waits'
      const step = route.next(calls, { ...read, timestamp: block.timestamp })
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
          if (!step.completes && (await wasCancelled(one, step.calls))) return 'cancelled'
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

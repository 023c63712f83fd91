// Brings desired brakes about on one chain: a durable intent before each effect, one writer per key, and a read that says when it is done.
import { brakeFor } from '../base/veto.ts'
import type { Attempt, Desire, Intent } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import { RetryableError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment } from '../model/moment.ts'
import type { Mined } from '../stages.ts'
import { choosing } from './choose.ts'
import { effects } from './effects.ts'
import { laneOf, settleAt, signAhead, undecided, type Lane } from './lane.ts'
import { presigned } from './presigned.ts'
import type { News, ProposalNews, RouteNews } from './news.ts'
import { adopted, canonicalOn, isAhead, minedSince, reached } from './own-effects.ts'
import { lastAttempt, reconcile } from './reconcile.ts'
import type { Responder, ResponderOptions } from './responder-options.ts'
import { callsOf, type Wanted } from './wanted.ts'

const retryMs = 250
/** A key that cannot even pay for a plain transaction cannot pull anything. */
const leastGas = 21_000n
/** Signing takes so long. */
const signingMs = 5

export function responder(options: ResponderOptions): Responder {
  const { plan, node } = options
  const wanted = new Map<string, Wanted>()
  const lanes = new Map<string, Lane>()
  const empty = new Set<string>()
  let head: BlockRef | undefined
  let newest: BlockMoment | undefined
  let reconciling: Promise<void> | undefined
  let stopped = false
  let asking: Promise<unknown> = Promise.resolve()

  const laneFor = ({ authority }: Pick<Wanted, 'authority'>): Lane | undefined =>
    lanes.get(options.routes.get(authority)?.sender ?? authority)
  const live = (): readonly Intent[] => [...wanted.values()].flatMap((one) => one.intents)
  const isCurrent = (intent: Intent, attempt: Attempt): boolean =>
    !stopped && (wanted.get(intent.desire)?.intents.some((one) => one.id === intent.id && lastAttempt(one)?.hash === attempt.hash) ?? false)
  const act = effects({
    ...options,
    head: () => head,
    live,
    isWanted: (one) => wanted.get(one.desire.id) === one,
    isCurrent,
    desireOf: (intent) => wanted.get(intent.desire)?.desire,
    onUnsigned: (one, error) => unsigned(one, error),
  })

  const choose = choosing({
    plan,
    node,
    lanes,
    routes: options.routes,
    proposals: options.proposals,
    canPay: act.canPay,
    firstOf: options.firstOf,
    news: (one, news) => options.news(one.desire.id, news),
    onTrouble: options.onTrouble,
    now: options.now,
  })

  const tell = (one: Wanted, news: Exclude<News, ProposalNews | RouteNews>): void => {
    if (news.kind === 'holding') one.receipt = news.receipt
    one.desire = { ...one.desire, status: news.kind === 'lost' ? 'wanted' : news.kind }
    if (news.kind !== 'lost') choose.close(one, news.kind === 'holding' ? 'it is there' : `it was ${news.kind}`)
    if (news.kind === 'released' || news.kind === 'exhausted') wanted.delete(one.desire.id)
    options.news(one.desire.id, news)
  }

  const isCanonical = canonicalOn(node)

  const step = async (one: Wanted, moment: BlockMoment, mined: ReadonlyMap<Hex, Mined>): Promise<void> => {
    const { status } = one.desire
    if ((status !== 'wanted' && status !== 'holding') || one.signing) return
    if (status === 'wanted' && reached(one, moment) === false && !isAhead(one, moment, mined) && options.mayAct(one.brake.name)) {
      const chosen = await choose.at(one, moment.block, mined)
      if (chosen === 'waits') return
      if (chosen === 'cancelled') return tell(one, { kind: 'released', tx: undefined })
      if (chosen === 'exhausted')
        return tell(one, { kind: 'exhausted', why: `it was carried out ${one.pulls - 1} times and does not hold` })
    }
    const lane = laneFor(one)
    const next = reconcile({
      status,
      holds: reached(one, moment),
      calls: callsOf(one).length,
      block: moment.block,
      intents: one.intents,
      mined,
      nonce: lane?.nonce ?? 0n,
      held: new Set(live().flatMap((intent) => (intent.key === lane?.signer.address ? [intent.nonce] : []))),
      pulls: one.pulls,
      // A release that fails is for people to look at, not to be tried again.
      atMostPulls: one.desire.does === 'undo' ? 1 : one.brake.atMostPulls,
    })
    // What cannot be taken back is concluded from the canonical chain alone: a branch may have died since this block was read.
    const conclusive = next.kind === 'released' || next.kind === 'exhausted' || next.kind === 'send'
    if (conclusive && !(await isCanonical(moment.block))) return
    // What people disarmed is looked at, and not touched.
    if ((next.kind === 'send' || next.kind === 'push') && !options.mayAct(one.brake.name)) return
    if (next.kind === 'released' && one.receipt && !(await isCanonical(one.receipt.block))) {
      lose(one)
      return step(one, moment, mined)
    }
    switch (next.kind) {
      case 'wait':
        return
      case 'done':
        return tell(one, {
          kind: 'holding',
          receipt: {
            desire: one.desire.id,
            brake: one.brake.name,
            chain: options.chain,
            block: { number: moment.block.number, hash: moment.block.hash },
            tx: next.tx ?? (await minedSince(node, one)),
          },
        })
      case 'released':
        return tell(one, {
          kind: 'released',
          tx: moment.touched.find((touch) => one.brake.calls.some((call) => touch.touches.includes(call.to)))?.tx.hash,
        })
      case 'exhausted':
        if (next.reverted && choose.hasOther(one)) return giveUp(one, moment, mined)
        return tell(one, { kind: 'exhausted', why: next.why })
      case 'send':
        // What reverted once will as a rule revert again: whoever else may do it is tried first.
        if (next.reverted && choose.hasOther(one)) return giveUp(one, moment, mined)
        if (next.again) {
          one.pulls++
          one.intents = []
        }
        return lane && act.send(one, lane, next.calls)
      case 'push':
        return lane && act.push(one, lane, next.intents)
      default:
        return next satisfies never
    }
  }

  const giveUp = (one: Wanted, moment: BlockMoment, mined: ReadonlyMap<Hex, Mined>): Promise<void> => {
    one.failed.add(one.authority)
    one.intents = []
    return step(one, moment, mined)
  }

  /** Only the chain can say that a brake no longer holds because it never did. */
  const lose = (one: Wanted): void => {
    one.receipt = undefined
    tell(one, { kind: 'lost', why: 'a reorg took the block of its receipt back' })
  }

  /** Effects that no block has decided yet. */
  const underWay = (one: Wanted): readonly Intent[] => (one.desire.status === 'wanted' ? undecided(lanes.values(), one.intents) : [])

  const adopt = (desire: Desire): Wanted | undefined => {
    const brake = brakeFor(plan, desire)
    const one = brake && adopted(desire, brake, options)
    if (one) wanted.set(desire.id, one)
    return one
  }

  const reconcileAt = async (moment: BlockMoment): Promise<void> => {
    // A desire that comes, or an effect that goes out, while the node is asked is left to the next block.
    const present = [...wanted.values()].map((one) => ({ one, intents: one.intents }))
    const hashes = present.flatMap(({ intents }) => intents.flatMap((intent) => intent.attempts.map((attempt) => attempt.hash)))
    const receipts = hashes.length > 0 ? await node.receipts(hashes) : []
    const mined = new Map(receipts.flatMap((receipt) => (receipt ? [[receipt.tx, receipt] as const] : [])))
    // At the very block that is judged: what came after it is the next block's news.
    for (const [name, lane] of lanes) {
      settleAt(lane, await node.account(lane.signer.address, moment.block.hash))
      const enough = lane.balance - plan.bounds.feeReserveWei >= leastGas * moment.block.baseFee
      if (enough !== !empty.has(name)) options.funds(name, enough)
      if (enough) empty.delete(name)
      else empty.add(name)
    }
    // Without a key nothing is sent, but a colleague who pulls the brake is still seen. Keys come first: they wait for nobody.
    const keysFirst = present.toSorted((a, b) => Number(options.routes.has(a.one.authority)) - Number(options.routes.has(b.one.authority)))
    for (const { one, intents } of keysFirst)
      if (one.intents === intents && wanted.get(one.desire.id) === one) await step(one, moment, mined)
    await signAhead(lanes.values(), live(), moment.block)
    options.proposals?.refresh()
  }

  /** One block at a time, and only the newest of those that wait. */
  const reconcileAll = async (): Promise<void> => {
    while (newest && !stopped) {
      const moment = newest
      newest = undefined
      try {
        await reconcileAt(moment)
      } catch (error) {
        options.onTrouble(`the brakes could not be looked after: ${error instanceof Error ? error.message : String(error)}`)
        await options.sleep(retryMs)
        newest ??= moment
      }
    }
    reconciling = undefined
  }

  /** It is wanted already, and an attack pays more than what is on its way: better-paid forms of the same effects. */
  const payMore = async (one: Wanted, { tipToBeat, feeToBeat, quietly }: Desire): Promise<void> => {
    one.desire = { ...one.desire, tipToBeat, feeToBeat, quietly }
    while (one.signing && !stopped) await options.sleep(signingMs)
    const lane = laneFor(one)
    const intents = underWay(one)
    if (!lane || intents.length === 0 || !options.mayAct(one.brake.name)) return
    await act
      .push(one, lane, intents)
      .catch((error: unknown) =>
        options.onTrouble(`${one.brake.name} could not be paid better: ${error instanceof Error ? error.message : String(error)}`),
      )
  }

  /** Through another authority than a key: read first, then sent, or asked. */
  const beginAt = async (one: Wanted, block: BlockRef): Promise<void> => {
    one.signing = true
    try {
      if ((await choose.at(one, block, new Map())) !== 'acts' || wanted.get(one.desire.id) !== one) return
    } catch (error) {
      return options.onTrouble(`${one.brake.name} waits for the next block: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      one.signing = false
    }
    const lane = laneFor(one)
    if (lane && one.intents.length === 0) await act.send(one, lane, [...callsOf(one).keys()])
  }

  /** Its signer is away, or will not: whoever else may do it is asked, and it again, long before the next block. */
  const unsigned = async (one: Wanted, error: unknown): Promise<void> => {
    options.onTrouble(`${one.brake.name} could not be signed: ${error instanceof Error ? error.message : String(error)}`)
    if (!(error instanceof RetryableError) && choose.hasOther(one)) one.failed.add(one.authority)
    else await options.sleep(retryMs)
    const idle = !stopped && wanted.get(one.desire.id) === one && one.desire.status === 'wanted' && !one.signing
    if (idle && head && one.intents.length === 0 && options.mayAct(one.brake.name)) await beginAt(one, head)
  }

  return {
    start: async (at, desires) => {
      head = at
      for (const [name, signer] of options.signers) {
        const { nonce, balance } = await node.account(signer.address, 'latest')
        const own = plan.brakes.filter((brake) => brake.by[0] === name && brake.chain === options.chain)
        const forms = presigned(own, signer, options.gasOf, () => lanes.get(name)?.balance ?? balance)
        lanes.set(name, laneOf(signer, forms, { nonce, balance }, options.past))
      }
      for (const desire of desires) if (desire.status === 'wanted' || desire.status === 'holding') adopt(desire)
      // Whatever we died in the middle of goes out before anything else: the next block may be the attack's.
      for (const one of wanted.values()) act.resend(underWay(one))
      await signAhead(lanes.values(), live(), at)
    },
    want: (desire) => {
      const before = wanted.get(desire.id)
      if (before) return void (asking = Promise.all([asking, payMore(before, desire)]))
      const one = adopt(desire)
      if (!one || !options.mayAct(desire.brake)) return
      // An earlier life sent it already: the same effect again, not a second one.
      if (one.intents.length > 0) return act.resend(one.intents)
      const lane = lanes.get(desire.authority)
      if (lane && !options.routes.has(desire.authority)) return void act.send(one, lane, [...callsOf(one).keys()])
      if (options.routes.size > 0 && head) asking = Promise.all([asking, beginAt(one, head)])
    },
    unwant: (desire) => {
      const one = wanted.get(desire)
      if (one) choose.close(one, 'nobody wants it any more')
      wanted.delete(desire)
    },
    onBlock: (moment) => {
      head = moment.block
      newest = moment
      reconciling ??= reconcileAll()
      return reconciling
    },
    onRetraction: (retraction) => {
      head = retraction.head
      const gone = new Set(retraction.dropped.map((block) => block.hash))
      for (const one of wanted.values()) {
        if (!one.receipt || !gone.has(one.receipt.block.hash)) continue
        lose(one)
        // The pool may have forgotten what the dead branch had mined.
        act.resend(one.intents)
      }
    },
    onTick: () => {
      for (const one of wanted.values()) act.resend(underWay(one), true)
    },
    settled: async () => {
      await asking
      await act.settled()
    },
    stop: () => {
      stopped = true
    },
  }
}

// Brings desired brakes about on one chain: a durable intent before each effect, one writer per key, and a read that says when it is done.
import { conditionHolds } from '../base/condition.ts'
import type { Attempt, Brake, Desire, Intent, Receipt } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Hex } from '../model/hex.ts'
import type { NewEntry } from '../model/journal.ts'
import type { BlockMoment, Retraction } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Mined, Node } from '../stages.ts'
import type { Signer } from './authorities/key.ts'
import { bumped, capWei, feesFor, tipAbove, type Fees } from './fees.ts'
import { presigned, type Presigned, type Signed } from './presigned.ts'
import { lastAttempt, reconcile } from './reconcile.ts'

export type News =
  | { readonly kind: 'holding'; readonly receipt: Receipt }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'released'; readonly tx: Hex | undefined }
  | { readonly kind: 'exhausted'; readonly why: string }

export interface ResponderOptions {
  readonly plan: ResolvedPlan
  readonly chain: string
  readonly node: Node
  /** By authority; without a signer a brake is never sent. */
  readonly signers: ReadonlyMap<string, Signer>
  /** Writes before it returns, whatever was queued first; a full journal goes to the overflow file. */
  readonly writeDurably: (entries: readonly NewEntry[]) => void
  readonly writeLater: (entries: readonly NewEntry[]) => void
  readonly news: (desire: string, news: News) => void
  readonly onTrouble: (what: string) => void
  readonly now: () => number
  readonly gasOf: (brake: string, call: number) => bigint
  /** Dollars per whole coin, where the plan prices it. */
  readonly coinPrice: () => bigint | undefined
  /** Intents of an earlier life, by the journal. */
  readonly past: readonly Intent[]
}

interface Wanted {
  desire: Desire
  readonly brake: Brake
  intents: Intent[]
  pulls: number
  receipt: Receipt | undefined
  /** Signing takes a moment: a block that arrives meanwhile must not start a second effect. */
  signing: boolean
}

interface Lane {
  readonly signer: Signer
  readonly presigned: Presigned
  next: bigint
  balance: bigint
}

export interface Responder {
  readonly start: (head: BlockRef, desires: readonly Desire[]) => Promise<void>
  readonly want: (desire: Desire) => void
  readonly unwant: (desire: string) => void
  readonly onBlock: (moment: BlockMoment) => Promise<void>
  readonly onRetraction: (retraction: Retraction) => void
  readonly settled: () => Promise<void>
}

export function responder(options: ResponderOptions): Responder {
  const { plan, node } = options
  const wanted = new Map<string, Wanted>()
  const lanes = new Map<string, Lane>()
  let head: BlockRef | undefined
  let work: Promise<unknown> = Promise.resolve()

  const laneOf = (desire: Desire): Lane | undefined => lanes.get(desire.authority)

  /** Everything after the durable write happens without waiting for anything else. */
  const broadcast = (intents: readonly Intent[]): void => {
    const sent = intents.map(async (intent) => {
      const attempt = lastAttempt(intent)
      if (!attempt) return
      const result = await node.send(attempt.raw).catch((error: unknown) => ({ kind: 'refused' as const, why: error instanceof Error ? error.message : String(error), retry: true }))
      options.writeLater([{ kind: 'broadcast', at: options.now(), body: { intent: intent.id, tx: attempt.hash, result: result.kind, why: result.kind === 'refused' ? result.why : undefined } }])
      if (result.kind === 'refused') options.onTrouble(`${intent.brake} was not accepted by the node: ${result.why}`)
    })
    work = Promise.all([work, ...sent])
  }

  const capFor = (one: Wanted, lane: Lane): bigint =>
    capWei(one.desire.saves, plan.bounds.feeShareBps, options.coinPrice(), lane.balance, plan.bounds.feeReserveWei)

  /** Fees within the cap; below the cap's reach the most that it allows. */
  const within = (fees: Fees, cap: bigint, gas: bigint): Fees | undefined => {
    if (fees.maxFee * gas <= cap) return fees
    const most = gas > 0n ? cap / gas : 0n
    if (!head || most <= head.baseFee) return undefined
    return { maxFee: most, maxTip: fees.maxTip < most - head.baseFee ? fees.maxTip : most - head.baseFee }
  }

  const intentEntry = (intent: Intent): NewEntry => ({
    kind: 'intent',
    at: options.now(),
    body: { ...intent, attempts: intent.attempts.map((attempt) => ({ ...attempt })) },
  })

  const send = (one: Wanted, calls: readonly number[]): void | Promise<void> => {
    const lane = laneOf(one.desire)
    if (!lane || !head) return
    const tip = tipAbove(one.desire.tipToBeat)
    const first = lane.next
    lane.next += BigInt(calls.length)
    const ready = calls.map((call, i) => lane.presigned.take(one.brake.name, call, first + BigInt(i), tip, head as BlockRef))
    const cap = capFor(one, lane)
    const complete = (signed: readonly Signed[]): void => {
      const intents = signed.map((form, i): Intent => {
        const call = calls[i] ?? 0
        return {
          id: `${one.desire.id}#${one.pulls}.${call}.${form.nonce}`,
          desire: one.desire.id,
          brake: one.brake.name,
          call,
          chain: options.chain,
          key: lane.signer.address,
          nonce: form.nonce,
          attempts: [{ hash: form.hash, maxFee: form.maxFee, maxTip: form.maxTip, raw: form.raw }],
        }
      })
      const replaced = new Set(intents.map((intent) => intent.call))
      one.intents = [...one.intents.filter((intent) => !replaced.has(intent.call)), ...intents]
      options.writeDurably(intents.map(intentEntry))
      broadcast(intents)
    }
    const fitting = ready.filter((form): form is Signed => form !== undefined && form.maxFee * options.gasOf(one.brake.name, 0) <= cap)
    if (fitting.length === calls.length) return complete(fitting)
    one.signing = true
    return signNow(one, lane, calls, first, tip, cap)
      .then((signed) => (signed ? complete(signed) : undefined))
      .finally(() => {
        one.signing = false
      })
  }

  const signNow = async (one: Wanted, lane: Lane, calls: readonly number[], first: bigint, tip: bigint, cap: bigint): Promise<readonly Signed[] | undefined> => {
    const signed: Signed[] = []
    for (const [i, index] of calls.entries()) {
      const call = one.brake.calls[index]
      const gas = options.gasOf(one.brake.name, index)
      const fees = head && within(feesFor(tip, head), cap / BigInt(calls.length), gas)
      if (!call || !fees) {
        lane.next = first
        options.onTrouble(`${one.brake.name} cannot be paid for: the signer ${lane.signer.address} may spend ${cap} wei`)
        return undefined
      }
      const nonce = first + BigInt(i)
      signed.push({ ...(await lane.signer.sign({ to: call.to, data: call.data, nonce, gas, ...fees })), ...fees, nonce })
    }
    return signed
  }

  /** The same bytes again, and a better-paid form of them when a block went by without it. */
  const push = async (one: Wanted, intents: readonly Intent[]): Promise<void> => {
    const lane = laneOf(one.desire)
    if (!lane || !head) return
    const raised: Intent[] = []
    for (const intent of intents) {
      const last = lastAttempt(intent)
      const call = one.brake.calls[intent.call]
      if (!last || !call) continue
      const gas = options.gasOf(one.brake.name, intent.call)
      const fees = bumped(last, head)
      if (fees.maxFee * gas > capFor(one, lane)) continue
      const signed = await lane.signer.sign({ to: call.to, data: call.data, nonce: intent.nonce, gas, ...fees })
      const attempt: Attempt = { ...signed, ...fees }
      raised.push({ ...intent, attempts: [...intent.attempts, attempt] })
    }
    const byId = new Map(raised.map((intent) => [intent.id, intent]))
    broadcast(intents)
    if (raised.length === 0) return
    one.intents = one.intents.map((intent) => byId.get(intent.id) ?? intent)
    options.writeDurably(raised.map(intentEntry))
    broadcast(raised)
  }

  const tell = (one: Wanted, news: News): void => {
    if (news.kind === 'holding') one.receipt = news.receipt
    one.desire = { ...one.desire, status: news.kind === 'lost' ? 'wanted' : news.kind }
    if (news.kind === 'released' || news.kind === 'exhausted') wanted.delete(one.desire.id)
    options.news(one.desire.id, news)
  }

  const step = async (one: Wanted, moment: BlockMoment, mined: ReadonlyMap<Hex, Mined>, nonce: bigint): Promise<void> => {
    const { status } = one.desire
    if ((status !== 'wanted' && status !== 'holding') || one.signing) return
    const next = reconcile({
      status,
      holds: conditionHolds(one.brake.holds, moment),
      calls: one.brake.calls.length,
      intents: one.intents,
      mined,
      nonce,
      pulls: one.pulls,
      atMostPulls: one.brake.atMostPulls,
    })
    switch (next.kind) {
      case 'wait':
        return
      case 'done':
        return tell(one, {
          kind: 'holding',
          receipt: { desire: one.desire.id, brake: one.brake.name, chain: options.chain, block: { number: moment.block.number, hash: moment.block.hash }, tx: next.tx },
        })
      case 'released':
        return tell(one, { kind: 'released', tx: moment.touched.find((touch) => one.brake.calls.some((call) => touch.touches.includes(call.to)))?.tx.hash })
      case 'exhausted':
        return tell(one, { kind: 'exhausted', why: next.why })
      case 'send':
        if (next.again) {
          one.pulls++
          one.intents = []
        }
        return send(one, next.calls)
      case 'push':
        return push(one, next.intents)
      default:
        return next satisfies never
    }
  }

  const adopt = (desire: Desire): Wanted | undefined => {
    const brake = plan.brakes.find((one) => one.name === desire.brake)
    if (!brake) return undefined
    const intents = options.past.filter((intent) => intent.desire === desire.id)
    const one: Wanted = { desire, brake, intents: latestPull(intents), pulls: desire.pulls, receipt: undefined, signing: false }
    wanted.set(desire.id, one)
    return one
  }

  return {
    start: async (at, desires) => {
      head = at
      for (const [name, signer] of options.signers) {
        const { nonce, balance } = await node.account(signer.address, 'latest')
        const own = plan.brakes.filter((brake) => brake.by[0] === name && brake.chain === options.chain)
        const lane: Lane = { signer, next: nonce, balance, presigned: presigned(own, signer, options.gasOf, () => lane.balance) }
        for (const intent of options.past) if (intent.key === signer.address && intent.nonce >= lane.next) lane.next = intent.nonce + 1n
        lanes.set(name, lane)
        await lane.presigned.prepare(lane.next, at)
      }
      for (const desire of desires) if (desire.status === 'wanted' || desire.status === 'holding') adopt(desire)
    },
    want: (desire) => {
      const one = adopt(desire)
      // Sending adds to `work` itself, so it comes first.
      const sending = one && send(one, [...one.brake.calls.keys()])
      work = Promise.all([work, sending])
    },
    unwant: (desire) => void wanted.delete(desire),
    onBlock: async (moment) => {
      head = moment.block
      const hashes = [...wanted.values()].flatMap((one) => one.intents.flatMap((intent) => intent.attempts.map((attempt) => attempt.hash)))
      const receipts = hashes.length > 0 ? await node.receipts(hashes) : []
      const mined = new Map(receipts.flatMap((receipt) => (receipt ? [[receipt.tx, receipt] as const] : [])))
      // Without a key nothing is sent, but a colleague who pulls the brake is still seen.
      for (const one of wanted.values()) if (!laneOf(one.desire)) await step(one, moment, mined, 0n)
      for (const lane of lanes.values()) {
        const account = await node.account(lane.signer.address, 'latest')
        lane.balance = account.balance
        if (account.nonce > lane.next) lane.next = account.nonce
        for (const one of wanted.values()) if (laneOf(one.desire) === lane) await step(one, moment, mined, account.nonce)
        await lane.presigned.prepare(lane.next, moment.block)
      }
    },
    onRetraction: (retraction) => {
      head = retraction.head
      const gone = new Set(retraction.dropped.map((block) => block.hash))
      for (const one of wanted.values()) {
        if (!one.receipt || !gone.has(one.receipt.block.hash)) continue
        one.receipt = undefined
        tell(one, { kind: 'lost', why: 'a reorg took the block of its receipt back' })
      }
    },
    settled: async () => {
      let seen: Promise<unknown>
      do {
        seen = work
        await seen
      } while (seen !== work)
    },
  }
}

/** The newest intent of each call: earlier ones belong to pulls that are over. */
function latestPull(intents: readonly Intent[]): Intent[] {
  const byCall = new Map<number, Intent>()
  for (const intent of intents) byCall.set(intent.call, intent)
  return [...byCall.values()]
}

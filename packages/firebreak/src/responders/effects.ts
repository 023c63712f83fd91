// Turns a wanted brake into effects: a nonce, fees within the cap, a signature, the durable intent, and the bytes out.
import type { Attempt, Desire, Intent } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { NewEntry } from '../model/journal.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Node } from '../stages.ts'
import { capWei, feesFor, outdoing, tipAbove, type Fees } from './fees.ts'
import { freeNonces, outbidding, spend, type Lane } from './lane.ts'
import type { Signed } from './presigned.ts'
import { lastAttempt } from './reconcile.ts'
import type { Relay } from './relay/relay.ts'
import { submitting } from './relay/submit.ts'
import { callsOf, gasNameOf, type Wanted } from './wanted.ts'

export interface EffectOptions {
  readonly plan: ResolvedPlan
  readonly chain: string
  readonly node: Pick<Node, 'send'>
  /** Writes before it returns, whatever was queued first; false when the effect must not go out, as a release without a record. */
  readonly writeDurably: (entries: readonly NewEntry[], desire: Desire) => boolean
  readonly writeLater: (entries: readonly NewEntry[]) => void
  /** False for a brake that people have disarmed: then nothing of it is sent, again or for the first time. */
  readonly mayAct: (brake: string) => boolean
  readonly onTrouble: (what: string) => void
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly gasOf: (brake: string, call: number) => bigint
  /** Dollars per whole coin, where the plan prices it. */
  readonly coinPrice: () => bigint | undefined
  /** Who takes transactions without showing them around, where the plan names one. */
  readonly relay?: Relay | undefined
}

interface Surroundings {
  readonly head: () => BlockRef | undefined
  /** Effects of everything that is wanted: their nonces are taken. */
  readonly live: () => readonly Intent[]
  readonly isWanted: (one: Wanted) => boolean
  /** Whether these bytes are still what we want to be mined. */
  readonly isCurrent: (intent: Intent, attempt: Attempt) => boolean
  readonly desireOf: (intent: Intent) => Desire | undefined
  /** Its signer could not be had, or would not: who else may do it is looked for, and then it is tried again. */
  readonly onUnsigned: (one: Wanted, error: unknown) => Promise<void>
}

export interface Effects {
  /** These calls with fresh intents: at once where they are signed ahead. */
  readonly send: (one: Wanted, lane: Lane, calls: readonly number[]) => void | Promise<void>
  /** The same bytes again, and a better-paid form of them. */
  readonly push: (one: Wanted, lane: Lane, intents: readonly Intent[]) => Promise<void>
  readonly resend: (intents: readonly Intent[], reminder?: boolean) => void
  /** Whether the key's balance and the plan's bounds allow it at all, without any tip. */
  readonly canPay: (one: Wanted, lane: Lane) => boolean
  readonly settled: () => Promise<void>
}

export function effects(options: EffectOptions & Surroundings): Effects {
  const { plan } = options
  let work: Promise<unknown> = Promise.resolve()

  const submit = submitting({
    ...options,
    relay: options.relay,
    current: options.isCurrent,
    isQuiet: (intent) => options.desireOf(intent)?.quietly === true,
    isUrgent: (intent) => options.desireOf(intent)?.does !== 'undo',
  })

  /** Everything after the durable write happens without waiting for anything else. */
  const resend = (intents: readonly Intent[], reminder = false): void => {
    work = Promise.all([work, submit(intents, reminder)])
  }

  const capFor = (one: Wanted, lane: Lane): bigint =>
    capWei(one.desire.saves, plan.bounds.feeShareBps, options.coinPrice(), lane.balance, plan.bounds.feeReserveWei)

  /** Fees within the cap; below the cap's reach the most that it allows. */
  const within = (fees: Fees, cap: bigint, gas: bigint, head: BlockRef): Fees | undefined => {
    if (fees.maxFee * gas <= cap) return fees
    const most = gas > 0n ? cap / gas : 0n
    if (most <= head.baseFee) return undefined
    return { maxFee: most, maxTip: fees.maxTip < most - head.baseFee ? fees.maxTip : most - head.baseFee }
  }

  /** A veto was measured when it was tried; everything else by the last readiness check. */
  const gasFor = (one: Wanted, call: number): bigint =>
    (one.outer === undefined ? one.desire.stop?.gas : undefined) ?? options.gasOf(gasNameOf(one), call)

  const intentEntry = (intent: Intent): NewEntry => ({
    kind: 'intent',
    at: options.now(),
    body: { ...intent, outer: intent.outer && { ...intent.outer }, attempts: intent.attempts.map((attempt) => ({ ...attempt })) },
  })

  const send = (one: Wanted, lane: Lane, calls: readonly number[]): void | Promise<void> => {
    const at = options.head()
    if (!at) return
    const tip = tipAbove(one.desire.tipToBeat)
    const nonces = freeNonces(lane, options.live(), calls.length)
    const nonceOf = (i: number): bigint => nonces[i] ?? lane.nonce
    const cap = capFor(one, lane) / BigInt(calls.length)
    const complete = (signed: readonly Signed[]): void => {
      // Nobody wants it any more, or somebody else got there, or disarmed it, while it was signed.
      if (!options.isWanted(one) || !options.mayAct(one.brake.name)) return
      const intents = signed.map((form, i): Intent => {
        const call = calls[i] ?? 0
        const outer = one.outer?.calls[call]
        return {
          // With the key in it: another one may take over at a nonce that this one has, too.
          id: `${one.desire.id}#${one.pulls}.${call}.${form.nonce}.${lane.signer.address.slice(2, 10)}`,
          desire: one.desire.id,
          brake: one.brake.name,
          call,
          ...(outer && { outer: { ...outer, completes: one.outer?.completes === true } }),
          chain: options.chain,
          key: lane.signer.address,
          nonce: form.nonce,
          attempts: [{ hash: form.hash, maxFee: form.maxFee, maxTip: form.maxTip, raw: form.raw }],
          ...(options.relay && one.desire.quietly ? { publicFrom: at.number + BigInt(options.relay.publicAfter) } : {}),
        }
      })
      if (!options.writeDurably(intents.map(intentEntry), one.desire)) return
      const replaced = new Set(intents.map((intent) => intent.call))
      one.intents = [...one.intents.filter((intent) => !replaced.has(intent.call)), ...intents]
      for (const intent of intents) spend(lane, intent)
      resend(intents)
    }
    const fitting = calls.flatMap((call, i) => {
      // Only brakes are signed ahead: whatever gives freedom back is signed when people ask for it.
      const form = one.desire.does === 'undo' || one.outer ? undefined : lane.presigned.take(one.brake.name, call, nonceOf(i), tip, at)
      const dear = form !== undefined && form.maxFee * options.gasOf(one.brake.name, call) > cap
      return !form || dear || form.maxFee <= one.desire.feeToBeat || lane.spent.has(form.nonce) ? [] : [form]
    })
    if (fitting.length === calls.length) return complete(fitting)
    let unsigned: unknown
    one.signing = true
    for (const nonce of nonces) lane.reserved.add(nonce)
    return signNow(one, lane, at, calls, nonces, tip, cap)
      .then(
        (signed) => (signed ? complete(signed) : undefined),
        (error: unknown) => void (unsigned = error),
      )
      .finally(() => {
        one.signing = false
        for (const nonce of nonces) lane.reserved.delete(nonce)
      })
      .then(() => (unsigned === undefined ? undefined : options.onUnsigned(one, unsigned)))
  }

  const signNow = async (
    one: Wanted,
    lane: Lane,
    head: BlockRef,
    calls: readonly number[],
    nonces: readonly bigint[],
    tip: bigint,
    cap: bigint,
  ): Promise<readonly Signed[] | undefined> => {
    const signed: Signed[] = []
    for (const [i, index] of calls.entries()) {
      const call = callsOf(one)[index]
      const nonce = nonces[i] ?? lane.nonce
      const gas = gasFor(one, index)
      const fees = within(outbidding(lane, nonce, feesFor(tip, head, one.desire.feeToBeat), head), cap, gas, head)
      if (!call || !fees) {
        options.onTrouble(
          `${one.brake.name} cannot be paid for: the key ${lane.signer.address} holds ${lane.balance} wei and may spend ${cap} of them on this; send it coins`,
        )
        return undefined
      }
      signed.push({ ...(await lane.signer.sign({ to: call.to, data: call.data, nonce, gas, ...fees })), ...fees, nonce })
    }
    return signed
  }

  /** The same bytes again, and a better-paid form of them when a block went by without it. */
  /** One at a time: two replacements of one form would each forget the other's bytes. */
  const push = async (one: Wanted, lane: Lane, intents: readonly Intent[]): Promise<void> => {
    const head = options.head()
    if (!head || one.signing) return
    one.signing = true
    try {
      await raise(one, lane, intents, head)
    } finally {
      one.signing = false
    }
  }

  const raise = async (one: Wanted, lane: Lane, intents: readonly Intent[], head: BlockRef): Promise<void> => {
    const raised: Intent[] = []
    for (const intent of intents) {
      const last = lastAttempt(intent)
      const call = intent.outer ?? callsOf(one)[intent.call]
      // What another key sent is that key's to raise.
      if (!last || !call || intent.key !== lane.signer.address) continue
      const gas = gasFor(one, intent.call)
      const fees = outdoing(last, head, one.desire.tipToBeat, one.desire.feeToBeat)
      if (fees.maxFee * gas > capFor(one, lane) / BigInt(callsOf(one).length || 1)) {
        options.onTrouble(`${one.brake.name} waits: outbidding its last form would cost more than the plan and the key allow`)
        continue
      }
      try {
        const signed = await lane.signer.sign({ to: call.to, data: call.data, nonce: intent.nonce, gas, ...fees })
        raised.push({ ...intent, attempts: [...intent.attempts, { ...signed, ...fees }] })
      } catch (error) {
        options.onTrouble(`${one.brake.name} stays as it is: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    const byId = new Map(raised.map((intent) => [intent.id, intent]))
    if (!options.isWanted(one) || !options.mayAct(one.brake.name)) return
    resend(intents)
    if (raised.length === 0 || !options.writeDurably(raised.map(intentEntry), one.desire)) return
    one.intents = one.intents.map((intent) => byId.get(intent.id) ?? intent)
    for (const intent of raised) spend(lane, intent)
    resend(raised)
  }

  return {
    send: (one, lane, calls) => {
      // Sending adds to `work` itself, so it comes first.
      const sending = send(one, lane, calls)
      work = Promise.all([work, sending])
      return sending
    },
    push,
    resend,
    canPay: (one, lane) => {
      const head = options.head()
      const gas = callsOf(one).reduce((sum, _, i) => sum + gasFor(one, i), 0n)
      return head === undefined || gas * (head.baseFee + 1n) <= capFor(one, lane)
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

// Brakes signed before they are needed: one form per call and rung of the fee ladder, for the next nonce, in memory only.
import type { Brake } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import { RetryableError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import type { Signer } from './authorities/key.ts'
import { feesFor, ladder, type Fees } from './fees.ts'

export interface Signed extends Fees {
  readonly raw: Hex
  readonly hash: Hex
  readonly nonce: bigint
}

export interface Presigned {
  /** A form for exactly this nonce and at least this tip whose fee still clears the base fee with room. */
  readonly take: (brake: string, call: number, nonce: bigint, tip: bigint, head: BlockRef) => Signed | undefined
  /** Signs what is missing for this nonce; returns when done or when a newer call replaced it. */
  readonly prepare: (nonce: bigint, head: BlockRef) => Promise<void>
}

export function presigned(
  brakes: readonly Brake[],
  signer: Signer,
  gasOf: (brake: string, call: number) => bigint,
  balance: () => bigint,
): Presigned {
  let forms = new Map<string, Signed>()
  let turn = 0
  let prepared: Target | undefined
  let working: { readonly target: Target; readonly done: Promise<void> } | undefined
  const keyOf = (brake: string, call: number, tip: bigint): string => `${brake}|${call}|${tip}`

  const signAll = async ({ nonce, head }: Target): Promise<void> => {
    const mine = ++turn
    const next = new Map<string, Signed>()
    /** What its signer will not sign at one price it will not sign at another. */
    const refused = new Map<string, unknown>()
    // One price after the other, so that every brake has some form as soon as can be.
    const all = ladder.flatMap((tip) => brakes.flatMap((brake) => brake.calls.map((call, i) => ({ tip, brake, call, i }))))
    const signOne = async ({ tip, brake, call, i }: (typeof all)[number]): Promise<void> => {
      const fees = feesFor(tip, head)
      const gas = gasOf(brake.name, i)
      const at = nonce + BigInt(i)
      if (fees.maxFee * gas > balance() || refused.has(keyOf(brake.name, i, 0n)) || mine !== turn) return
      try {
        const form = { ...(await signer.sign({ to: call.to, data: call.data, nonce: at, gas, ...fees })), ...fees, nonce: at }
        if (mine !== turn) return
        next.set(keyOf(brake.name, i, tip), form)
        forms.set(keyOf(brake.name, i, tip), form)
      } catch (error) {
        if (error instanceof RetryableError) throw error
        refused.set(keyOf(brake.name, i, 0n), error)
      }
    }
    const atOnce = signer.elsewhere ? 4 : 1
    for (let from = 0; from < all.length && mine === turn; from += atOnce) await Promise.all(all.slice(from, from + atOnce).map(signOne))
    if (mine !== turn) return
    forms = next
    const [first] = refused.values()
    if (first !== undefined) throw first
  }

  return {
    take: (brake, call, nonce, tip, head) => {
      const form = forms.get(keyOf(brake, call, tip))
      const clears = form && form.maxFee >= (head.baseFee * 5n) / 4n + form.maxTip
      return form?.nonce === nonce && clears ? form : undefined
    },
    prepare: async (nonce, head) => {
      const gas = brakes.map((brake) => brake.calls.map((_, i) => gasOf(brake.name, i)).join('+')).join(',')
      const target: Target = { nonce, head, gas }
      if (prepared && isFor(prepared, target)) return undefined
      // A signer that takes longer than a block is not made to begin again with each.
      if (working && isFor(working.target, target)) return working.done
      const done = signAll(target).then(() => {
        if (working?.target === target) prepared = target
      })
      working = { target, done }
      prepared = undefined
      try {
        await done
      } finally {
        if (working.target === target) working = undefined
      }
    },
  }
}

interface Target {
  readonly nonce: bigint
  readonly head: BlockRef
  readonly gas: string
}

/** The ladder leaves room for a base fee that doubles; it is signed anew only when half of the room is gone. */
const isFor = (made: Target, { nonce, head, gas }: Target): boolean =>
  made.nonce === nonce && made.gas === gas && head.baseFee <= (made.head.baseFee * 3n) / 2n && head.baseFee >= made.head.baseFee / 4n

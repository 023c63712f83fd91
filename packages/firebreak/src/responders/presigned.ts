// Brakes signed before they are needed: one form per call and rung of the fee ladder, for the next nonce, in memory only.
import type { Brake } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
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
  let prepared: { readonly nonce: bigint; readonly baseFee: bigint; readonly gas: string } | undefined
  const keyOf = (brake: string, call: number, tip: bigint): string => `${brake}|${call}|${tip}`

  return {
    take: (brake, call, nonce, tip, head) => {
      const form = forms.get(keyOf(brake, call, tip))
      const clears = form && form.maxFee >= (head.baseFee * 5n) / 4n + form.maxTip
      return form?.nonce === nonce && clears ? form : undefined
    },
    prepare: async (nonce, head) => {
      // The ladder leaves room for a base fee that doubles; it is signed anew only when half of the room is gone.
      const gasNow = brakes.map((brake) => brake.calls.map((_, i) => gasOf(brake.name, i)).join('+')).join(',')
      const stale =
        !prepared ||
        prepared.nonce !== nonce ||
        prepared.gas !== gasNow ||
        head.baseFee > (prepared.baseFee * 3n) / 2n ||
        head.baseFee < prepared.baseFee / 4n
      if (!stale) return
      const mine = ++turn
      const next = new Map<string, Signed>()
      for (const brake of brakes)
        for (const [i, call] of brake.calls.entries())
          for (const tip of ladder) {
            const fees = feesFor(tip, head)
            const gas = gasOf(brake.name, i)
            if (fees.maxFee * gas > balance()) continue
            const at = nonce + BigInt(i)
            const signed = await signer.sign({ to: call.to, data: call.data, nonce: at, gas, ...fees })
            if (mine !== turn) return
            next.set(keyOf(brake.name, i, tip), { ...signed, ...fees, nonce: at })
          }
      forms = next
      prepared = { nonce, baseFee: head.baseFee, gas: gasNow }
    },
  }
}

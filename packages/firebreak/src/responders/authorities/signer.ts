// A signer that is not this process: its answers are checked, its silence is backed off from, and what it takes is measured.
import { RetryableError } from '../../model/errors.ts'
import type { Address } from '../../model/hex.ts'
import type { Signer, Unsigned } from './key.ts'
import type { SignedBytes } from './signer-check.ts'

/** Asks whoever holds the key, and gives back only what has been checked. */
export interface Holder {
  /** Whose key it is, as far as it can say so without signing; throws when it is not the plan's. */
  readonly introduce: () => Promise<void>
  /** `NotReached` when it is away, anything else when it answered and that is of no use. */
  readonly sign: (unsigned: Unsigned) => Promise<SignedBytes>
}

/** Away, and not asked again for the moment. */
export class SignerAway extends RetryableError {
  override readonly name: string = 'SignerAway'
}

export interface GuardOptions {
  readonly authority: string
  readonly address: Address
  readonly now: () => number
  readonly onTrouble: (what: string) => void
  /** What the trial at the start took. */
  readonly tookMs?: number
}

const firstBackOffMs = 250
const mostBackOffMs = 8_000

export function guarded(holder: Holder, { authority, address, now, onTrouble, tookMs }: GuardOptions): Signer {
  let away: { readonly why: string; readonly tries: number; readonly until: number } | undefined
  let took = tookMs
  /** What it refuses is said once, and not for every form that is signed ahead. */
  let told: string | undefined

  const failed = (error: unknown): Error => {
    const why = error instanceof Error ? error.message : String(error)
    if (!(error instanceof RetryableError)) {
      if (told !== why) onTrouble(`the signer of ${authority} is of no use: ${why}`)
      told = why
      return error instanceof Error ? error : new Error(why)
    }
    // Requests that were under way together fail together, and count once.
    if (!away || now() >= away.until) {
      const tries = (away?.tries ?? 0) + 1
      if (away?.why !== why) onTrouble(`the signer of ${authority} ${why}; it is asked again`)
      away = { why, tries, until: now() + Math.min(firstBackOffMs * 2 ** (tries - 1), mostBackOffMs) }
    }
    return new SignerAway(`the signer of ${authority} ${why}`)
  }

  return {
    address,
    sign: async (unsigned) => {
      if (away && now() < away.until) throw new SignerAway(`the signer of ${authority} ${away.why}`)
      const began = now()
      try {
        const signed = await holder.sign(unsigned)
        took = now() - began
        if (away) onTrouble(`the signer of ${authority} answers again`)
        away = undefined
        told = undefined
        return signed
      } catch (error) {
        throw failed(error)
      }
    },
    elsewhere: { failing: () => away?.why, takesMs: () => took },
  }
}

/** A transaction like those that it will be asked for, and that no chain can ever include: its nonce is out of reach, its fee is one wei. */
export const trialOf = (call: Pick<Unsigned, 'to' | 'data'>): Unsigned => ({
  to: call.to,
  data: call.data,
  nonce: BigInt(Number.MAX_SAFE_INTEGER),
  gas: 500_000n,
  maxFee: 1n,
  maxTip: 1n,
})

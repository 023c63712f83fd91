// One key on one chain: whose turn each nonce is, what it may spend, and the forms that are signed ahead.
import type { Attempt, Intent } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Signer } from './authorities/key.ts'
import { bumped, type Fees } from './fees.ts'
import type { Presigned } from './presigned.ts'

export interface Lane {
  readonly signer: Signer
  readonly presigned: Presigned
  balance: bigint
  /** What the chain says is next. */
  nonce: bigint
  /** Nonces that are being signed for at this moment. */
  readonly reserved: Set<bigint>
  /** The last form of ours that a node may still have, by nonce: whatever takes that nonce has to outbid it. */
  readonly spent: Map<bigint, Attempt>
}

export function laneOf(
  signer: Signer,
  presigned: Presigned,
  account: { readonly nonce: bigint; readonly balance: bigint },
  past: readonly Intent[],
): Lane {
  const lane: Lane = { signer, presigned, balance: account.balance, nonce: account.nonce, reserved: new Set(), spent: new Map() }
  for (const intent of past) if (intent.key === signer.address) spend(lane, intent)
  return lane
}

export function spend(lane: Lane, intent: Intent): void {
  const last = intent.attempts.at(-1)
  if (last && intent.nonce >= lane.nonce) lane.spent.set(intent.nonce, last)
}

/** The chain moved on: what is below its nonce is decided. A reorg may take the nonce back, so it is set and not raised. */
export function settleAt(lane: Lane, account: { readonly nonce: bigint; readonly balance: bigint }): void {
  lane.balance = account.balance
  lane.nonce = account.nonce
}

/**
 * The lowest nonces that no live intent holds. Counting on from the last one that was ever signed would leave a gap where an
 * effect was given up, and behind a gap nothing is ever mined.
 */
export function freeNonces(lane: Lane, live: readonly Intent[], count: number): readonly bigint[] {
  const held = new Set(live.filter((intent) => intent.key === lane.signer.address).map((intent) => intent.nonce))
  const free: bigint[] = []
  for (let nonce = lane.nonce; free.length < count; nonce++) if (!held.has(nonce) && !lane.reserved.has(nonce)) free.push(nonce)
  return free
}

/** The least that a form at this nonce has to pay: nodes refuse a replacement that does not raise both fees. */
export function outbidding(lane: Lane, nonce: bigint, fees: Fees, head: BlockRef): Fees {
  const before = lane.spent.get(nonce)
  if (!before) return fees
  const least = bumped(before, head)
  return {
    maxFee: fees.maxFee > least.maxFee ? fees.maxFee : least.maxFee,
    maxTip: fees.maxTip > least.maxTip ? fees.maxTip : least.maxTip,
  }
}

/** Signs what may be needed next. Nobody waits for a signer elsewhere: it may be slow or away, and says so itself. */
export async function signAhead(lanes: Iterable<Lane>, live: readonly Intent[], head: BlockRef): Promise<void> {
  for (const lane of lanes) {
    const work = lane.presigned.prepare(freeNonces(lane, live, 1)[0] ?? lane.nonce, head)
    if (lane.signer.elsewhere) work.catch(() => undefined)
    else await work
  }
}

/** Effects that no block has decided yet, as far as their key is still one of ours. */
export const undecided = (lanes: Iterable<Lane>, intents: readonly Intent[]): readonly Intent[] => {
  const nonces = new Map([...lanes].map((lane) => [lane.signer.address, lane.nonce]))
  return intents.filter((intent) => intent.nonce >= (nonces.get(intent.key) ?? intent.nonce + 1n))
}

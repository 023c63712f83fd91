// What to do next about one desire, from what the chain says. Pure: crash, restart, a colleague who was first and a replaced transaction are all the same question.
import type { Attempt, Intent } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { Mined } from '../stages.ts'

export interface View {
  readonly status: 'wanted' | 'holding'
  /** Undefined when the read failed: then nothing is concluded from it. */
  readonly holds: boolean | undefined
  /** How many calls the brake has; each is an effect of its own. */
  readonly calls: number
  /** Where all this was read. */
  readonly block: { readonly number: bigint; readonly hash: Hex }
  /** Effects of the present pull, in the order of the calls. */
  readonly intents: readonly Intent[]
  readonly mined: ReadonlyMap<Hex, Mined>
  /** The key's nonce on the canonical chain. */
  readonly nonce: bigint
  /** Nonces of all the key's effects that somebody still wants, these included. */
  readonly held: ReadonlySet<bigint>
  readonly pulls: number
  readonly atMostPulls: number
}

export type Next =
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'done'; readonly tx: Hex | undefined }
  | { readonly kind: 'released' }
  /** Send these calls with fresh intents; `again` starts another pull. */
  | { readonly kind: 'send'; readonly calls: readonly number[]; readonly again: boolean; readonly reverted?: boolean }
  /** The same bytes once more, or a replacement at the same nonce. */
  | { readonly kind: 'push'; readonly intents: readonly Intent[] }
  | { readonly kind: 'exhausted'; readonly why: string; readonly reverted: boolean }

const minedAttempt = (intent: Intent, mined: View['mined']): Mined | undefined => {
  for (const attempt of intent.attempts) {
    const found = mined.get(attempt.hash)
    if (found) return found
  }
  return undefined
}

export const isLater = (effect: Mined['block'] | undefined, read: View['block']): boolean =>
  effect !== undefined && (effect.number > read.number || (effect.number === read.number && effect.hash !== read.hash))

/** A reorg may free a nonce before ours that nobody fills again; behind it nothing is ever mined. */
function behindGap(view: View, nonce: bigint): boolean {
  for (let before = view.nonce; before < nonce; before++) if (!view.held.has(before)) return true
  return false
}

export function reconcile(view: View): Next {
  const fate = view.intents.map((intent) => ({ intent, mined: minedAttempt(intent, view.mined) }))
  if (view.holds === true) {
    if (view.status === 'holding') return { kind: 'wait', why: 'it holds' }
    return { kind: 'done', tx: fate.findLast((one) => one.mined?.ok)?.mined?.tx }
  }
  const waiting = fate.filter((one) => !one.mined && one.intent.nonce >= view.nonce).map((one) => one.intent)
  if (view.holds === undefined) {
    // Nothing is concluded from a read that failed; what is on its way stays on its way, or making the read fail would stop us.
    return view.status === 'wanted' && waiting.length > 0 ? { kind: 'push', intents: waiting } : { kind: 'wait', why: 'the read failed' }
  }
  // The node is ahead of us: the read is older than the effect, and says nothing about it.
  if (fate.some(({ mined }) => mined && isLater(mined.block, view.block)))
    return { kind: 'wait', why: 'its effect is in a block that we have not read yet' }
  // A reorg would have taken the receipt back before we get here: someone else let go.
  if (view.status === 'holding') return { kind: 'released' }
  if (fate.length === 0) return { kind: 'send', calls: [...Array(view.calls).keys()], again: false }
  const stuck = waiting.filter((intent) => behindGap(view, intent.nonce))
  if (stuck.length > 0) return { kind: 'send', calls: stuck.map((intent) => intent.call), again: false }
  if (waiting.length > 0) return { kind: 'push', intents: waiting }
  // Everything is decided on the chain and the brake does not hold.
  const taken = fate.filter((one) => !one.mined).map((one) => one.intent.call)
  if (taken.length > 0) return { kind: 'send', calls: taken, again: false }
  const failed = fate.some((one) => one.mined && !one.mined.ok)
  if (view.pulls >= view.atMostPulls) {
    return {
      kind: 'exhausted',
      reverted: failed,
      why: failed ? `its call reverted ${view.pulls} times` : `it was pulled ${view.pulls} times and does not hold`,
    }
  }
  return { kind: 'send', calls: [...Array(view.calls).keys()], again: true, ...(failed ? { reverted: true } : {}) }
}

export const lastAttempt = (intent: Intent): Attempt | undefined => intent.attempts.at(-1)

// What a call tree says about allowances: which spender moved whose tokens, and whether the owner had a hand in it.
import type { CallFrame } from '../model/chain.ts'
import type { Address } from '../model/hex.ts'

/** Tokens that a spender took from an owner by an allowance. */
export interface Pull {
  readonly spender: Address
  readonly token: Address
  /** In lowercase, as calldata has it. */
  readonly owner: Address
  readonly amount: bigint
}

const transferFrom = '0x23b872dd'
/** Permit2, at the same address on every chain: a router may hold its allowances there instead of at the token. */
const permit2: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3'
/** Its transferFrom, single and in a batch: by a standing allowance. Its other functions carry the owner's signature for just this. */
const byAllowance = new Set(['0x36c78516', '0x0d58b1db'])
const inputLength = 2 + 8 + 3 * 64

/**
 * Pulls of `tokens` by `spenders`, but those in which the owner itself called: it stands above the pull in the tree,
 * as the sender, or as the wallet that the sender went through.
 */
export function pullsIn(frames: readonly CallFrame[], spenders: ReadonlySet<Address>, tokens: ReadonlySet<Address>): readonly Pull[] {
  const pulls: Pull[] = []
  // The frames above the one that is looked at, by depth.
  const above: CallFrame[] = []
  let failedAt = Infinity
  for (const frame of frames) {
    above.length = frame.depth
    above.push(frame)
    if (frame.depth <= failedAt) failedAt = frame.failed ? frame.depth : Infinity
    // What a failed frame did, and all below it, never happened.
    if (frame.depth >= failedAt || frame.kind !== 'call' || frame.selector !== transferFrom) continue
    const { to: token, input = '0x' } = frame
    if (!token || !tokens.has(token) || input.length < inputLength) continue
    const spender = spenderOf(frame, above, spenders)
    if (!spender) continue
    const owner: Address = `0x${input.slice(34, 74).toLowerCase()}`
    if (owner === spender.toLowerCase() || above.some((one) => one.from.toLowerCase() === owner)) continue
    pulls.push({ spender, token, owner, amount: BigInt(`0x${input.slice(138, 202)}`) })
  }
  return pulls
}

function spenderOf(frame: CallFrame, above: readonly CallFrame[], spenders: ReadonlySet<Address>): Address | undefined {
  if (spenders.has(frame.from)) return frame.from
  if (frame.from !== permit2) return undefined
  const asked = above.findLast((one) => one.to === permit2 && one.kind === 'call')
  return asked && spenders.has(asked.from) && byAllowance.has(asked.selector) ? asked.from : undefined
}

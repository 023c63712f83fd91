// Finds, in one transaction's call tree, where a contract is entered again while it is on the stack, through a stranger.
import type { CallFrame } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { callbackOf } from './callbacks.ts'
import type { Callback } from './callbacks.ts'

export interface Surroundings {
  readonly into: ReadonlySet<Address>
  /** Whether a contract is nobody's that the plan knows: only through such a one is an entry a re-entry. */
  readonly isForeign: (address: Address) => boolean
  /** Whether a function only looks, whatever kind of call it is called by. */
  readonly isView: (contract: Address, selector: Hex) => boolean
  /** Functions that are meant to be called from within a callback. */
  readonly mayBeEntered: (selector: Hex) => boolean
}

export interface Reentry {
  /** The contract that was entered, and the one that was busy: the same, but for `cross`. */
  readonly contract: Address
  readonly busy: Address
  /**
   * `same`: a function that may change state; `cross`: the same of another watched contract;
   * `readByKnown`: a view, asked by a contract that the plan knows; `readByStranger`: a view, asked by anybody else.
   */
  readonly kind: 'same' | 'cross' | 'readByKnown' | 'readByStranger'
  readonly entered: Hex
  /** The function that was under way. */
  readonly during: Hex
  /** The last stranger before the entry. */
  readonly through: Address
  /** A callback that a standard knows, and that was made on the way. */
  readonly callback: Callback | undefined
  /** The busy contract itself made that callback for a loan or a swap: it expects to be called before it goes on. */
  readonly invited: boolean
}

/** More re-entries of one transaction say nothing more; an attacker can make hundreds of thousands. */
const most = 64

interface Level {
  readonly frame: CallFrame
  /** Whose storage it works on: a delegate call works on its caller's. */
  readonly context: Address | undefined
  readonly failed: boolean
  /** Within a static call nothing can change. */
  readonly looks: boolean
  /** The nearest level at or above this one that is a stranger's; -1 when there is none. */
  readonly stranger: number
}

/** In execution order; calls that failed, and all that was within them, have not happened. */
export function reentriesIn(frames: readonly CallFrame[], around: Surroundings): readonly Reentry[] {
  const found: Reentry[] = []
  const stack: Level[] = []
  /** Levels on which a watched contract is at work and may be halfway through a change, outermost first. */
  const busy = new Map<Address, number[]>()
  const all: number[] = []

  for (const frame of frames) {
    if (found.length >= most) break
    while (stack.length > frame.depth) {
      const left = stack.pop()?.context
      const levels = left && busy.get(left)
      if (levels?.at(-1) === stack.length) levels.pop()
      if (all.at(-1) === stack.length) all.pop()
    }
    const above = stack.at(-1)
    const depth = stack.length
    const delegated = frame.kind === 'delegatecall' || frame.kind === 'callcode'
    const context = delegated ? above?.context : frame.to
    const failed = frame.failed || (above?.failed ?? false)
    const looks = frame.kind === 'staticcall' || (above?.looks ?? false)
    const entering = frame.kind === 'call' || frame.kind === 'staticcall'

    if (entering && !failed && frame.to && above && around.into.has(frame.to)) {
      const before = busy.get(frame.to)?.at(-1) ?? all.at(-1) ?? -1
      if (before >= 0 && above.stranger > before) {
        const reentry = describe(frame, looks, stack, before, around)
        if (reentry) found.push(reentry)
      }
    }
    stack.push({ frame, context, failed, looks, stranger: context && !around.isForeign(context) ? (above?.stranger ?? -1) : depth })
    if (context && !looks && !failed && around.into.has(context)) {
      const levels = busy.get(context)
      if (levels) levels.push(depth)
      else busy.set(context, [depth])
      all.push(depth)
    }
  }
  return found
}

function describe(frame: CallFrame, looks: boolean, stack: readonly Level[], before: number, around: Surroundings): Reentry | undefined {
  const [during, first, caller] = [stack[before], stack[before + 1], stack.at(-1)]
  const contract = frame.to
  const busy = during?.context
  const through = caller && stack[caller.stranger]?.context
  if (!contract || !busy || !during || !first || !caller || !through) return undefined
  // Coins that come back, as from a wrapped coin, run no function that anybody chose.
  if (frame.selector.length < 10 || around.mayBeEntered(frame.selector)) return undefined
  // Whom it called calls it back as a standard says: this is how it pays for its own swap, or receives what it asked for.
  if (callbackOf(frame.selector) && first === caller) return undefined

  const between = stack.slice(before + 1, before + 1 + most)
  const callback = callbackOf(first.frame.selector) ?? between.map((level) => callbackOf(level.frame.selector)).find(Boolean)
  const invited = callbackOf(first.frame.selector)?.kind === 'loan' || callbackOf(first.frame.selector)?.kind === 'swap'
  const reads = looks || around.isView(contract, frame.selector)
  // What another watched contract answers is true even while this one is busy, unless it asks this one: then that is the entry.
  if (reads && busy !== contract) return undefined
  const asked = caller.context && !around.isForeign(caller.context)
  return {
    contract,
    busy,
    kind: reads ? (asked ? 'readByKnown' : 'readByStranger') : busy === contract ? 'same' : 'cross',
    entered: frame.selector,
    during: during.frame.selector,
    through,
    callback,
    invited,
  }
}

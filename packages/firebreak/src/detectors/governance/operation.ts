// One operation of governance as the detector remembers it: a proposal, or calls that a timelock or an access manager holds back.
import { concatHex, keccak256, toFunctionSelector, toHex } from 'viem'
import type { Address, Hex } from '../../model/hex.ts'

interface Common {
  /** The contract's own id: a number for proposals, 32 bytes otherwise. */
  readonly id: string
  /** Who brought it up; unknown where the contract does not say. */
  readonly by: Address | undefined
  readonly tx: Hex
  readonly calls: readonly { readonly to: Address; readonly value: bigint; readonly data: Hex }[]
  /** How many calls there are: those of an operation that is too large are not kept. */
  readonly count: number
  /** Seconds, by the block's clock. */
  readonly seenAt: bigint
  readonly over: { readonly how: 'executed' | 'stopped'; readonly block: bigint } | undefined
  /** How far it has come, by its contract's own count: part of what makes it worth trying again. */
  readonly status: bigint | undefined
}

export interface ProposalOperation extends Common {
  readonly kind: 'proposal'
  /** The block, or the second, of the last vote. */
  readonly voteEnd: bigint
  readonly eta: bigint | undefined
  readonly descriptionHash: Hex
  /** Its operation in a timelock that is watched as well. */
  readonly held: Hex | undefined
}

export interface ScheduledOperation extends Common {
  readonly kind: 'scheduled'
  readonly ready: bigint
  readonly predecessor: Hex
  readonly salt: Hex
  readonly batch: boolean
}

/** One transaction in Compound's Timelock. */
export interface QueuedOperation extends Common {
  readonly kind: 'queued'
  readonly ready: bigint
  readonly signature: string
  readonly argument: Hex
}

export interface ManagedOperation extends Common {
  readonly kind: 'managed'
  readonly ready: bigint
}

export type Operation = ProposalOperation | ScheduledOperation | QueuedOperation | ManagedOperation

/** Operations that are open at once; a flood of them by whoever may propose is cut off, and said. */
export const mostOpen = 64
/** A proposal with hundreds of calls is tried; one that would fill the memory is not. */
const mostCalls = 512
const mostDigits = 400_000
/** Blocks for which an operation that is over is still read, so that whoever stopped it sees that it is. */
export const lingers = 64n

/** Without its calls when they are too many; `count` still tells how many they were. */
export function bounded<one extends Operation>(operation: one): one {
  const digits = operation.calls.reduce((sum, call) => sum + call.data.length, 0)
  return operation.calls.length > mostCalls || digits > mostDigits ? { ...operation, calls: [] } : operation
}

/** Compound's way to name a function apart from its arguments. */
export function withSignature(signature: string, data: Hex): Hex {
  if (signature === '') return data
  try {
    return concatHex([toFunctionSelector(signature), data])
  } catch {
    // The contract takes any text, and so do we: a name that is no function's.
    return concatHex([`0x${keccak256(toHex(signature)).slice(2, 10)}`, data])
  }
}

// How a plan says that a brake holds when its read is not simply true or false.
import type { Wanted } from '../model/brake.ts'
import type { Read } from '../model/call.ts'

export interface ConditionDescription {
  readonly kind: 'condition'
  readonly read: Read
  readonly wanted: Wanted
}

/** Solidity's small integers are numbers in TypeScript and large ones bigints; conditions compare both as bigints. */
type Whole = Read<bigint> | Read<number>

function whole(value: bigint | number): bigint {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : (value as bigint)
}

/** The read gives exactly this value: `is(pool.read.guardian(), '0x…')`. */
export function is<gives extends boolean | bigint | number | string>(read: Read<gives>, value: NoInfer<gives>): ConditionDescription {
  const plain: boolean | bigint | number | string = value
  return { kind: 'condition', read, wanted: { kind: 'is', value: typeof plain === 'number' ? whole(plain) : plain } }
}

/** The read gives this or less: `atMost(pool.read.borrowCap(usdc), 1n)`. */
export function atMost(read: Whole, value: bigint | number): ConditionDescription {
  return { kind: 'condition', read, wanted: { kind: 'atMost', value: whole(value) } }
}

/** The read gives this or more: `atLeast(timelock.read.delay(), 86_400n)`. */
export function atLeast(read: Whole, value: bigint | number): ConditionDescription {
  return { kind: 'condition', read, wanted: { kind: 'atLeast', value: whole(value) } }
}

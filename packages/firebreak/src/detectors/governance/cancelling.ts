// What a cancelling call cancels, taken from nothing but its bytes: whoever signs for it need not believe what anybody says of it.
import { decodeFunctionData, encodeAbiParameters, encodeFunctionData, keccak256, type Abi } from 'viem'
import type { Stop } from '../../model/forecast.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { acts, bravoActs, compoundTimelockActs, managerActs, timelockActs, viewOf } from './abi.ts'
import { withSignature } from './operation.ts'

export interface Cancelling {
  /** As a desire names it: `proposal:12`. */
  readonly operation: string
  /** The call's own function. */
  readonly abi: Abi
  /** What the operation would have done; undefined where the bytes only have its number. */
  readonly calls: readonly { readonly to: Address; readonly value: bigint; readonly data: Hex }[] | undefined
  /** The contract's own word that it is cancelled. */
  readonly holds: Stop['holds']
}

interface Call {
  readonly to: Address
  readonly data: Hex
}

/** Undefined for anything but a cancelling call of a governor, a timelock or an access manager, encoded to the letter. */
export function cancelling(call: Call): Cancelling | undefined {
  for (const read of [ofGovernor, ofBravo, ofTimelock, ofCompoundTimelock, ofManager]) {
    try {
      const found = read(call)
      if (found) return found
    } catch {
      // Another function's bytes.
    }
  }
  return undefined
}

/** Bytes that do not encode back to the same may hide something behind what can be read. */
const same = (data: Hex, again: Hex): boolean => data.toLowerCase() === again

const hash = (types: readonly string[], values: readonly unknown[]): Hex =>
  keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      values,
    ),
  )

function holdsBy(to: Address, name: Parameters<typeof viewOf>[0], id: unknown, is: bigint): Stop['holds'] {
  const data = encodeFunctionData({ abi: [viewOf(name)], functionName: name, args: [id] })
  return { key: `${to}|${data}`, to, data, label: `${name}(${String(id)})`, is }
}

/** OpenZeppelin's and Bravo's ProposalState.Canceled. */
const canceled = 2n

function ofGovernor({ to, data }: Call): Cancelling | undefined {
  const { functionName, args } = decodeFunctionData({ abi: acts, data })
  if (functionName !== 'cancel' || !same(data, encodeFunctionData({ abi: acts, functionName, args }))) return undefined
  const [targets, values, datas] = args
  const id = BigInt(hash(['address[]', 'uint256[]', 'bytes[]', 'bytes32'], args))
  return {
    operation: `proposal:${id}`,
    abi: acts,
    calls: targets.map((target, i) => ({ to: target, value: values[i] ?? 0n, data: datas[i] ?? '0x' })),
    holds: holdsBy(to, 'state', id, canceled),
  }
}

function ofBravo({ to, data }: Call): Cancelling | undefined {
  const { functionName, args } = decodeFunctionData({ abi: bravoActs, data })
  if (functionName !== 'cancel' || !same(data, encodeFunctionData({ abi: bravoActs, functionName, args }))) return undefined
  return { operation: `proposal:${args[0]}`, abi: bravoActs, calls: undefined, holds: holdsBy(to, 'state', args[0], canceled) }
}

function ofTimelock({ to, data }: Call): Cancelling | undefined {
  const { functionName, args } = decodeFunctionData({ abi: timelockActs, data })
  if (functionName !== 'cancel' || !same(data, encodeFunctionData({ abi: timelockActs, functionName, args }))) return undefined
  return { operation: `scheduled:${args[0]}`, abi: timelockActs, calls: undefined, holds: holdsBy(to, 'getTimestamp', args[0], 0n) }
}

function ofCompoundTimelock({ to, data }: Call): Cancelling | undefined {
  const { functionName, args } = decodeFunctionData({ abi: compoundTimelockActs, data })
  if (!same(data, encodeFunctionData({ abi: compoundTimelockActs, functionName, args }))) return undefined
  const [target, value, signature, argument] = args
  const id = hash(['address', 'uint256', 'string', 'bytes', 'uint256'], args)
  return {
    operation: `queued:${id}`,
    abi: compoundTimelockActs,
    calls: [{ to: target, value, data: withSignature(signature, argument) }],
    holds: holdsBy(to, 'queuedTransactions', id, 0n),
  }
}

function ofManager({ to, data }: Call): Cancelling | undefined {
  const { functionName, args } = decodeFunctionData({ abi: managerActs, data })
  if (functionName !== 'cancel' || !same(data, encodeFunctionData({ abi: managerActs, functionName, args }))) return undefined
  const [, target, inner] = args
  const id = hash(['address', 'address', 'bytes'], args)
  return {
    operation: `managed:${id}`,
    abi: managerActs,
    calls: [{ to: target, value: 0n, data: inner }],
    holds: holdsBy(to, 'getSchedule', id, 0n),
  }
}

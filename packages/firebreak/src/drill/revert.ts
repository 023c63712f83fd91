// Finds the contract's own reason in whatever shape a node reports a failed call.
import { decodeAbiParameters } from 'viem/utils'
import type { Hex } from '../model/hex.ts'

const errorString = '0x08c379a0'
const panic = '0x4e487b71'

/** Revert bytes, wherever the client put them: `data`, `error.data`, or down the chain of causes. */
function revertData(error: unknown, depth = 0): Hex | undefined {
  if (typeof error !== 'object' || error === null || depth > 6) return undefined
  const { data, error: inner, cause } = error as { readonly data?: unknown; readonly error?: unknown; readonly cause?: unknown }
  if (typeof data === 'string' && /^0x([0-9a-f]{2})*$/i.test(data)) return data as Hex
  return revertData(data, depth + 1) ?? revertData(inner, depth + 1) ?? revertData(cause, depth + 1)
}

/** The reason in words; an error of the contract's own is named by its selector. */
function reasonIn(data: Hex): string | undefined {
  try {
    if (data.startsWith(errorString)) return decodeAbiParameters([{ type: 'string' }], `0x${data.slice(10)}`)[0]
    if (data.startsWith(panic)) return `panic 0x${decodeAbiParameters([{ type: 'uint256' }], `0x${data.slice(10)}`)[0].toString(16)}`
  } catch {
    return undefined
  }
  return data.length >= 10 ? `custom error ${data.slice(0, 10)}` : undefined
}

export function revertReason(error: unknown): string {
  const data = revertData(error)
  const reason = data === undefined ? undefined : reasonIn(data)
  if (reason !== undefined) return reason
  return error instanceof Error ? error.message : String(error)
}

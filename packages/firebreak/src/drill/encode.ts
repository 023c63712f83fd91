// Calldata for calls that a scene signs itself.
import type { Abi } from 'abitype'
import { encodeFunctionData } from 'viem/utils'
import type { Hex } from '../model/hex.ts'

/** @example encodeCall(token.abi, 'transfer', [to, 1n]) */
export function encodeCall(abi: readonly unknown[], functionName: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: abi as Abi, functionName, args })
}

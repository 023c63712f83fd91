// Reads that a route needs, made from a human-readable signature: the responders' own small encoder.
import { decodeFunctionResult, encodeFunctionData, parseAbiItem, type Abi, type AbiFunction } from 'viem'
import type { Probe } from '../../model/call.ts'
import type { Address } from '../../model/hex.ts'

/** @example viewProbe<bigint>('mainnet', safe, 'function nonce() view returns (uint256)', [], 'council.nonce()') */
export function viewProbe<out>(chain: string, to: Address, signature: string, args: readonly unknown[], label: string): Probe<out> {
  const fn = parseAbiItem([signature]) as AbiFunction
  const abi: Abi = [fn]
  const data = encodeFunctionData({ abi, functionName: fn.name, args })
  const key = `${chain}:${to.toLowerCase()}:${data}`
  return {
    key,
    to,
    data,
    label,
    of: ({ answers }) => {
      const answer = answers.get(key)
      if (!answer) return { ok: false, why: 'not read at this moment' }
      if (!answer.ok || answer.data === '0x') return { ok: false, why: answer.ok ? 'it answered with nothing' : 'it reverted' }
      try {
        // The caller names the type that its own signature gives.
        return { ok: true, value: decodeFunctionResult({ abi, functionName: fn.name, data: answer.data }) as out }
      } catch {
        return { ok: false, why: 'its answer has another shape' }
      }
    },
  }
}

// Calls Compound v2 and takes its word: most of its functions report a failure in an event and return, instead of reverting.
import { encodeCall, type Actor, type Hex, type Kit } from 'firebreak'
import type { Contract } from '../shared/submit.ts'

/** keccak256('Failure(uint256,uint256,uint256)') */
const failure = '0x45b96fe442630264581b197e84bbada861235052c5a1aadfff9ea4e40a969aa0'

interface Receipt {
  readonly logs: readonly { readonly topics: readonly string[]; readonly data: string }[]
}

function isReceipt(value: unknown): value is Receipt {
  return typeof value === 'object' && value !== null && 'logs' in value && Array.isArray(value.logs)
}

/** Sends, mines, and fails where Compound reports an error code. */
export async function ask(kit: Kit, from: Actor, to: Contract, functionName: string, args: readonly unknown[]): Promise<Hex> {
  const hash = await kit.send(from, { to: to.address, data: encodeCall(to.abi, functionName, args) })
  const receipt = await kit.rpc('eth_getTransactionReceipt', [hash])
  const failed = isReceipt(receipt) ? receipt.logs.find((log) => log.topics[0] === failure) : undefined
  if (failed)
    throw new Error(
      `${functionName} was refused: error ${BigInt(failed.data.slice(0, 66))}, info ${BigInt(`0x${failed.data.slice(66, 130)}`)}`,
    )
  return hash
}

export async function number(kit: Kit, at: Contract, functionName: string, args: readonly unknown[] = []): Promise<bigint> {
  const value = await kit.read(at.address, at.abi, functionName, args)
  if (typeof value !== 'bigint') throw new Error(`${functionName} gave ${String(value)} where a number was expected`)
  return value
}

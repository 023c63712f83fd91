// `evm(…)` describes one chain in a plan; contracts are described from it.
import type { Abi } from 'abitype'
import type { Address } from '../model/hex.ts'
import type { ChainDescription, Endpoint, UrlRef } from './chain-description.ts'
import { contractAt, type Contract } from './contract.ts'

export interface ChainOptions {
  /** The chain id that the node has to report. */
  readonly id: number
  /** One endpoint in this version: `env('MAINNET_RPC')`, `file('rpc-url')`, or with its operator's name. */
  readonly rpc: UrlRef | readonly [Endpoint]
  /** Blocks after which a branch cannot come back; 64 unless given. */
  readonly finality?: number
}

export interface Chain<name extends string = string> extends ChainDescription<name> {
  /** A contract on this chain, typed by its ABI (`as const`; `firebreak init` writes such files). */
  readonly at: <const abi extends Abi>(address: Address, abi: abi) => Contract<abi, name>
}

/**
 * An EVM chain.
 * @example const mainnet = evm('mainnet', { id: 1, rpc: env('MAINNET_RPC') })
 */
export function evm<const name extends string>(name: name, options: ChainOptions): Chain<name> {
  const rpc: unknown = options?.rpc
  const endpoints: readonly Endpoint[] = Array.isArray(rpc) ? rpc : [{ url: options?.rpc as UrlRef, operator: name }]
  const home: ChainDescription<name> = { kind: 'chain', name, id: options?.id, endpoints, finality: options?.finality ?? 64 }
  return { ...home, at: (address, abi) => contractAt(home, address, abi) }
}

// `evm(…)` describes one chain in a plan; contracts are described from it.
import type { Abi } from 'abitype'
import type { Address } from '../model/hex.ts'
import type { AgreementDescription, ChainDescription, Endpoint, ProfileDescription, RelayDescription, UrlRef } from './chain-description.ts'
import { contractAt, type Contract } from './contract.ts'

export interface ChainOptions {
  /** The chain id that every endpoint has to report. */
  readonly id: number
  /** One endpoint, `env('MAINNET_RPC')` or `file('rpc-url')`, or several with their operators' names. */
  readonly rpc: UrlRef | readonly [Endpoint, ...Endpoint[]]
  /** What the word of one operator is good for; only of use with several. */
  readonly agreement?: AgreementDescription
  /** What kind of chain it is, where it is not one with a public mempool. */
  readonly profile?: ProfileDescription
  /** Against an attack that nobody saw waiting, a brake goes to it first; without one everything goes through the public mempool. */
  readonly relay?: RelayDescription
  /** Blocks after which a branch cannot come back; 64 unless given. */
  readonly finality?: number
}

export interface Chain<name extends string = string> extends ChainDescription<name> {
  /** A contract on this chain, typed by its ABI (`as const`; `firebreak init` writes such files). */
  readonly at: <const abi extends Abi>(address: Address, abi: abi) => Contract<abi, name>
}

/**
 * An EVM chain.
 * @example const mainnet = evm('mainnet', { id: 1, rpc: [{ url: env('OUR_NODE'), operator: 'ours' }, { url: env('ACME_RPC'), operator: 'acme' }] })
 */
export function evm<const name extends string>(name: name, options: ChainOptions): Chain<name> {
  const rpc: unknown = options?.rpc
  const endpoints: readonly Endpoint[] = Array.isArray(rpc) ? rpc : [{ url: options?.rpc as UrlRef, operator: name }]
  const home: ChainDescription<name> = {
    kind: 'chain',
    name,
    id: options?.id,
    endpoints,
    agreement: options?.agreement ?? {},
    profile: options?.profile ?? {},
    ...(options?.relay === undefined ? {} : { relay: options.relay }),
    finality: options?.finality ?? 64,
  }
  return { ...home, at: (address, abi) => contractAt(home, address, abi) }
}

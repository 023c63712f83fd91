// `key(…)` says who can make a call: a hot key, by its address and by where its secret is found.
import type { SecretRef } from '../model/brake.ts'
import type { Address } from '../model/hex.ts'
import type { ChainDescription } from './chain-description.ts'

export interface KeyOptions {
  readonly address: Address
  /** `keystore(path, env('PASSWORD'))`; a bare `env('KEY')` is for local use only, and `check` says so. */
  readonly signer: SecretRef
  readonly chain: ChainDescription
}

export type AuthorityDescription = KeyOptions & { readonly kind: 'key' }

/**
 * A hot key. An emergency key should do nothing else: a stuck nonce blocks what follows.
 * @example key({ address: '0x…', signer: keystore('keys/sentinel.json', env('SENTINEL_PASSWORD')), chain: mainnet })
 */
export function key(options: KeyOptions): AuthorityDescription {
  return { ...options, kind: 'key' }
}

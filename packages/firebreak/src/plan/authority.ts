// `key(…)` and `safe(…)` say who can make a call: a hot key by where its secret is found, a Safe by its address and who carries out what it signed.
import type { Duration } from '../base/units.ts'
import type { SecretRef } from '../model/brake.ts'
import type { Address } from '../model/hex.ts'
import type { ChainDescription } from './chain-description.ts'
import type { DelayedDescription } from './delayed-authority.ts'
import type { SignerDescription } from './signers.ts'

export interface KeyOptions {
  readonly address: Address
  /** `keystore(path, env('PASSWORD'))`, `remote(…)` or `awsKms(…)`; a bare `env('KEY')` is for local use only, and `check` says so. */
  readonly signer: SignerDescription
  readonly chain: ChainDescription
  /** The key that is to take its place: it may do all that this one may, and is asked when this one cannot. */
  readonly next?: { readonly address: Address; readonly signer: SignerDescription }
}

export interface SafeOptions {
  readonly address: Address
  readonly chain: ChainDescription
  /** The key of this plan that sends what the owners signed, and pays for it. Without it people carry it out. */
  readonly executor?: string
  /** A Safe transaction service: `env('SAFE_SERVICE')` holds its URL. Without it proposals are files beside the journal. */
  readonly service?: SecretRef
  /** The key that the service asks for. */
  readonly serviceKey?: SecretRef
  /** The call-only MultiSend on this chain, for brakes of several calls; the official one unless given. */
  readonly multiSend?: Address
  /** How long the owners usually take to sign; '94m' unless given, the median of the field. */
  readonly signersTake?: Duration
  /** Guard, modules and fallback handler that are meant to be there: anything else is said. */
  readonly known?: readonly Address[]
}

export type AuthorityDescription = (KeyOptions & { readonly kind: 'key' }) | (SafeOptions & { readonly kind: 'safe' }) | DelayedDescription

/**
 * A hot key. An emergency key should do nothing else: a stuck nonce blocks what follows.
 * @example key({ address: '0x…', signer: keystore('keys/sentinel.json', env('SENTINEL_PASSWORD')), chain: mainnet })
 */
export function key(options: KeyOptions): AuthorityDescription {
  return { ...options, kind: 'key' }
}

/**
 * A Safe: its owners sign, and the executor carries out what enough of them signed.
 * @example safe({ address: '0x…', chain: mainnet, executor: 'sentinel' })
 */
export function safe(options: SafeOptions): AuthorityDescription {
  return { ...options, kind: 'safe' }
}

// `remote(…)` and `awsKms(…)` say that a key lies elsewhere: what has to be signed is sent there, and never the key to us.
import type { Duration } from '../base/units.ts'
import type { EnvRef, FileRef, KeystoreRef } from './references.ts'

export interface RemoteOptions {
  readonly url: EnvRef | FileRef
  /** Sent as a bearer token. */
  readonly token?: EnvRef | FileRef
  /** Silence after which it counts as away; '3s' unless given. */
  readonly answersWithin?: Duration
}

export interface AwsKmsOptions {
  /** Id, ARN or alias of a key with the spec ECC_SECG_P256K1, for signing. */
  readonly keyId: EnvRef | FileRef
  readonly region: string
  /** For an endpoint of your own, as in a private network; AWS's for the region unless given. */
  readonly endpoint?: EnvRef | FileRef
  /** `env('AWS_ACCESS_KEY_ID')` unless given. */
  readonly accessKeyId?: EnvRef | FileRef
  /** `env('AWS_SECRET_ACCESS_KEY')` unless given. */
  readonly secretAccessKey?: EnvRef | FileRef
  /** For credentials that last for a while; a file is read again when they are refused. */
  readonly sessionToken?: EnvRef | FileRef
  /** '3s' unless given. */
  readonly answersWithin?: Duration
}

export type RemoteDescription = RemoteOptions & { readonly kind: 'remote' }
export type AwsKmsDescription = AwsKmsOptions & { readonly kind: 'awsKms' }

/** Where a key is found: here, or at a signer elsewhere. */
export type SignerDescription = EnvRef | FileRef | KeystoreRef | RemoteDescription | AwsKmsDescription

/**
 * A signer that speaks JSON-RPC: web3signer, or clef behind a node.
 * @example key({ address: '0x…', signer: remote({ url: env('SIGNER_URL') }), chain: mainnet })
 */
export function remote(options: RemoteOptions): RemoteDescription {
  return { ...options, kind: 'remote' }
}

/**
 * A key in AWS's key management service.
 * @example key({ address: '0x…', signer: awsKms({ keyId: env('KMS_KEY'), region: 'eu-central-1' }), chain: mainnet })
 */
export function awsKms(options: AwsKmsOptions): AwsKmsDescription {
  return { ...options, kind: 'awsKms' }
}

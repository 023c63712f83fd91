// References to secrets: a plan says where a secret is found, and never what it is.
import type { SecretRef } from '../model/brake.ts'

export type EnvRef = Extract<SecretRef, { kind: 'env' }>
export type FileRef = Extract<SecretRef, { kind: 'file' }>
export type KeystoreRef = Extract<SecretRef, { kind: 'keystore' }>

/** An environment variable, by name: `env('MAINNET_RPC')`. */
export function env(name: string): EnvRef {
  return { kind: 'env', name }
}

/** A file that holds nothing but the secret; a relative path starts at the plan's folder. */
export function file(path: string): FileRef {
  return { kind: 'file', path }
}

/** An encrypted key (Web3 secret storage, version 3) and where its password is found: `keystore('keys/sentinel.json', env('SENTINEL_PASSWORD'))`. */
export function keystore(path: string, password: EnvRef | FileRef): KeystoreRef {
  return { kind: 'keystore', path, password }
}

// Which of a plan's authorities are keys: they alone hold a secret, pay for gas and act without people.
import type { Authority, KeyAuthority, KmsSignerRef, RemoteSignerRef, SignerRef } from '../model/brake.ts'

export const isKey = (authority: Authority): authority is KeyAuthority => authority.kind === 'key'

export const keysOf = (authorities: readonly Authority[]): readonly KeyAuthority[] => authorities.filter(isKey)

/** Somebody else signs: there is no secret here that could be opened. */
export const isElsewhere = (signer: SignerRef): signer is RemoteSignerRef | KmsSignerRef =>
  signer.kind === 'remote' || signer.kind === 'awsKms'

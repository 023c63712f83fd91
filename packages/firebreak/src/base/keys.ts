// Which of a plan's authorities are keys: they alone hold a secret, pay for gas and act without people.
import type { Authority, KeyAuthority } from '../model/brake.ts'

export const isKey = (authority: Authority): authority is KeyAuthority => authority.kind === 'key'

export const keysOf = (authorities: readonly Authority[]): readonly KeyAuthority[] => authorities.filter(isKey)

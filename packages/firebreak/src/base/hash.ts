// SHA-256 in the form that entries, plans and recordings are named by.
import { hash } from 'node:crypto'
import type { Hex } from '../model/hex.ts'

/** Text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Hex {
  return `0x${hash('sha256', data, 'hex')}`
}

// Checksums an address once, at the edge; undefined for text that is not an address or whose checksum is wrong.
import * as OxAddress from 'ox/Address'
import type { Address } from '../model/hex.ts'

export const nowhere: Address = '0x0000000000000000000000000000000000000000'

/** All-lowercase and all-uppercase carry no checksum and are accepted; a mixed-case one has to be right. */
export function checksummed(text: unknown): Address | undefined {
  if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined
  const digits = text.slice(2)
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase()) return OxAddress.checksum(`0x${digits.toLowerCase()}`)
  return OxAddress.validate(text, { strict: true }) ? `0x${digits}` : undefined
}

// Names a call in a person's words: `market.setFrozen(USDC, true)`.
import type { AbiFunction } from 'abitype'
import { isAddress } from 'viem'
import type { Address } from '../../model/hex.ts'
import { safeText } from './safe-text.ts'

/** The plan's name of an address; the address itself, or nothing, when it has none. */
export type NameOf = (address: Address) => string | undefined

export function callLabel(to: Address, fn: AbiFunction, args: readonly unknown[], nameOf?: NameOf): string {
  return safeText(`${addressLabel(to, nameOf)}.${fn.name}(${args.map((arg) => valueLabel(arg, nameOf)).join(', ')})`)
}

export function addressLabel(address: Address, nameOf?: NameOf): string {
  const name = nameOf?.(address)
  return name === undefined || name.toLowerCase() === address.toLowerCase() ? `${address.slice(0, 6)}…${address.slice(-4)}` : name
}

function valueLabel(value: unknown, nameOf: NameOf | undefined): string {
  if (typeof value === 'string') {
    if (isAddress(value, { strict: false })) return addressLabel(value, nameOf)
    if (!value.startsWith('0x')) return JSON.stringify(value)
    return value.length > 20 ? `${value.slice(0, 10)}…${value.slice(-4)}` : value
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => valueLabel(item, nameOf)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, item]) => `${name}: ${valueLabel(item, nameOf)}`)
      .join(', ')} }`
  }
  return String(value)
}

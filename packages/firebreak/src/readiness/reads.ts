// Views that many contracts have, as reads: what a check asks contracts whose ABI it does not know.
import type { AbiFunction } from 'abitype'
import type { Probe, Read } from '../model/call.ts'
import type { Address } from '../model/hex.ts'

export interface Argument {
  readonly type: string
  readonly value: unknown
}

export type ReadView = (to: Address, name: string, args: readonly Argument[], gives: string) => Probe

/** @example readerOf(encodeRead, 'mainnet')(vault, 'owner', [], 'address') */
export function readerOf(encode: (read: Read) => Probe, chain: string): ReadView {
  return (to, name, args, gives) => {
    const fn: AbiFunction = {
      type: 'function',
      name,
      stateMutability: 'view',
      inputs: args.map(({ type }, i) => ({ name: `arg${i}`, type })),
      outputs: [{ name: '', type: gives }],
    }
    return encode({ kind: 'read', chain, to, fn, args: args.map(({ value }) => value) })
  }
}

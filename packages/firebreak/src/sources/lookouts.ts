// Which contracts look at the block that they are in: what those do in one imagined block says little about what they do in another.
import type { CallFrame, Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Node } from '../stages.ts'

/** COINBASE, TIMESTAMP and PREVRANDAO: what nobody knows before the block is there. Number, base fee and prices of gas are exact. */
const looks: ReadonlySet<number> = new Set([0x41, 0x42, 0x44])

/** Instructions only: bytes that a PUSH takes with it are none. */
export function looksAtBlock(code: Hex): boolean {
  for (let at = 2; at < code.length; at += 2) {
    const op = Number.parseInt(code.slice(at, at + 2), 16)
    if (looks.has(op)) return true
    if (op >= 0x60 && op <= 0x7f) at += 2 * (op - 0x5f)
  }
  return false
}

/** More contracts than this in one transaction are not asked about one by one: it counts as looking. */
const mostContracts = 24
const lastPrecompile = 0xffffn
/** An account that lends itself a contract's code: the contract's address follows. */
const lends = '0xef0100'

export interface Lookouts {
  /** Whether anything that this transaction runs through, and that is none of the plan's, looks at its block. */
  readonly among: (tx: Transaction, frames: readonly CallFrame[], at: Hex) => Promise<boolean>
}

/** `most` contracts are remembered. */
export function lookouts(node: Pick<Node, 'code'>, known: ReadonlySet<Address>, most = 5_000): Lookouts {
  const remembered = new Map<Address, boolean>()
  /** Without code at one block: what is not there yet may be there in the next. */
  let empty: { readonly at: Hex; readonly addresses: Set<Address> } | undefined

  const look = async (addresses: readonly Address[], at: Hex, lent = false): Promise<boolean> => {
    if (empty?.at !== at) empty = { at, addresses: new Set() }
    const none = empty.addresses
    const unknown = addresses.filter((address) => !remembered.has(address) && !none.has(address))
    const codes: Readonly<Record<Address, Hex>> = unknown.length === 0 ? {} : await node.code(unknown, at)
    const lenders: Address[] = []
    for (const address of unknown) {
      const code = codes[address]
      if (code === undefined) none.add(address)
      else if (code.startsWith(lends)) lenders.push(`0x${code.slice(lends.length)}`)
      else remembered.set(address, looksAtBlock(code))
    }
    for (const address of remembered.keys()) {
      if (remembered.size <= most) break
      remembered.delete(address)
    }
    if (addresses.some((address) => remembered.get(address))) return true
    return lenders.length > 0 && !lent ? look(lenders, at, true) : false
  }

  return {
    among: async (tx, frames, at) => {
      // Code that comes into being on the way cannot be read beforehand.
      if (tx.to === undefined || frames.some((frame) => frame.kind === 'create')) return true
      const through = [...new Set([tx.to, ...frames.flatMap((frame) => frame.to ?? [])])].filter(
        (address) => !known.has(address) && BigInt(address) > lastPrecompile,
      )
      return through.length > mostContracts || look(through, at)
    },
  }
}

// Reads one value out of a Merkle-Patricia proof: every node has to hash to what refers to it, from the root down.
import { fromRlp, keccak256 } from 'viem'
import type { Hex } from '../../../model/hex.ts'

/** The proof does not show what it is said to show. */
export class BadProof extends Error {
  override readonly name: string = 'BadProof'
}

type Item = Hex | readonly Item[]

const emptyRoot: Hex = keccak256('0x80')

/** What lies at the hashed key under this root; undefined when it is proven that nothing does. */
export function provenValue(root: Hex, hashedKey: Hex, nodes: readonly Hex[]): Hex | undefined {
  if (root === emptyRoot) return undefined
  const byHash = new Map(nodes.map((node) => [keccak256(node), node]))
  const nibbles = nibblesOf(hashedKey)
  let at = 0
  let next: Item = root
  for (let depth = 0; depth <= nibbles.length; depth++) {
    const node = decoded(next, byHash)
    if (node.length === 17) {
      const branch: Item | undefined = node[at === nibbles.length ? 16 : (nibbles[at] ?? 16)]
      if (branch === undefined || branch === '0x') return undefined
      if (at === nibbles.length) return text(branch)
      at++
      next = branch
      continue
    }
    const [path, value] = node
    if (node.length !== 2 || path === undefined || value === undefined) throw new BadProof('a node has neither two nor seventeen parts')
    const { leaf, digits } = compact(text(path))
    if (digits.some((digit, i) => digit !== nibbles[at + i])) return undefined
    at += digits.length
    if (leaf) return at === nibbles.length ? text(value) : undefined
    next = value
  }
  throw new BadProof('it goes deeper than its key')
}

function decoded(reference: Item, byHash: ReadonlyMap<string, Hex>): readonly Item[] {
  // A short node lies in the place of its hash.
  if (typeof reference !== 'string') return reference
  const node = byHash.get(reference)
  if (node === undefined) throw new BadProof('a node is missing')
  const item: Item = fromRlp(node, 'hex')
  if (typeof item === 'string') throw new BadProof('a node is not a list')
  return item
}

const nibblesOf = (hex: Hex): readonly number[] => Array.from(hex.slice(2), (digit) => Number.parseInt(digit, 16))

function text(item: Item): Hex {
  if (typeof item !== 'string') throw new BadProof('a value is a list')
  return item
}

/** Path digits with a flag before them: whether it ends in a leaf, and whether their number is odd. */
function compact(path: Hex): { readonly leaf: boolean; readonly digits: readonly number[] } {
  const all = nibblesOf(path)
  const flag = all[0] ?? 0
  if (all.length === 0 || flag > 3) throw new BadProof('a path has no such flag')
  return { leaf: flag >= 2, digits: all.slice(flag % 2 === 1 ? 1 : 2) }
}

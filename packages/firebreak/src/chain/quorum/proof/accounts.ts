// Accounts, slots and code at a block, each proven against the block's state root, whoever hands the proof over.
import { fromRlp, keccak256 } from 'viem'
import type { Address, Hex } from '../../../model/hex.ts'
import { fields, hexOf } from '../../parse.ts'
import type { Rpc } from '../../transport/rpc.ts'
import type { ProvenHeader } from './header.ts'
import { BadProof, provenValue } from './trie.ts'

export interface ProvenAccount {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Hex
  readonly codeHash: Hex
}

export interface ProvenAccounts {
  /** Undefined: proven that there is none. */
  readonly account: (address: Address) => Promise<ProvenAccount | undefined>
  readonly slot: (address: Address, key: Hex) => Promise<Hex>
  readonly code: (address: Address) => Promise<Hex>
}

type Asker = Pick<Rpc, 'request'>

const noCode = keccak256('0x')
const timeoutMs = 2_000

/** Asks one after another until one of them can prove it: what a liar sends does not. */
export function provenAccounts(askers: readonly Asker[], { hash, stateRoot, raw }: ProvenHeader): ProvenAccounts {
  const accounts = new Map<Address, Promise<ProvenAccount | undefined>>()
  const slots = new Map<string, Promise<Hex>>()
  const codes = new Map<Address, Promise<Hex>>()

  const firstOf = async <value>(what: string, take: (asker: Asker) => Promise<value>): Promise<value> => {
    for (const asker of askers) {
      try {
        return await take(asker)
      } catch {
        // The next one may be able to.
      }
    }
    throw new BadProof(`nobody proves ${what}`)
  }

  /** Some nodes take a block's hash here, others its number only: the root says whether it was the right block. */
  const ask = async (asker: Asker, address: Address, keys: readonly Hex[]): Promise<Readonly<Record<string, unknown>>> => {
    const byHash = asker.request('eth_getProof', [address, keys, { blockHash: hash }], { timeoutMs })
    const proof = await byHash.catch(() => asker.request('eth_getProof', [address, keys, raw['number']], { timeoutMs }))
    return fields(proof, 'proof', 'a proof')
  }

  const once = <key, value>(known: Map<key, Promise<value>>, key: key, make: () => Promise<value>): Promise<value> => {
    const found = known.get(key) ?? make()
    known.set(key, found)
    return found
  }

  const account = (address: Address): Promise<ProvenAccount | undefined> =>
    once(accounts, address, () =>
      firstOf(`the account ${address}`, async (asker) =>
        accountIn(stateRoot, address, nodesOf((await ask(asker, address, []))['accountProof'])),
      ),
    )

  return {
    account,
    slot: (address, key) =>
      once(slots, `${address}|${key}`, async () => {
        const owner = await account(address)
        if (!owner) return '0x'
        return firstOf(`a slot of ${address}`, async (asker) => {
          const [one]: readonly unknown[] = listOf((await ask(asker, address, [key]))['storageProof'])
          const value = provenValue(owner.storageRoot, keccak256(key), nodesOf(fields(one, 'proof', 'a proof of a slot')['proof']))
          return value === undefined ? '0x' : bytesIn(value)
        })
      }),
    code: (address) =>
      once(codes, address, async () => {
        const owner = await account(address)
        if (!owner || owner.codeHash === noCode) return '0x'
        return firstOf(`the code of ${address}`, async (asker) => {
          const code = hexOf(await asker.request('eth_getCode', [address, { blockHash: hash }], { timeoutMs }), 'proof', 'code')
          if (keccak256(code) !== owner.codeHash) throw new BadProof('another code')
          return code
        })
      }),
  }
}

const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new BadProof('not a list')
  return value
}
const nodesOf = (value: unknown): readonly Hex[] => listOf(value).map((node) => hexOf(node, 'proof', 'a node of a proof'))

function bytesIn(value: Hex): Hex {
  const item = fromRlp(value, 'hex')
  if (typeof item !== 'string') throw new BadProof('a slot is a list')
  return item
}

function accountIn(root: Hex, address: Address, nodes: readonly Hex[]): ProvenAccount | undefined {
  const value = provenValue(root, keccak256(address), nodes)
  if (value === undefined) return undefined
  const parts = fromRlp(value, 'hex')
  if (typeof parts === 'string' || parts.length !== 4) throw new BadProof('not an account')
  const [nonce, balance, storageRoot, codeHash] = parts
  if (typeof nonce !== 'string' || typeof balance !== 'string' || typeof storageRoot !== 'string' || typeof codeHash !== 'string')
    throw new BadProof('not an account')
  const number = (hex: string): bigint => (hex === '0x' ? 0n : BigInt(hex))
  return { nonce: number(nonce), balance: number(balance), storageRoot, codeHash }
}

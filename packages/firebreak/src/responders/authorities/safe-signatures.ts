// Which signatures of a Safe transaction count, and the one text of bytes that the Safe reads them from. Nothing is counted that the Safe would refuse.
import { concatHex, encodeAbiParameters, getAddress, keccak256, numberToHex, pad, toHex } from 'viem'
import * as Secp256k1 from 'ox/Secp256k1'
import type { Address, Hex } from '../../model/hex.ts'
import { safeHashes, type SafePlace, type SafeTx } from './safe-tx.ts'

/** A signature as it came in; `from` says where from, the claims are the signer's own words. */
export interface Approval {
  readonly from: string
  readonly signature: Hex
  readonly claims?: { readonly owner?: Address | undefined; readonly hash?: Hex | undefined; readonly chainId?: number | undefined }
}

export interface Refused {
  readonly from: string
  readonly why: string
}

/** One owner's part: 65 bytes, and what a contract's signature carries besides. */
interface Part {
  readonly owner: Address
  readonly head: Hex
  readonly tail: Hex | undefined
}

export interface Checked {
  readonly parts: readonly Part[]
  readonly refused: readonly Refused[]
}

/** What only the chain can say: who approved there, and which contracts accept their signature. */
export interface OnChain {
  readonly owners: readonly Address[]
  readonly approved: ReadonlySet<Address>
  /** Undefined where it was not asked. */
  readonly accepts: (owner: Address, signature: Hex) => boolean | undefined
}

export function checkApprovals(approvals: readonly Approval[], tx: SafeTx, place: SafePlace, chain: OnChain): Checked {
  const hash = safeHashes(tx, place).safeTx
  const parts = new Map<Address, Part>()
  const refused: Refused[] = []
  for (const owner of chain.owners) if (chain.approved.has(owner)) parts.set(owner, { owner, head: consentOf(owner), tail: undefined })
  for (const approval of approvals) {
    const read = partOf(approval, hash, chain)
    const why = 'why' in read ? (wrongHash(approval, hash, tx, place) ?? read.why) : undefined
    if ('why' in read) refused.push({ from: approval.from, why: why ?? read.why })
    else if (!chain.owners.includes(read.owner))
      refused.push({ from: approval.from, why: wrongHash(approval, hash, tx, place) ?? strangerText(approval, read.owner) })
    else if (!parts.has(read.owner)) parts.set(read.owner, read)
    else if (!chain.approved.has(read.owner))
      refused.push({ from: approval.from, why: `${read.owner} has signed already: an owner counts once` })
  }
  // The Safe wants owners in ascending order, which is how it notices that nobody signed twice.
  return { parts: [...parts.values()].sort((a, b) => (a.owner.toLowerCase() < b.owner.toLowerCase() ? -1 : 1)), refused }
}

/** The bytes for `execTransaction`: no more parts than the threshold, contract signatures behind the fixed part. */
export function signatureBytes(parts: readonly Part[], threshold: number): Hex {
  const used = parts.slice(0, threshold)
  let offset = used.length * 65
  const heads: Hex[] = []
  const tails: Hex[] = []
  for (const { owner, head, tail } of used) {
    if (tail === undefined) heads.push(head)
    else {
      const size = (tail.length - 2) / 2
      heads.push(concatHex([pad(owner), numberToHex(offset, { size: 32 }), '0x00']))
      tails.push(concatHex([numberToHex(size, { size: 32 }), tail]))
      offset += 32 + size
    }
  }
  return concatHex([...heads, ...tails])
}

/** v = 1: the owner has approved on the chain, or sends the transaction itself. */
export const consentOf = (owner: Address): Hex => concatHex([pad(owner), pad('0x'), '0x01'])

const strangerText = ({ claims }: Approval, recovered: Address): string =>
  claims?.owner && claims.owner !== recovered
    ? `it is not a signature of ${claims.owner} over this proposal`
    : `signed by ${recovered}, who is no owner of this Safe, or over something else`

function partOf({ signature }: Approval, hash: Hex, chain: OnChain): Part | { readonly why: string } {
  const size = (signature.length - 2) / 2
  if (size < 65) return { why: `it has ${size} bytes: a signature has 65` }
  const [r, s, v] = [signature.slice(2, 66), signature.slice(66, 130), Number.parseInt(signature.slice(130, 132), 16)]
  const signedBy = (digest: Hex, parity: number): Part | { readonly why: string } => {
    if (size !== 65) return { why: `it has ${size} bytes: one signature of one owner has 65` }
    const owner = recovered(digest, BigInt(`0x${r}`), BigInt(`0x${s}`), parity)
    return owner ? { owner, head: signature, tail: undefined } : { why: 'it is no signature' }
  }
  if (v === 27 || v === 28) return signedBy(hash, v - 27)
  if (v === 31 || v === 32) return signedBy(keccak256(concatHex([toHex('\x19Ethereum Signed Message:\n32'), hash])), v - 31)
  if (v === 1) {
    const owner = getAddress(`0x${r.slice(24)}`)
    return chain.approved.has(owner)
      ? { owner, head: consentOf(owner), tail: undefined }
      : { why: `${owner} has not approved this on the chain` }
  }
  if (v === 0) {
    const owner = getAddress(`0x${r.slice(24)}`)
    const tail = tailOf(signature)
    if (!tail) return { why: 'its part for a contract does not lie where it says' }
    const accepted = chain.accepts(owner, tail)
    if (accepted === undefined) return { why: `whether the contract ${owner} accepts it could not be asked` }
    return accepted ? { owner, head: signature, tail } : { why: `the contract ${owner} does not accept it` }
  }
  return { why: `it is of a kind that a Safe does not know (v = ${v})` }
}

/** What a contract has to be asked about, in these approvals. */
export function contractParts(approvals: readonly Approval[]): readonly { readonly owner: Address; readonly signature: Hex }[] {
  return approvals.flatMap(({ signature }) => {
    if (signature.length < 132 || signature.slice(130, 132) !== '00') return []
    const tail = tailOf(signature)
    return tail ? [{ owner: getAddress(`0x${signature.slice(26, 66)}`), signature: tail }] : []
  })
}

function tailOf(signature: Hex): Hex | undefined {
  const offset = Number(BigInt(`0x${signature.slice(66, 130)}`))
  const from = 2 + offset * 2
  if (offset < 65 || signature.length < from + 64) return undefined
  const size = Number(BigInt(`0x${signature.slice(from, from + 64)}`))
  const tail = signature.slice(from + 64, from + 64 + size * 2)
  return tail.length === size * 2 ? `0x${tail}` : undefined
}

export function recovered(digest: Hex, r: bigint, s: bigint, yParity: number): Address | undefined {
  try {
    return getAddress(Secp256k1.recoverAddress({ payload: digest, signature: { r, s, yParity } }))
  } catch {
    return undefined
  }
}

/** Chains that a signature may have been made for by mistake. */
const otherChains = [1, 10, 56, 100, 130, 137, 8453, 42161, 43114, 59144, 31337, 11155111]

/** What the signer's own words, or a likely mix-up, say about a signature that does not fit. */
function wrongHash({ claims, signature }: Approval, hash: Hex, tx: SafeTx, place: SafePlace): string | undefined {
  if (claims?.chainId !== undefined && claims.chainId !== place.chainId)
    return `it is for chain ${claims.chainId}, and this Safe is on chain ${place.chainId}`
  if (claims?.hash !== undefined && claims.hash.toLowerCase() !== hash.toLowerCase())
    return `it is for ${claims.hash}, another proposal than ${hash}`
  const v = Number.parseInt(signature.slice(130, 132), 16)
  if (!claims?.owner || (v !== 27 && v !== 28)) return undefined
  const [r, s] = [BigInt(`0x${signature.slice(2, 66)}`), BigInt(`0x${signature.slice(66, 130)}`)]
  const made = otherChains.find(
    (chainId) => chainId !== place.chainId && recovered(safeHashes(tx, { ...place, chainId }).safeTx, r, s, v - 27) === claims.owner,
  )
  return made === undefined ? undefined : `it was made for chain ${made}, and this Safe is on chain ${place.chainId}`
}

/** Where a Safe keeps what it knows, the same in 1.3.0, 1.4.1 and 1.5.0: checked against each of them by the tests. */
const slots = { owners: 2n, threshold: 4n, approvedHashes: 8n }

const mappedAt = (key: Hex, slot: Hex): Hex => keccak256(concatHex([pad(key), slot]))
const word = (value: bigint): Hex => numberToHex(value, { size: 32 })

/**
 * Storage that says: these owners have approved this hash. It is the very word that each owner's `approveHash` would write, and
 * nothing else: owners, threshold, nonce, guard and modules stay as they are, so whatever would make the real one fail does so here.
 */
export function consentStorage(owners: readonly Address[], hash: Hex): Readonly<Record<Hex, Hex>> {
  return Object.fromEntries(owners.map((owner) => [mappedAt(hash, mappedAt(owner, word(slots.approvedHashes))), word(1n)]))
}

/**
 * Storage that says: this account alone is enough. For comparisons that are made before the Safe could be read: who agrees is
 * replaced, and what the Safe then does, as itself and past its guard, is real.
 */
export function soleConsentStorage(account: Address): Readonly<Record<Hex, Hex>> {
  return {
    [word(slots.threshold)]: word(1n),
    [mappedAt(account, word(slots.owners))]: encodeAbiParameters([{ type: 'address' }], ['0x0000000000000000000000000000000000000001']),
  }
}

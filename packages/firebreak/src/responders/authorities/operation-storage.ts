// Where OpenZeppelin's contracts keep what time and consent have to give: for simulations of calls that are not due yet.
import { encodeAbiParameters, keccak256, numberToHex, toHex } from 'viem'
import type { Hex } from '../../model/hex.ts'

/** The root of a namespaced struct (ERC-7201), where upgradeable contracts since 5.0 keep their fields. */
const namespaced = (name: string): bigint => {
  const inner = BigInt(keccak256(toHex(name))) - 1n
  return BigInt(keccak256(encodeAbiParameters([{ type: 'uint256' }], [inner]))) & ~0xffn
}

/** Storage of a mapping's entry. */
const entryAt = (key: Hex, root: bigint): bigint =>
  BigInt(keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [key, root])))

const word = (value: bigint): Hex => numberToHex(value, { size: 32 })

/**
 * The word is set at the place of every known layout: the other places are entries of a mapping that nobody uses,
 * since a place is a hash of the operation itself.
 */
function everywhere(key: Hex, roots: readonly bigint[], value: bigint): Readonly<Record<Hex, Hex>> {
  return Object.fromEntries(roots.map((root) => [word(entryAt(key, root)), word(value)]))
}

/** `_timestamps`: plain contracts, upgradeable ones before 5.0, and since. */
const timestampRoots = [1n, 151n, namespaced('openzeppelin.storage.TimelockController')]
const roleRoots = [0n, 101n, namespaced('openzeppelin.storage.AccessControl')]

/** A timelock's operation whose time has come. Not 0 and not 1: those mean that it is unknown, or done. */
export const readySince = (operation: Hex): Readonly<Record<Hex, Hex>> => everywhere(operation, timestampRoots, 2n)

/** Anyone may execute what is ready: stands for the governor, which alone may where a vote comes first. */
export function openRole(role: Hex): Readonly<Record<Hex, Hex>> {
  const members = roleRoots.map((root) => entryAt(role, root))
  const nobody = word(0n)
  return everywhere(nobody, members, 1n)
}

const scheduleRoots = [2n, namespaced('openzeppelin.storage.AccessManager')]

/** An AccessManager's operation that is due at `timepoint` (48 bits, with the nonce above it). */
export const scheduledAt = (operation: Hex, timepoint: bigint): Readonly<Record<Hex, Hex>> =>
  everywhere(operation, scheduleRoots, timepoint | (1n << 48n))

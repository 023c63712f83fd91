// Where contracts keep their powers: in which view, in which storage slot, and which event tells of a change.
import type { AbiEvent, AbiFunction } from 'abitype'
import { getAddress, keccak256, numberToHex, stringToBytes } from 'viem'
import type { Address, Hex } from '../../model/hex.ts'

export const powers = [
  'owner',
  'pendingOwner',
  'implementation',
  'proxyAdmin',
  'proxyAdminOwner',
  'beacon',
  'beaconImplementation',
  'beaconOwner',
  'owners',
  'threshold',
  'modules',
  'guard',
  'moduleGuard',
  'fallbackHandler',
  'singleton',
  'delay',
] as const
export type Power = (typeof powers)[number]

/** What there is no value for: an empty slot, a zero address. */
export const none = 'none'

export type Shape = 'address' | 'number' | 'addresses'
export const shapes: Readonly<Record<Power, Shape>> = {
  owner: 'address',
  pendingOwner: 'address',
  implementation: 'address',
  proxyAdmin: 'address',
  proxyAdminOwner: 'address',
  beacon: 'address',
  beaconImplementation: 'address',
  beaconOwner: 'address',
  owners: 'addresses',
  threshold: 'number',
  modules: 'addresses',
  guard: 'address',
  moduleGuard: 'address',
  fallbackHandler: 'address',
  singleton: 'address',
  delay: 'number',
}

/** Which contract has it: the watched one itself, or one that it names as its beacon or its proxy's admin. */
export type Where = 'itself' | 'beacon' | 'proxyAdmin'

/** How it is read. A view that a contract does not have fails, and is not asked again until its code changes. */
export type Source =
  | { readonly kind: 'view'; readonly fn: AbiFunction; readonly args: readonly unknown[]; readonly at: Where }
  /** `safe`: only where owners and a threshold say that it is one; elsewhere the slot is anybody's. */
  | { readonly kind: 'slot'; readonly slot: Hex; readonly safe: boolean }

const view = (name: string, output: string, at: Where = 'itself'): Source => ({
  kind: 'view',
  fn: { type: 'function', name, stateMutability: 'view', inputs: [], outputs: [{ type: output }] },
  args: [],
  at,
})

const hashOf = (text: string): Hex => keccak256(stringToBytes(text))
/** ERC-1967 takes one off, so that nobody knows a text that hashes to the slot. */
const erc1967 = (name: string): Source => ({
  kind: 'slot',
  slot: numberToHex(BigInt(hashOf(`eip1967.proxy.${name}`)) - 1n, { size: 32 }),
  safe: false,
})
const safeSlot = (slot: Hex): Source => ({ kind: 'slot', slot, safe: true })

/** Modules are a list that begins at 1; more than these in one Safe are not told apart. */
const modulesAtMost = 100n
const modules: Source = {
  kind: 'view',
  at: 'itself',
  args: ['0x0000000000000000000000000000000000000001', modulesAtMost],
  fn: {
    type: 'function',
    name: 'getModulesPaginated',
    stateMutability: 'view',
    inputs: [
      { name: 'start', type: 'address' },
      { name: 'pageSize', type: 'uint256' },
    ],
    outputs: [
      { name: 'array', type: 'address[]' },
      { name: 'next', type: 'address' },
    ],
  },
}

export const sources: Readonly<Record<Power, Source>> = {
  owner: view('owner', 'address'),
  pendingOwner: view('pendingOwner', 'address'),
  implementation: erc1967('implementation'),
  proxyAdmin: erc1967('admin'),
  proxyAdminOwner: view('owner', 'address', 'proxyAdmin'),
  beacon: erc1967('beacon'),
  beaconImplementation: view('implementation', 'address', 'beacon'),
  beaconOwner: view('owner', 'address', 'beacon'),
  owners: view('getOwners', 'address[]'),
  threshold: view('getThreshold', 'uint256'),
  modules,
  guard: safeSlot(hashOf('guard_manager.guard.address')),
  moduleGuard: safeSlot(hashOf('module_manager.module_guard.address')),
  fallbackHandler: safeSlot(hashOf('fallback_manager.handler.address')),
  singleton: safeSlot(numberToHex(0, { size: 32 })),
  delay: view('getMinDelay', 'uint256'),
}

/** Powers over the code itself: with new code come new functions, and what was absent is asked for again. */
export const codePowers: readonly string[] = ['implementation', 'beacon', 'beaconImplementation', 'singleton', 'proxyAdmin']

export interface Tells {
  readonly event: AbiEvent
  readonly at: Where
  /** Its last argument is the new value, or the one that came; otherwise it only says which transaction it was. */
  readonly brings: boolean
}

const tells = (name: string, types: readonly string[], brings = true, at: Where = 'itself'): Tells => ({
  // Which arguments are indexed differs between versions; only the name and the types make the topic.
  event: { type: 'event', name, inputs: types.map((type, i) => ({ name: `a${i}`, type })) },
  at,
  brings,
})
const transferred = ['address', 'address']

export const events: Readonly<Record<Power, readonly Tells[]>> = {
  owner: [tells('OwnershipTransferred', transferred)],
  pendingOwner: [tells('OwnershipTransferStarted', transferred, false)],
  implementation: [tells('Upgraded', ['address'])],
  proxyAdmin: [tells('AdminChanged', transferred)],
  proxyAdminOwner: [tells('OwnershipTransferred', transferred, true, 'proxyAdmin')],
  beacon: [tells('BeaconUpgraded', ['address'])],
  beaconImplementation: [tells('Upgraded', ['address'], true, 'beacon')],
  beaconOwner: [tells('OwnershipTransferred', transferred, true, 'beacon')],
  owners: [tells('AddedOwner', ['address']), tells('RemovedOwner', ['address'], false)],
  threshold: [tells('ChangedThreshold', ['uint256'])],
  modules: [tells('EnabledModule', ['address']), tells('DisabledModule', ['address'], false)],
  guard: [tells('ChangedGuard', ['address'])],
  moduleGuard: [tells('ChangedModuleGuard', ['address'])],
  fallbackHandler: [tells('ChangedFallbackHandler', ['address'])],
  // A delegate call that swaps it says nothing.
  singleton: [],
  delay: [tells('MinDelayChange', ['uint256', 'uint256'])],
}

const zero = /^0x0*$/

/** One text for each value, so that values can be compared and kept; undefined for what is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return value.startsWith('0x') && value.length === 42 ? addressText(value) : value
  if (!Array.isArray(value)) return undefined
  // The page of modules comes with where the next one begins.
  const list: unknown = Array.isArray(value[0]) ? value[0] : value
  return Array.isArray(list) ? listText(list.filter((one) => typeof one === 'string')) : undefined
}

/** The address in the last twenty bytes of a word. */
export function wordText(word: string, shape: Shape = 'address'): string {
  if (shape === 'number') return BigInt(word).toString()
  return addressText(`0x${word.slice(-40)}`)
}

export function addressText(address: string): string {
  return zero.test(address) ? none : getAddress(address)
}

export function listText(addresses: readonly string[]): string {
  return addresses.length === 0 ? none : addresses.map(addressText).toSorted().join(' ')
}

export function listOf(text: string): readonly string[] {
  return text === none ? [] : text.split(' ')
}

export function isAddressText(text: string | undefined): text is Address {
  return text !== undefined && /^0x[0-9a-fA-F]{40}$/.test(text)
}

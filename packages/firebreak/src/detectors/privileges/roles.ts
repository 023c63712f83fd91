// Roles as AccessControl keeps them: a hash for each role, and for each account a yes or no that has to be asked for by name.
import type { AbiEvent, AbiFunction } from 'abitype'
import { getAddress, isAddress, keccak256, stringToBytes } from 'viem'
import type { Abi } from 'abitype'
import type { Address, Hex } from '../../model/hex.ts'
import type { Log } from '../../model/chain.ts'

const adminRole: Hex = `0x${'0'.repeat(64)}`
const usual = ['PROPOSER', 'EXECUTOR', 'CANCELLER', 'TIMELOCK_ADMIN', 'MINTER', 'BURNER', 'PAUSER', 'UPGRADER', 'ADMIN', 'OWNER']
const alsoUsual = ['OPERATOR', 'MANAGER', 'GUARDIAN', 'KEEPER', 'GOVERNOR', 'SNAPSHOT', 'EMERGENCY_ADMIN', 'POOL_ADMIN', 'RISK_ADMIN']

/** 'MINTER_ROLE', 'DEFAULT_ADMIN_ROLE' or a role's hash. */
export function roleHash(role: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(role)) return role.toLowerCase() as Hex
  return role === 'DEFAULT_ADMIN_ROLE' ? adminRole : keccak256(stringToBytes(role))
}

/** Roles are usually hashes of their names; any other is called by the beginning of its hash. */
export function roleNames(abi: Abi | undefined, own: readonly string[]): ReadonlyMap<Hex, string> {
  const inAbi = (abi ?? []).flatMap((item) => (item.type === 'function' && item.name.endsWith('_ROLE') ? [item.name] : []))
  const names = ['DEFAULT_ADMIN_ROLE', ...[...usual, ...alsoUsual].map((one) => `${one}_ROLE`), ...inAbi, ...own]
  return new Map(names.map((name) => [roleHash(name), name.startsWith('0x') ? shortHash(roleHash(name)) : name]))
}

export const shortHash = (role: Hex): string => `role ${role.slice(0, 10)}…`

/** Roles that make money or code out of nothing, or that make others powerful. */
const strong = new Set(
  ['DEFAULT_ADMIN', 'TIMELOCK_ADMIN', 'ADMIN', 'OWNER', 'MINTER', 'UPGRADER', 'PROPOSER'].map((one) => roleHash(`${one}_ROLE`)),
)
export const isStrong = (role: Hex): boolean => strong.has(role)

const fn = (name: string, inputs: readonly string[], output: string): AbiFunction => ({
  type: 'function',
  name,
  stateMutability: 'view',
  inputs: inputs.map((type, i) => ({ name: `a${i}`, type })),
  outputs: [{ type: output }],
})
export const hasRole = fn('hasRole', ['bytes32', 'address'], 'bool')
export const getRoleAdmin = fn('getRoleAdmin', ['bytes32'], 'bytes32')

const event = (name: string, types: readonly string[]): AbiEvent => ({
  type: 'event',
  name,
  inputs: types.map((type, i) => ({ name: `a${i}`, type, indexed: true })),
})
export const roleGranted = event('RoleGranted', ['bytes32', 'address', 'address'])
export const roleRevoked = event('RoleRevoked', ['bytes32', 'address', 'address'])
export const roleAdminChanged = event('RoleAdminChanged', ['bytes32', 'bytes32', 'bytes32'])

/** A role that an account may have: the key under which it is remembered. */
export interface Pair {
  readonly role: Hex
  readonly account: Address
}
export const pairKey = ({ role, account }: Pair): string => `role:${role}:${account}`
export const adminKey = (role: Hex): string => `roleAdmin:${role}`

export function pairOf(key: string): Pair | undefined {
  const [kind, role = '', account = ''] = key.split(':')
  return kind === 'role' ? { role: role as Hex, account: account as Address } : undefined
}

/** Anybody can emit anything: what does not fit is nobody's role. */
export function pairIn(log: Log): Pair | undefined {
  const [, role, account] = log.topics
  const address = account && `0x${account.slice(-40)}`
  return role && address && isAddress(address, { strict: false })
    ? { role: role.toLowerCase() as Hex, account: getAddress(address) }
    : undefined
}

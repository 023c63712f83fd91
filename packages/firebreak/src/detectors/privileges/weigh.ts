// What a change of one power means: how likely it is that nobody meant it, and in which words it is said.
import type { Address } from '../../model/hex.ts'
import type { Finding } from '../../model/detector.ts'
import type { Allowed } from './allowed.ts'
import { listOf, none, powers, shapes } from './powers.ts'
import type { Power } from './powers.ts'
import { isStrong, pairOf, shortHash } from './roles.ts'
import type { Hex } from '../../model/hex.ts'

export interface Change {
  readonly contract: Address
  /** A power, or `role:…`, `roleAdmin:…`, `also:…`. */
  readonly key: string
  readonly from: string
  readonly to: string
  /** It was `to` only for a while: afterwards it is as before. */
  readonly andBack?: boolean
}

export interface Weighed extends Pick<Finding, 'likelihood' | 'weight'> {
  readonly words: string
}

/** How much somebody gains by it, and what it says when the power is given up or made safer. */
interface Weights {
  readonly gains: number
  readonly loses: number
}

/** The reasons are in docs/detectors.md. */
const weights: Readonly<Record<Power, Weights>> = {
  owner: { gains: 0.6, loses: 0.3 },
  pendingOwner: { gains: 0.3, loses: 0 },
  implementation: { gains: 0.6, loses: 0.6 },
  proxyAdmin: { gains: 0.7, loses: 0.3 },
  proxyAdminOwner: { gains: 0.6, loses: 0.3 },
  beacon: { gains: 0.7, loses: 0.6 },
  beaconImplementation: { gains: 0.6, loses: 0.6 },
  beaconOwner: { gains: 0.6, loses: 0.3 },
  owners: { gains: 0.6, loses: 0.4 },
  threshold: { gains: 0.7, loses: 0.3 },
  modules: { gains: 0.8, loses: 0.3 },
  guard: { gains: 0.5, loses: 0.7 },
  moduleGuard: { gains: 0.5, loses: 0.7 },
  fallbackHandler: { gains: 0.5, loses: 0.3 },
  singleton: { gains: 0.95, loses: 0.95 },
  delay: { gains: 0.7, loses: 0.3 },
}
const strongRole: Weights = { gains: 0.7, loses: 0.3 }
const otherRole: Weights = { gains: 0.5, loses: 0.3 }
const roleAdmin: Weights = { gains: 0.7, loses: 0.7 }
const other: Weights = { gains: 0.5, loses: 0.5 }

/** From here on it opens an incident. */
const verdictFrom = 0.4
/** The plan says what may come, and this is not it. */
const notListed = 0.9
const notListedSmall = 0.5
/** Who takes a power and gives it back within a moment does not want it seen. */
const thereAndBack = 0.8

const words: Readonly<Record<Power, string>> = {
  owner: 'owner',
  pendingOwner: 'pending owner',
  implementation: 'implementation',
  proxyAdmin: 'proxy admin',
  proxyAdminOwner: "proxy admin's owner",
  beacon: 'beacon',
  beaconImplementation: "beacon's implementation",
  beaconOwner: "beacon's owner",
  owners: 'owners',
  threshold: 'threshold',
  modules: 'modules',
  guard: 'guard',
  moduleGuard: 'module guard',
  fallbackHandler: 'fallback handler',
  singleton: 'singleton',
  delay: 'delay',
}

export const isPower = (key: string): key is Power => (powers as readonly string[]).includes(key)

export interface Naming {
  readonly nameOf: (address: Address) => string
  readonly roleName: (contract: Address, role: Hex) => string
}

/** Undefined for what the plan awaits, and for what says nothing. */
export function weigh(change: Change, allowed: Allowed, naming: Naming): Weighed | undefined {
  const { key, from, to } = change
  const pair = pairOf(key)
  if (isPower(key) && shapes[key] === 'addresses') return weighList(change, key, allowed, naming)
  if (allowed.expected.get(key) === to || allowed.awaited.get(key)?.has(to)) return undefined
  const gains = gainsBy(key, from, to)
  const spoken = allowed.spokenOf.has(key) || allowed.expected.has(key) || (pair !== undefined && allowed.roles.has(pair.role))
  return said(weightsOf(key), gains, spoken, change.andBack, `${labelOf(change, naming)}: ${stepOf(change, pair !== undefined, naming)}`)
}

function weighList(change: Change, key: Power, allowed: Allowed, naming: Naming): Weighed | undefined {
  const [before, after] = [listOf(change.from), listOf(change.to)]
  const expected = allowed.expected.get(key)
  const meant = new Set([...(expected === undefined ? [] : listOf(expected)), ...(allowed.awaited.get(key) ?? [])])
  const added = after.filter((one) => !before.includes(one) && !meant.has(one))
  // Whoever the plan does not expect may go.
  const removed = before.filter((one) => !after.includes(one) && (expected === undefined || listOf(expected).includes(one)))
  const gone = change.andBack ? [] : removed
  if (added.length === 0 && gone.length === 0) return undefined
  const named = (list: readonly string[]): string => list.map((one) => nameText(one, naming)).join(', ')
  const parts = [...(added.length > 0 ? [`${named(added)} added`] : []), ...(gone.length > 0 ? [`${named(gone)} removed`] : [])]
  const what = `${labelOf(change, naming)}: ${parts.join(', ')}${change.andBack ? ', and removed again at once' : ''}`
  return said(weights[key], added.length > 0, allowed.spokenOf.has(key), change.andBack, what)
}

function said(
  { gains, loses }: Weights,
  gained: boolean,
  spoken: boolean,
  andBack: boolean | undefined,
  what: string,
): Weighed | undefined {
  const base = gained ? gains : loses
  if (base === 0 && !andBack) return undefined
  const listed = gained && spoken ? (base >= verdictFrom ? notListed : notListedSmall) : base
  const likelihood = Math.max(base, listed, andBack ? thereAndBack : 0)
  return { likelihood, weight: likelihood >= verdictFrom ? 'verdict' : 'evidence', words: what }
}

function weightsOf(key: string): Weights {
  if (isPower(key)) return weights[key]
  const pair = pairOf(key)
  if (pair) return isStrong(pair.role) ? strongRole : otherRole
  return key.startsWith('roleAdmin:') ? roleAdmin : other
}

/** Fewer signatures and shorter delays are a gain for whoever wants to act; anything but nothing is one, too. */
function gainsBy(key: string, from: string, to: string): boolean {
  if (key === 'threshold' || key === 'delay') return BigInt(to) < BigInt(from)
  return to !== none
}

export function labelOf({ key, contract }: Pick<Change, 'key' | 'contract'>, naming: Naming): string {
  const of = naming.nameOf(contract)
  if (isPower(key)) return `${words[key]} of ${of}`
  const [kind, rest] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  if (kind === 'also') return `${rest} of ${of}`
  const role = (rest.split(':')[0] ?? '') as Hex
  return kind === 'role' ? `${naming.roleName(contract, role)} of ${of}` : `who grants ${naming.roleName(contract, role)} of ${of}`
}

function stepOf({ key, from, to, andBack, contract }: Change, isRole: boolean, naming: Naming): string {
  const back = andBack ? ', and back at once' : ''
  const account = pairOf(key)?.account
  if (isRole && account) return `${to === 'held' ? 'granted to' : 'taken from'} ${nameText(account, naming)}${back}`
  const text = (value: string): string =>
    key.startsWith('roleAdmin:') ? naming.roleName(contract, value as Hex) || shortHash(value as Hex) : nameText(value, naming)
  return `${text(from)} → ${text(to)}${back}`
}

export function nameText(value: string, naming: Naming): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(value)) return naming.nameOf(value as Address)
  return value.includes(' ')
    ? value
        .split(' ')
        .map((one) => nameText(one, naming))
        .join(', ')
    : value
}

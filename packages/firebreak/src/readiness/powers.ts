// What a hot key could also do, as far as common ways of holding power tell: Ownable, AccessControl, ERC-1967, balances, allowances.
import type { Authority } from '../model/brake.ts'
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { readerOf } from './reads.ts'
import type { Finding } from './report.ts'
import { grantable } from './roles.ts'

export type Encode = <out>(read: Read<out>) => Probe<out>
export type Keyholder = Pick<Authority, 'name' | 'address'>

/** keccak256('eip1967.proxy.admin') - 1 */
export const adminSlot: Hex = '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103'

/** Views that name one account with power over a contract, and what such an account can do. */
const posts: readonly { readonly view: string; readonly means: string }[] = [
  { view: 'owner', means: 'it can do whatever only the owner may' },
  { view: 'pendingOwner', means: 'it can make itself the owner' },
  { view: 'admin', means: 'it can do whatever only the admin may' },
  { view: 'governor', means: 'it can do whatever only the governor may' },
  { view: 'governance', means: 'it can do whatever only governance may' },
]

/** One question and the finding that follows when it is answered in the key's name. */
interface Ask {
  readonly probe: Probe
  readonly finds: (value: unknown) => Finding | undefined
}

export interface Targets {
  readonly chain: string
  readonly plan: ResolvedPlan
  readonly key: Keyholder
  readonly encode: Encode
}

/** Contracts of the plan and of its brakes on this chain, and the tokens of its assets. */
export function targetsOf(plan: ResolvedPlan, chain: string): readonly Address[] {
  const contracts = plan.contracts.filter((one) => one.chain === chain).map((one) => one.address)
  const brakes = plan.brakes.filter((one) => one.chain === chain).flatMap((one) => [...one.calls, ...one.undo].map((call) => call.to))
  const tokens = plan.assets.flatMap((one) => (one.chain === chain && one.token ? [one.token] : []))
  return [...new Set([...contracts, ...brakes, ...tokens])]
}

export function nameIn(plan: ResolvedPlan, address: Address): string {
  const asset = plan.assets.find((one) => one.token === address)
  return plan.contracts.find((one) => one.address === address)?.name ?? (asset ? `the token of ${asset.name}` : address)
}

/** Everything that one key is asked about; `admins` are contracts that stand behind proxies, as their admin slots say. */
export function powersOf(targets: Targets, code: Readonly<Record<Address, Hex>>, admins: ReadonlyMap<Address, Address>): readonly Ask[] {
  const addresses = targetsOf(targets.plan, targets.chain).filter((address) => code[address] !== undefined)
  return [
    ...addresses.flatMap((address) => postsAt(targets, address)),
    ...addresses.flatMap((address) => rolesAt(targets, address)),
    ...behindProxies(targets, admins),
    ...moneyOf(targets),
  ]
}

function postsAt({ plan, key, chain, encode }: Targets, address: Address): readonly Ask[] {
  const read = readerOf(encode, chain)
  return posts.map(({ view, means }) => ({
    probe: read(address, view, [], 'address'),
    finds: (holder) =>
      holder === key.address ? { about: key.name, says: `is ${view}() of ${nameIn(plan, address)}: ${means}` } : undefined,
  }))
}

function rolesAt({ plan, key, chain, encode }: Targets, address: Address): readonly Ask[] {
  const read = readerOf(encode, chain)
  return grantable.map(({ role, id, means }) => ({
    probe: read(
      address,
      'hasRole',
      [
        { type: 'bytes32', value: id },
        { type: 'address', value: key.address },
      ],
      'bool',
    ),
    finds: (has) => (has === true ? { about: key.name, says: `has ${role} of ${nameIn(plan, address)}: ${means}` } : undefined),
  }))
}

/** The usual pair: a proxy whose admin is a contract of its own, which belongs to somebody. */
function behindProxies({ plan, key, chain, encode }: Targets, admins: ReadonlyMap<Address, Address>): readonly Ask[] {
  const read = readerOf(encode, chain)
  return [...admins].map(([proxy, admin]) => ({
    probe: read(admin, 'owner', [], 'address'),
    finds: (owner) =>
      owner === key.address
        ? { about: key.name, says: `owns the proxy admin of ${nameIn(plan, proxy)}: it can replace the code` }
        : undefined,
  }))
}

function moneyOf({ plan, key, chain, encode }: Targets): readonly Ask[] {
  const read = readerOf(encode, chain)
  const tokens = plan.assets.filter((asset) => asset.chain === chain && asset.token !== undefined)
  const asks = tokens.flatMap(({ name, token }): Ask[] => {
    if (!token) return []
    const holders = [...new Set(plan.holdings.filter((one) => one.asset === name && one.chain === chain).map((one) => one.holder))]
    return [
      {
        probe: read(token, 'balanceOf', [{ type: 'address', value: key.address }], 'uint256'),
        finds: (amount) =>
          isSome(amount) ? { about: key.name, says: `holds ${name} itself: an emergency key should hold gas and nothing else` } : undefined,
      },
      ...holders.map((holder): Ask => ({
        probe: read(
          token,
          'allowance',
          [
            { type: 'address', value: holder },
            { type: 'address', value: key.address },
          ],
          'uint256',
        ),
        finds: (amount) =>
          isSome(amount) ? { about: key.name, says: `may take ${name} out of ${nameIn(plan, holder)}: it has an allowance` } : undefined,
      })),
    ]
  })
  return asks
}

const isSome = (amount: unknown): boolean => typeof amount === 'bigint' && amount > 0n

/** A view that a contract does not have answers nothing, which is no finding. */
export function findingsFrom(asks: readonly Ask[], answers: Answers): readonly Finding[] {
  const findings = asks.flatMap(({ probe, finds }) => {
    const read = probe.of(answers)
    const finding = read.ok ? finds(read.value) : undefined
    return finding ? [finding] : []
  })
  return [...new Map(findings.map((one) => [one.says, one])).values()]
}

/** The address in an admin slot; undefined when it is empty, as in contracts that are no such proxy. */
export function adminIn(word: Hex): Hex | undefined {
  const digits = word.slice(2).padStart(64, '0')
  return /[1-9a-f]/i.test(digits) ? `0x${digits.slice(24).toLowerCase()}` : undefined
}

export interface Post {
  readonly at: Address
  /** `owner()` of the bank. */
  readonly label: string
  readonly probe: Probe
}

/** Who stands above these contracts, as far as the usual views tell: whom to ask when a brake declares no way back. */
export function postsAbove(plan: ResolvedPlan, chain: string, addresses: readonly Address[], encode: Encode): readonly Post[] {
  const read = readerOf(encode, chain)
  const views = posts.filter((post) => post.view !== 'pendingOwner')
  return addresses.flatMap((at) =>
    views.map(({ view }) => ({ at, label: `${view}() of ${nameIn(plan, at)}`, probe: read(at, view, [], 'address') })),
  )
}

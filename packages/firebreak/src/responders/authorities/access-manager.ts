// The `accessManager` route: OpenZeppelin's AccessManager. A call that the sender's role allows at once goes straight to its target; any other is scheduled and executed through the manager.
import { decodeAbiParameters, encodeAbiParameters, encodeFunctionData, keccak256, parseAbi, toFunctionSelector, type Abi } from 'viem'
import type { DelayAuthority } from '../../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { spanText } from './delays.ts'
import { scheduledAt } from './operation-storage.ts'
import { viewProbe } from './probe.ts'
import type { Rehearsal, Route } from '../../model/route.ts'

const abi: Abi = parseAbi([
  'function schedule(address target, bytes data, uint48 when)',
  'function execute(address target, bytes data) payable',
])

const admin = 0n
const selectors = (signatures: readonly string[]): ReadonlySet<Hex> => new Set(signatures.map((one) => toFunctionSelector(one)))
/** The manager's own functions follow rules of their own, which no view of it tells. */
const adminOnly = selectors([
  'labelRole(uint64,string)',
  'setRoleAdmin(uint64,uint64)',
  'setRoleGuardian(uint64,uint64)',
  'setGrantDelay(uint64,uint32)',
  'setTargetAdminDelay(address,uint32)',
])
const adminOfTarget = selectors([
  'updateAuthority(address,address)',
  'setTargetClosed(address,bool)',
  'setTargetFunctionRole(address,bytes4[],uint64)',
])
const adminOfRole = selectors(['grantRole(uint64,address,uint32)', 'revokeRole(uint64,address)'])

/** The manager's id of an operation: the same call by the same sender is one operation, so that a restart finds it again. */
export function managedOperationId(sender: Address, call: Pick<EncodedCall, 'to' | 'data'>): Hex {
  const types = [{ type: 'address' }, { type: 'address' }, { type: 'bytes' }] as const
  return keccak256(encodeAbiParameters(types, [sender, call.to, call.data]))
}

/** How one call may be made. */
type Leave =
  | { readonly kind: 'at once' }
  | { readonly kind: 'after'; readonly seconds: bigint }
  | { readonly kind: 'no' }
  | { readonly kind: 'unread' }

const leaveOf = (may: boolean, seconds: number): Leave =>
  !may ? { kind: 'no' } : seconds === 0 ? { kind: 'at once' } : { kind: 'after', seconds: BigInt(seconds) }

export function accessManagerRoute(authority: DelayAuthority): Route {
  const { chain, address, name, sender, senderAddress } = authority
  const view = <out>(signature: string, args: readonly unknown[], label: string): Probe<out> =>
    viewProbe<out>(chain, address, signature, args, `${name}.${label}`)
  const selectorOf = (call: EncodedCall): Hex => `0x${call.data.slice(2, 10)}`
  const isSelf = (call: EncodedCall): boolean => call.to === address

  const canCall = (call: EncodedCall): Probe<readonly [boolean, number]> =>
    view(
      'function canCall(address caller, address target, bytes4 selector) view returns (bool immediate, uint32 delay)',
      [senderAddress, call.to, selectorOf(call)],
      `canCall(${call.label})`,
    )
  const hasRole = (role: bigint): Probe<readonly [boolean, number]> =>
    view(
      'function hasRole(uint64 roleId, address account) view returns (bool isMember, uint32 executionDelay)',
      [role, senderAddress],
      `hasRole(${role})`,
    )
  const roleFor = (call: EncodedCall): Probe<bigint> =>
    view(
      'function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)',
      [call.to, selectorOf(call)],
      `getTargetFunctionRole(${call.label})`,
    )
  const closed = (call: EncodedCall): Probe<boolean> =>
    view('function isTargetClosed(address target) view returns (bool)', [call.to], `isTargetClosed(${call.to.slice(0, 8)}…)`)
  const dueAt = (call: EncodedCall): Probe<number> => {
    const id = managedOperationId(senderAddress, call)
    return view('function getSchedule(bytes32 id) view returns (uint48)', [id], `getSchedule(${id.slice(0, 10)}…)`)
  }
  const adminDelay = (target: Address): Probe<number> =>
    view('function getTargetAdminDelay(address target) view returns (uint32)', [target], `getTargetAdminDelay(${target.slice(0, 8)}…)`)
  const adminOf = (role: bigint): Probe<bigint> =>
    view('function getRoleAdmin(uint64 roleId) view returns (uint64)', [role], `getRoleAdmin(${role})`)

  const firstWord = (call: EncodedCall): Hex => `0x${call.data.slice(10, 74).padEnd(64, '0')}`
  const targetIn = (call: EncodedCall): Address => decodeAbiParameters([{ type: 'address' }], firstWord(call))[0]
  const roleIn = (call: EncodedCall): bigint => BigInt(firstWord(call))

  /** The role that one of the manager's own functions asks for, as far as it is known. */
  const ownRole = (call: EncodedCall, known: Answers): bigint | undefined => {
    const selector = selectorOf(call)
    if (adminOnly.has(selector) || adminOfTarget.has(selector)) return admin
    const read = (adminOfRole.has(selector) ? adminOf(roleIn(call)) : roleFor(call)).of(known)
    return read.ok ? read.value : undefined
  }

  const readsOf = (call: EncodedCall, known: Answers): readonly Probe[] => {
    const common = [dueAt(call), roleFor(call), closed(call)]
    if (!isSelf(call)) return [...common, canCall(call)]
    const role = ownRole(call, known)
    return [
      ...common,
      ...(adminOfRole.has(selectorOf(call)) ? [adminOf(roleIn(call))] : []),
      ...(adminOfTarget.has(selectorOf(call)) ? [adminDelay(targetIn(call))] : []),
      ...(role === undefined ? [] : [hasRole(role)]),
    ]
  }

  const leaveFor = (call: EncodedCall, at: Answers): Leave => {
    if (!isSelf(call)) {
      const read = canCall(call).of(at)
      // A delay without "immediate" is a leave; neither is none.
      return read.ok ? leaveOf(read.value[0] || read.value[1] > 0, read.value[1]) : { kind: 'unread' }
    }
    const role = ownRole(call, at)
    const member = role === undefined ? undefined : hasRole(role).of(at)
    if (!member?.ok) return { kind: 'unread' }
    const extra = adminOfTarget.has(selectorOf(call)) ? adminDelay(targetIn(call)).of(at) : undefined
    if (extra && !extra.ok) return { kind: 'unread' }
    return leaveOf(member.value[0], Math.max(member.value[1], extra?.value ?? 0))
  }

  const through = (fn: 'schedule' | 'execute', call: EncodedCall): EncodedCall => ({
    to: address,
    data: encodeFunctionData({ abi, functionName: fn, args: [call.to, call.data, ...(fn === 'schedule' ? [0] : [])] }),
    label: `${name}.${fn}(${call.label})`,
  })

  const whyNot = (call: EncodedCall, at: Answers): { readonly why: string; readonly mend: string } => {
    const shut = closed(call).of(at)
    if (shut.ok && shut.value && !isSelf(call))
      return {
        why: `${call.to} is closed in ${name}: nobody can call it`,
        mend: `the admin role reopens it with setTargetClosed(${call.to}, false)`,
      }
    const role = isSelf(call) ? ownRole(call, at) : roleFor(call).of(at)
    const id = typeof role === 'object' ? (role.ok ? role.value : undefined) : role
    return {
      why: `${sender} (${senderAddress}) may not call ${call.label}: ${id === undefined ? 'it lacks the role' : `it lacks role ${id}`}`,
      mend: `grantRole(${id ?? 'role'}, ${senderAddress}, delay) on the manager ${address}, or name another sender`,
    }
  }

  const rehearse: Route['rehearse'] = (calls, at, since): Rehearsal => {
    const words: Record<Hex, Hex> = {}
    if (!at) {
      // Whoever may act at once does; whoever may not finds the time gone by: the target itself asks the manager for it.
      if (since !== undefined) for (const call of calls) Object.assign(words, scheduledAt(managedOperationId(senderAddress, call), since))
      return { ok: true, calls, storage: { [address]: words } }
    }
    const outer: EncodedCall[] = []
    for (const call of calls) {
      const leave = leaveFor(call, at)
      if (leave.kind !== 'after') {
        outer.push(call)
        continue
      }
      // A schedule that is too old has expired, so that its time has to be named.
      if (at.timestamp === undefined) return { ok: false, why: `the time is not known that ${name} would have to have waited until` }
      Object.assign(words, scheduledAt(managedOperationId(senderAddress, call), at.timestamp))
      outer.push(through('execute', call))
    }
    return { ok: true, calls: outer, storage: { [address]: words } }
  }

  return {
    authority: name,
    sender,
    reads: (calls, known) => calls.flatMap((call) => readsOf(call, known)),
    next: (calls, at) => {
      const views = calls.map((call) => ({ call, leave: leaveFor(call, at), due: dueAt(call).of(at) }))
      if (views.some(({ leave, due }) => leave.kind === 'unread' || !due.ok))
        return { kind: 'wait', until: undefined, why: `${name} could not be read` }
      const refused = views.find(({ leave }) => leave.kind === 'no')
      if (refused) return { kind: 'stuck', ...whyNot(refused.call, at) }
      const late = views.filter(({ leave }) => leave.kind === 'after')
      const unscheduled = late.filter(({ due }) => due.ok && due.value === 0)
      if (unscheduled.length > 0) return { kind: 'send', calls: unscheduled.map(({ call }) => through('schedule', call)), completes: false }
      const until = late.reduce((most, { due }) => (due.ok && BigInt(due.value) > most ? BigInt(due.value) : most), 0n)
      if (until > at.timestamp) return { kind: 'wait', until, why: `scheduled; ${name} lets it pass then` }
      const outer = views.map(({ call, leave }) => (leave.kind === 'after' ? through('execute', call) : call))
      return { kind: 'send', calls: outer, completes: true }
    },
    rehearse,
    delay: (at, calls = []) => {
      const leaves = calls.map((call) => leaveFor(call, at))
      if (leaves.some((leave) => leave.kind === 'unread')) return { ms: 0, why: `the delay of ${name} could not be read` }
      const longest = leaves.reduce((most, leave) => (leave.kind === 'after' && leave.seconds > most ? leave.seconds : most), 0n)
      const why = longest === 0n ? `${name} lets ${sender} act at once` : `${name} lets ${sender} act ${spanText(longest)} after scheduling`
      return { ms: Number(longest) * 1_000, why }
    },
    findings: () => [],
  }
}

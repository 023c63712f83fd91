// The `timelock` route: OpenZeppelin's TimelockController. Schedule, wait for its delay, execute; whoever executes, it is done.
import { concatHex, encodeAbiParameters, encodeFunctionData, keccak256, numberToHex, parseAbi, toHex, type Abi } from 'viem'
import type { Answers, EncodedCall, Probe } from '../../model/call.ts'
import type { DelayAuthority } from '../../model/brake.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { spanText } from './delays.ts'
import { readySince } from './operation-storage.ts'
import { viewProbe } from './probe.ts'
import type { Route, RouteStep } from '../../model/route.ts'

const abi: Abi = parseAbi([
  'function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay)',
  'function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)',
  'function execute(address target, uint256 value, bytes payload, bytes32 predecessor, bytes32 salt) payable',
  'function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) payable',
])

export const roles = {
  proposer: keccak256(toHex('PROPOSER_ROLE')),
  executor: keccak256(toHex('EXECUTOR_ROLE')),
  canceller: keccak256(toHex('CANCELLER_ROLE')),
} as const

const none: Hex = `0x${'00'.repeat(32)}`
const anyone: Address = '0x0000000000000000000000000000000000000000'
const done = 1n
/** Pulls of the same calls, one after another, that are told apart. */
const mostTurns = 64

/** The contract's own id of an operation; batches are hashed as lists, single calls as they are. */
export function operationId(calls: readonly Pick<EncodedCall, 'to' | 'data'>[], salt: Hex): Hex {
  const [only] = calls
  if (calls.length === 1 && only) {
    const types = [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
    return keccak256(encodeAbiParameters(types, [only.to, 0n, only.data, none, salt]))
  }
  return batchId(
    calls.map((call) => ({ ...call, value: 0n })),
    salt,
  )
}

/** A governor schedules a single call as a batch of one. */
export function batchId(calls: readonly (Pick<EncodedCall, 'to' | 'data'> & { readonly value: bigint })[], salt: Hex): Hex {
  const types = [{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
  return keccak256(
    encodeAbiParameters(types, [calls.map((one) => one.to), calls.map((one) => one.value), calls.map((one) => one.data), none, salt]),
  )
}

/** The same calls at the same turn always make the same operation: after a restart it is found again instead of scheduled twice. */
const saltOf = (turn: number): Hex => keccak256(concatHex([toHex('firebreak'), numberToHex(turn, { size: 32 })]))

export function timelockRoute(authority: DelayAuthority): Route {
  const { chain, address, name, senderAddress } = authority
  const view = <out>(signature: string, args: readonly unknown[], label: string): Probe<out> =>
    viewProbe<out>(chain, address, signature, args, `${name}.${label}`)
  const hasRole = (role: Hex, who: Address, what: string): Probe<boolean> =>
    view('function hasRole(bytes32 role, address account) view returns (bool)', [role, who], `hasRole(${what})`)
  const minDelay = view<bigint>('function getMinDelay() view returns (uint256)', [], 'getMinDelay()')
  const mayPropose = hasRole(roles.proposer, senderAddress, 'PROPOSER_ROLE')
  const mayExecute = hasRole(roles.executor, senderAddress, 'EXECUTOR_ROLE')
  const openToAll = hasRole(roles.executor, anyone, 'EXECUTOR_ROLE, anyone')
  const dueAt = (calls: readonly EncodedCall[], turn: number): Probe<bigint> => {
    const id = operationId(calls, saltOf(turn))
    return view('function getTimestamp(bytes32 id) view returns (uint256)', [id], `getTimestamp(${id.slice(0, 10)}…)`)
  }

  /** An operation that is done can never be scheduled again: the next pull of the same calls is the next turn. */
  const turnAt = (calls: readonly EncodedCall[], known: Answers): { readonly turn: number; readonly probe: Probe<bigint> } => {
    for (let turn = 0; ; turn++) {
      const probe = dueAt(calls, turn)
      const read = probe.of(known)
      if (turn === mostTurns || !read.ok || read.value !== done) return { turn, probe }
    }
  }

  const outer = (fn: 'schedule' | 'execute', calls: readonly EncodedCall[], salt: Hex, delay: bigint): EncodedCall => {
    const [only] = calls
    const last = fn === 'schedule' ? [delay] : []
    const label = `${name}.${fn}(${calls.map((one) => one.label).join(', ')})`
    if (calls.length === 1 && only) {
      const args = [only.to, 0n, only.data, none, salt, ...last]
      return { to: address, data: encodeFunctionData({ abi, functionName: fn, args }), label }
    }
    const args = [calls.map((one) => one.to), calls.map(() => 0n), calls.map((one) => one.data), none, salt, ...last]
    return { to: address, data: encodeFunctionData({ abi, functionName: `${fn}Batch`, args }), label }
  }

  const lacks = (what: string, role: string, id: Hex): RouteStep => ({
    kind: 'stuck',
    why: `${authority.sender} (${senderAddress}) may not ${what} on ${name}`,
    mend: `grant it ${role} (${id}) on the timelock ${address}, or name another sender`,
  })

  return {
    authority: name,
    sender: authority.sender,
    reads: (calls, known) => [minDelay, mayPropose, mayExecute, openToAll, turnAt(calls, known).probe],
    next: (calls, at) => {
      const { turn, probe } = turnAt(calls, at)
      const [due, delay] = [probe.of(at), minDelay.of(at)]
      const [propose, execute, open] = [mayPropose.of(at), mayExecute.of(at), openToAll.of(at)]
      if (!due.ok || !delay.ok || !propose.ok || !execute.ok || !open.ok)
        return { kind: 'wait', until: undefined, why: `${name} could not be read` }
      const salt = saltOf(turn)
      const executes = execute.value || open.value
      if (due.value === 0n) {
        if (!propose.value) return lacks('schedule', 'PROPOSER_ROLE', roles.proposer)
        if (!executes) return lacks('execute', 'EXECUTOR_ROLE', roles.executor)
        const schedule = outer('schedule', calls, salt, delay.value)
        // Without a delay it is ready in the very block that schedules it.
        return delay.value === 0n
          ? { kind: 'send', calls: [schedule, outer('execute', calls, salt, 0n)], completes: true }
          : { kind: 'send', calls: [schedule], completes: false }
      }
      if (due.value > at.timestamp) return { kind: 'wait', until: due.value, why: `scheduled; ${name} lets it pass then` }
      return executes
        ? { kind: 'send', calls: [outer('execute', calls, salt, 0n)], completes: true }
        : lacks('execute', 'EXECUTOR_ROLE', roles.executor)
    },
    rehearse: (calls, at) => {
      const salt = saltOf(at ? turnAt(calls, at).turn : 0)
      // The real execute of the real contract: only the time that it waits for has passed.
      return { ok: true, calls: [outer('execute', calls, salt, 0n)], storage: { [address]: readySince(operationId(calls, salt)) } }
    },
    delay: (at) => {
      const read = minDelay.of(at)
      if (!read.ok) return { ms: 0, why: `the delay of ${name} could not be read` }
      return { ms: Number(read.value) * 1_000, why: `${name} waits ${spanText(read.value)} between schedule and execution` }
    },
    findings: (at) => {
      const [propose, execute, open] = [mayPropose.of(at), mayExecute.of(at), openToAll.of(at)]
      const said: string[] = []
      if (propose.ok && !propose.value) said.push(`${authority.sender} may not schedule on ${name}: it lacks PROPOSER_ROLE`)
      if (execute.ok && open.ok && !execute.value && !open.value)
        said.push(`${authority.sender} may not execute on ${name}: it lacks EXECUTOR_ROLE`)
      return said
    },
  }
}

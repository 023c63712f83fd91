// The `governor` route for OpenZeppelin's Governor: propose, let people vote, queue, wait, execute. What people have to do is said, never done.
import { encodeAbiParameters, encodeFunctionData, keccak256, numberToHex, parseAbi, toHex, type Abi } from 'viem'
import type { GovernorAuthority } from '../../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { spanText } from './delays.ts'
import { openRole, readySince } from './operation-storage.ts'
import { viewProbe } from './probe.ts'
import type { Route, RouteStep } from '../../model/route.ts'
import { batchId, roles } from './timelock.ts'

const abi: Abi = parseAbi([
  'function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)',
  'function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
  'function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)',
])
const timelockAbi: Abi = parseAbi([
  'function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) payable',
])

const none: Hex = `0x${'00'.repeat(32)}`
const nobody: Address = '0x0000000000000000000000000000000000000000'
/** Pulls of the same calls, one after another, that are told apart. */
const mostTurns = 64
/** Where a governor counts in blocks: Ethereum's. */
const assumedSecondsPerBlock = 12n

const states = ['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed'] as const
export type ProposalState = (typeof states)[number]
const stateOf = (value: number | bigint): ProposalState | undefined => states[Number(value)]

/** Over, and nobody said no: the same calls may be proposed once more. */
export const mayFollow: ReadonlySet<ProposalState | undefined> = new Set(['executed', 'expired'])

/** What a governor is asked to do, as its functions take it. */
interface Proposal {
  readonly targets: readonly Address[]
  readonly values: readonly bigint[]
  readonly calldatas: readonly Hex[]
  readonly description: string
  readonly descriptionHash: Hex
  readonly hash: bigint
}

/** The same calls at the same turn are the same proposal: after a restart it is found again instead of made twice. */
function proposalOf(calls: readonly EncodedCall[], turn: number): Proposal {
  const targets = calls.map((call) => call.to)
  const values = calls.map(() => 0n)
  const calldatas = calls.map((call) => call.data)
  const description = `Firebreak: ${calls.map((call) => call.label).join(', ')}${turn === 0 ? '' : ` (${turn + 1})`}`
  const descriptionHash = keccak256(toHex(description))
  const types = [{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }] as const
  const hash = BigInt(keccak256(encodeAbiParameters(types, [targets, values, calldatas, descriptionHash])))
  return { targets, values, calldatas, description, descriptionHash, hash }
}

export function governorRoute(authority: GovernorAuthority): Route {
  const { chain, address, name, sender, senderAddress } = authority
  const view = <out>(signature: string, args: readonly unknown[], label: string): Probe<out> =>
    viewProbe<out>(chain, address, signature, args, `${name}.${label}`)
  const about = <out>(fn: string, gives: string, id: bigint): Probe<out> =>
    view(`function ${fn}(uint256 proposalId) view returns (${gives})`, [id], `${fn}(${shortId(id)})`)

  const votingDelay = view<bigint>('function votingDelay() view returns (uint256)', [], 'votingDelay()')
  const votingPeriod = view<bigint>('function votingPeriod() view returns (uint256)', [], 'votingPeriod()')
  const threshold = view<bigint>('function proposalThreshold() view returns (uint256)', [], 'proposalThreshold()')
  const clock = view<number>('function clock() view returns (uint48)', [], 'clock()')
  const clockMode = view<string>('function CLOCK_MODE() view returns (string)', [], 'CLOCK_MODE()')
  const timelock = view<Address>('function timelock() view returns (address)', [], 'timelock()')
  const votesAt = (when: bigint): Probe<bigint> =>
    view('function getVotes(address account, uint256 timepoint) view returns (uint256)', [senderAddress, when], `getVotes(${sender})`)
  /** Governors that number their proposals do not go by the hash, and say so here. */
  const numbered = (proposal: Proposal): Probe<bigint> =>
    view(
      'function getProposalId(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) view returns (uint256)',
      [proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash],
      'getProposalId(…)',
    )
  const timelockDelay = (at: Address): Probe<bigint> =>
    viewProbe(chain, at, 'function getMinDelay() view returns (uint256)', [], `${name}.timelock.getMinDelay()`)

  const idOf = (proposal: Proposal, known: Answers): bigint => {
    const read = numbered(proposal).of(known)
    return read.ok ? read.value : proposal.hash
  }
  const stateProbe = (id: bigint): Probe<number> => about('state', 'uint8', id)

  interface Turn {
    readonly turn: number
    readonly proposal: Proposal
    readonly id: bigint
    readonly state: ProposalState | undefined
  }

  const turnAt = (calls: readonly EncodedCall[], known: Answers): Turn => {
    for (let turn = 0; ; turn++) {
      const proposal = proposalOf(calls, turn)
      const id = idOf(proposal, known)
      const read = stateProbe(id).of(known)
      const state = read.ok ? stateOf(read.value) : undefined
      if (turn === mostTurns || !mayFollow.has(state)) return { turn, proposal, id, state }
    }
  }

  const outer = (fn: 'propose' | 'queue' | 'execute', { proposal }: Turn): EncodedCall => ({
    to: address,
    data: encodeFunctionData({
      abi,
      functionName: fn,
      args: [proposal.targets, proposal.values, proposal.calldatas, fn === 'propose' ? proposal.description : proposal.descriptionHash],
    }),
    label: `${name}.${fn}(${proposal.description})`,
  })

  const byBlocks = (at: Answers): boolean => {
    const read = clockMode.of(at)
    return !read.ok || read.value.includes('blocknumber')
  }

  const proposing = (turn: Turn, at: Answers): RouteStep => {
    const [needs, now] = [threshold.of(at), clock.of(at)]
    if (needs.ok && needs.value > 0n) {
      const has = now.ok ? votesAt(BigInt(now.value) - 1n).of(at) : undefined
      if (!has?.ok) return { kind: 'wait', until: undefined, why: `the votes of ${sender} could not be read` }
      if (has.value < needs.value)
        return {
          kind: 'stuck',
          why: `${sender} (${senderAddress}) has ${has.value} votes, and ${name} asks for ${needs.value} to propose`,
          mend: `delegate votes to ${senderAddress}, or name another sender`,
        }
    }
    return { kind: 'send', calls: [outer('propose', turn)], completes: false }
  }

  const queueing = (turn: Turn, at: Answers): RouteStep => {
    const read = about<boolean>('proposalNeedsQueuing', 'bool', turn.id).of(at)
    // Governors before 5.0 do not say; those with a timelock queue.
    const queues = read.ok ? read.value : timelock.of(at).ok
    return queues
      ? { kind: 'send', calls: [outer('queue', turn)], completes: false }
      : { kind: 'send', calls: [outer('execute', turn)], completes: true }
  }

  const waitFor = (turn: Turn, what: string, at: Answers): RouteStep => {
    const read = about<bigint>('proposalSnapshot', 'uint256', turn.id).of(at)
    const blocks = byBlocks(at)
    const until = read.ok && !blocks ? read.value : undefined
    return { kind: 'wait', until, why: read.ok && blocks ? `${what} after block ${read.value}` : what }
  }

  const voting = ({ id, proposal }: Turn, at: Answers): RouteStep => {
    const ends = about<bigint>('proposalDeadline', 'uint256', id).of(at)
    const when = ends.ok
      ? byBlocks(at)
        ? ` until block ${ends.value}`
        : ` until ${new Date(Number(ends.value) * 1_000).toISOString()}`
      : ''
    return {
      kind: 'people',
      ask: {
        id: numberToHex(id, { size: 32 }),
        says: `vote for proposal ${shortId(id)} of ${name}${when}: ${proposal.description}`,
        needs: 1,
        has: [],
        lacks: [],
        refused: [],
        notes: ['votes count by their weight, and only those that were delegated before voting began'],
        proposal: { governor: address, proposalId: id.toString(), vote: `castVote(${id}, 1)` },
      },
    }
  }

  return {
    authority: name,
    sender,
    reads: (calls, known) => {
      const { proposal, id } = turnAt(calls, known)
      const now = clock.of(known)
      const above = timelock.of(known)
      return [
        votingDelay,
        votingPeriod,
        threshold,
        clock,
        clockMode,
        timelock,
        numbered(proposal),
        stateProbe(id),
        about('proposalNeedsQueuing', 'bool', id),
        about('proposalSnapshot', 'uint256', id),
        about('proposalDeadline', 'uint256', id),
        about('proposalEta', 'uint256', id),
        ...(now.ok ? [votesAt(BigInt(now.value) - 1n)] : []),
        ...(above.ok ? [timelockDelay(above.value)] : []),
      ]
    },
    next: (calls, at) => {
      const turn = turnAt(calls, at)
      // A proposal that does not exist makes `state` revert: only where the rest can be read does that mean "not yet proposed".
      if (turn.state === undefined)
        return votingPeriod.of(at).ok ? proposing(turn, at) : { kind: 'wait', until: undefined, why: `${name} could not be read` }
      switch (turn.state) {
        case 'pending':
          return waitFor(turn, 'proposed; people can vote', at)
        case 'active':
          return voting(turn, at)
        case 'succeeded':
          return queueing(turn, at)
        case 'queued': {
          const eta = about<bigint>('proposalEta', 'uint256', turn.id).of(at)
          if (!eta.ok) return { kind: 'wait', until: undefined, why: `${name} could not be read` }
          if (eta.value > at.timestamp) return { kind: 'wait', until: eta.value, why: `voted for and queued; ${name} lets it pass then` }
          return { kind: 'send', calls: [outer('execute', turn)], completes: true }
        }
        case 'canceled':
        case 'defeated':
          return {
            kind: 'stuck',
            why: `people said no: proposal ${shortId(turn.id)} of ${name} is ${turn.state}`,
            mend: 'it is theirs to propose again, by hand',
          }
        case 'expired':
        case 'executed':
          return { kind: 'stuck', why: `these calls were proposed ${mostTurns} times`, mend: 'propose them by hand' }
        default:
          return turn.state satisfies never
      }
    },
    rehearse: (calls, at) => {
      const above = at && timelock.of(at)
      if (!at || !above?.ok || above.value === nobody)
        return { ok: false, why: `only a vote makes ${name} act: it cannot be tried without one` }
      const { proposal } = turnAt(calls, at)
      // The timelock's real executeBatch, as the governor would call it: the vote and the delay are taken for granted, nothing else is.
      const salt = numberToHex((BigInt(address) << 96n) ^ BigInt(proposal.descriptionHash), { size: 32 })
      const id = batchId(
        calls.map((call) => ({ ...call, value: 0n })),
        salt,
      )
      const args = [proposal.targets, proposal.values, proposal.calldatas, none, salt]
      return {
        ok: true,
        calls: [
          {
            to: above.value,
            data: encodeFunctionData({ abi: timelockAbi, functionName: 'executeBatch', args }),
            label: `${name}.execute(${proposal.description})`,
          },
        ],
        storage: { [above.value]: { ...readySince(id), ...openRole(roles.executor) } },
      }
    },
    delay: (at) => {
      const [before, during, above] = [votingDelay.of(at), votingPeriod.of(at), timelock.of(at)]
      if (!before.ok || !during.ok) return { ms: 0, why: `the delay of ${name} could not be read` }
      const blocks = byBlocks(at)
      const votes = (before.value + during.value) * (blocks ? assumedSecondsPerBlock : 1n)
      const last = above.ok ? timelockDelay(above.value).of(at) : undefined
      const waits = last?.ok ? last.value : 0n
      const how = blocks ? ` (${before.value + during.value} blocks of ${assumedSecondsPerBlock} s)` : ''
      const then = waits > 0n ? `, and its timelock ${spanText(waits)} more` : ''
      return { ms: Number(votes + waits) * 1_000, why: `${name} takes ${spanText(votes)}${how} until a vote is over${then}` }
    },
    findings: () => [],
  }
}

/** Ids are hashes of 78 digits; people tell them apart by a few. */
function shortId(id: bigint): string {
  const text = id.toString()
  return text.length > 12 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text
}

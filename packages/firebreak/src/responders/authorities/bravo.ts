// The `governor` route for Compound's GovernorBravo with its Timelock: proposals are numbered, and each proposer has one at a time.
import { encodeAbiParameters, encodeFunctionData, keccak256, numberToHex, parseAbi, type Abi } from 'viem'
import type { GovernorAuthority } from '../../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { spanText } from './delays.ts'
import { mayFollow, type ProposalState } from './governor.ts'
import { viewProbe } from './probe.ts'
import type { Route, RouteStep } from '../../model/route.ts'

const abi: Abi = parseAbi([
  'function propose(address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, string description) returns (uint256)',
  'function queue(uint256 proposalId)',
  'function execute(uint256 proposalId) payable',
])
const timelockAbi: Abi = parseAbi([
  'function executeTransaction(address target, uint256 value, string signature, bytes data, uint256 eta) payable returns (bytes)',
])

/** The same order as OpenZeppelin's, which took it over. */
const states = ['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed'] as const
const secondsPerBlock = 12n

type Actions = readonly [targets: readonly Address[], values: readonly bigint[], signatures: readonly string[], calldatas: readonly Hex[]]
type Facts = readonly [id: bigint, proposer: Address, eta: bigint, startBlock: bigint, endBlock: bigint, ...rest: unknown[]]

export function bravoRoute(authority: GovernorAuthority): Route {
  const { chain, address, name, sender, senderAddress } = authority
  const view = <out>(signature: string, args: readonly unknown[], label: string): Probe<out> =>
    viewProbe<out>(chain, address, signature, args, `${name}.${label}`)

  const latest = view<bigint>('function latestProposalIds(address) view returns (uint256)', [senderAddress], `latestProposalIds(${sender})`)
  const votingDelay = view<bigint>('function votingDelay() view returns (uint256)', [], 'votingDelay()')
  const votingPeriod = view<bigint>('function votingPeriod() view returns (uint256)', [], 'votingPeriod()')
  const threshold = view<bigint>('function proposalThreshold() view returns (uint256)', [], 'proposalThreshold()')
  const comp = view<Address>('function comp() view returns (address)', [], 'comp()')
  const timelock = view<Address>('function timelock() view returns (address)', [], 'timelock()')
  const stateProbe = (id: bigint): Probe<number> => view('function state(uint256) view returns (uint8)', [id], `state(${id})`)
  const facts = (id: bigint): Probe<Facts> =>
    view(
      'function proposals(uint256) view returns (uint256 id, address proposer, uint256 eta, uint256 startBlock, uint256 endBlock, uint256 forVotes, uint256 againstVotes, uint256 abstainVotes, bool canceled, bool executed)',
      [id],
      `proposals(${id})`,
    )
  const actions = (id: bigint): Probe<Actions> =>
    view(
      'function getActions(uint256) view returns (address[] targets, uint256[] values, string[] signatures, bytes[] calldatas)',
      [id],
      `getActions(${id})`,
    )
  const votesIn = (token: Address): Probe<bigint> =>
    viewProbe(chain, token, 'function getCurrentVotes(address) view returns (uint96)', [senderAddress], `votes of ${sender}`)
  const delayOf = (at: Address): Probe<bigint> =>
    viewProbe(chain, at, 'function delay() view returns (uint256)', [], `${name}.timelock.delay()`)

  interface Latest {
    readonly id: bigint
    readonly ours: boolean
    readonly state: ProposalState | undefined
    readonly facts: Facts | undefined
  }

  /** The sender's newest proposal: ours when it makes the very same calls. */
  const latestAt = (calls: readonly EncodedCall[], at: Answers): Latest | undefined => {
    const id = latest.of(at)
    if (!id.ok) return undefined
    if (id.value === 0n) return { id: 0n, ours: false, state: undefined, facts: undefined }
    const [made, state, all] = [actions(id.value).of(at), stateProbe(id.value).of(at), facts(id.value).of(at)]
    if (!made.ok || !state.ok || !all.ok) return undefined
    const [targets, values, signatures, calldatas] = made.value
    const ours =
      targets.length === calls.length &&
      calls.every(
        (call, i) =>
          targets[i]?.toLowerCase() === call.to.toLowerCase() && values[i] === 0n && signatures[i] === '' && calldatas[i] === call.data,
      )
    return { id: id.value, ours, state: states[state.value], facts: all.value }
  }

  const say = (fn: 'queue' | 'execute', id: bigint): EncodedCall => ({
    to: address,
    data: encodeFunctionData({ abi, functionName: fn, args: [id] }),
    label: `${name}.${fn}(${id})`,
  })

  const proposing = (calls: readonly EncodedCall[], at: Answers): RouteStep => {
    const [token, needs] = [comp.of(at), threshold.of(at)]
    const has = token.ok ? votesIn(token.value).of(at) : undefined
    if (!needs.ok || !has?.ok) return { kind: 'wait', until: undefined, why: `the votes of ${sender} could not be read` }
    if (has.value <= needs.value)
      return {
        kind: 'stuck',
        why: `${sender} (${senderAddress}) has ${has.value} votes, and ${name} asks for more than ${needs.value} to propose`,
        mend: `delegate votes to ${senderAddress}, or name another sender`,
      }
    const description = `Firebreak: ${calls.map((call) => call.label).join(', ')}`
    const args = [calls.map((call) => call.to), calls.map(() => 0n), calls.map(() => ''), calls.map((call) => call.data), description]
    const propose = {
      to: address,
      data: encodeFunctionData({ abi, functionName: 'propose', args }),
      label: `${name}.propose(${description})`,
    }
    return { kind: 'send', calls: [propose], completes: false }
  }

  const own = (
    { id, state, facts: all }: Latest,
    calls: readonly EncodedCall[],
    at: Answers & { readonly timestamp: bigint },
  ): RouteStep => {
    switch (state) {
      case 'pending':
        return { kind: 'wait', until: undefined, why: `proposed; people can vote after block ${all?.[3]}` }
      case 'active':
        return {
          kind: 'people',
          ask: {
            id: numberToHex(id, { size: 32 }),
            says: `vote for proposal ${id} of ${name} until block ${all?.[4]}: ${calls.map((call) => call.label).join(', ')}`,
            needs: 1,
            has: [],
            lacks: [],
            refused: [],
            notes: ['votes count by their weight, and only those that were delegated before voting began'],
            proposal: { governor: address, proposalId: id.toString(), vote: `castVote(${id}, 1)` },
          },
        }
      case 'succeeded':
        return { kind: 'send', calls: [say('queue', id)], completes: false }
      case 'queued': {
        const eta = all?.[2] ?? 0n
        if (eta > at.timestamp) return { kind: 'wait', until: eta, why: `voted for and queued; its timelock lets it pass then` }
        return { kind: 'send', calls: [say('execute', id)], completes: true }
      }
      case 'canceled':
      case 'defeated':
        return {
          kind: 'stuck',
          why: `people said no: proposal ${id} of ${name} is ${state}`,
          mend: 'it is theirs to propose again, by hand',
        }
      case 'expired':
      case 'executed':
      case undefined:
        return proposing(calls, at)
      default:
        return state satisfies never
    }
  }

  return {
    authority: name,
    sender,
    reads: (_, known) => {
      const [id, token, above] = [latest.of(known), comp.of(known), timelock.of(known)]
      return [
        latest,
        votingDelay,
        votingPeriod,
        threshold,
        comp,
        timelock,
        ...(id.ok && id.value > 0n ? [stateProbe(id.value), facts(id.value), actions(id.value)] : []),
        ...(token.ok ? [votesIn(token.value)] : []),
        ...(above.ok ? [delayOf(above.value)] : []),
      ]
    },
    next: (calls, at) => {
      const newest = latestAt(calls, at)
      if (!newest) return { kind: 'wait', until: undefined, why: `${name} could not be read` }
      if (newest.ours && !mayFollow.has(newest.state)) return own(newest, calls, at)
      const busy = newest.state === 'pending' || newest.state === 'active'
      if (busy)
        return {
          kind: 'wait',
          until: undefined,
          why: `${sender} has proposal ${newest.id} of its own under way, and ${name} allows one at a time`,
        }
      return proposing(calls, at)
    },
    rehearse: (calls, at) => {
      const above = at && timelock.of(at)
      if (!above?.ok || at?.timestamp === undefined)
        return { ok: false, why: `only a vote makes ${name} act: it cannot be tried without one` }
      const eta = at.timestamp
      const words: Record<Hex, Hex> = {
        // The timelock obeys its admin, the governor; the sender plays the governor that was voted to do this.
        [slot(0n)]: numberToHex(BigInt(senderAddress), { size: 32 }),
      }
      const outer = calls.map((call): EncodedCall => {
        const args = [call.to, 0n, '', call.data, eta]
        words[queuedSlot(call, eta)] = slot(1n)
        const data = encodeFunctionData({ abi: timelockAbi, functionName: 'executeTransaction', args })
        return { to: above.value, data, label: `${name}.execute(${call.label})` }
      })
      return { ok: true, calls: outer, storage: { [above.value]: words } }
    },
    delay: (at) => {
      const [before, during, above] = [votingDelay.of(at), votingPeriod.of(at), timelock.of(at)]
      const last = above.ok ? delayOf(above.value).of(at) : undefined
      if (!before.ok || !during.ok || !last?.ok) return { ms: 0, why: `the delay of ${name} could not be read` }
      const blocks = before.value + during.value
      const votes = blocks * secondsPerBlock
      return {
        ms: Number(votes + last.value) * 1_000,
        why: `${name} takes ${spanText(votes)} (${blocks} blocks of ${secondsPerBlock} s) until a vote is over, and its timelock ${spanText(last.value)} more`,
      }
    },
    findings: () => [],
  }
}

const slot = (value: bigint): Hex => numberToHex(value, { size: 32 })

/** Compound's Timelock keeps what is queued in a mapping at slot 3, by the hash of the transaction. */
function queuedSlot(call: EncodedCall, eta: bigint): Hex {
  const types = [{ type: 'address' }, { type: 'uint256' }, { type: 'string' }, { type: 'bytes' }, { type: 'uint256' }] as const
  const hash = keccak256(encodeAbiParameters(types, [call.to, 0n, '', call.data, eta]))
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [hash, 3n]))
}

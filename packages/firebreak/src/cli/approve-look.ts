// What a signer has to know of a proposal: what its bytes say, what the Safe says now, and what the chain would be like afterwards.
import { conditionHolds } from '../base/condition.ts'
import { wordProbe } from '../base/veto.ts'
import { cancelling, type Cancelling } from '../detectors/governance/cancelling.ts'
import type { Connected } from '../engine/connect.ts'
import type { Condition, SafeAuthority } from '../model/brake.ts'
import type { Answers, Probe } from '../model/call.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { readRoute } from '../responders/authorities/read-route.ts'
import {
  checkApprovals,
  consentOf,
  consentStorage,
  contractParts,
  signatureBytes,
  type Approval,
  type Refused,
} from '../responders/authorities/safe-signatures.ts'
import {
  accepted,
  acceptsProbe,
  multiSends,
  safeFindings,
  safeState,
  safeViews,
  type SafeState,
} from '../responders/authorities/safe-state.ts'
import { safeRoute } from '../responders/authorities/safe.ts'
import { execCall, innerCalls, preimageOf, safeHashes, type InnerCall, type SafeHashes } from '../responders/authorities/safe-tx.ts'
import { txOf, type Proposal } from '../responders/proposals/proposal.ts'
import { decodeCall, type DecodedCall } from './decode-call.ts'
import type { OpenPlan } from './open-plan.ts'

export interface Change {
  readonly what: string
  readonly before: string
  readonly after: string
}

export interface SeenCall<call = InnerCall> {
  readonly call: call
  readonly decoded: DecodedCall | { readonly why: string }
}

export interface ProposalLook {
  readonly state: SafeState
  readonly hashes: SafeHashes
  readonly calls: readonly SeenCall[]
  /** What a veto cancels, and what that would have done, as far as the bytes say. */
  readonly cancels:
    | { readonly operation: string; readonly calls: readonly SeenCall<Omit<InnerCall, 'operation'>>[] | undefined }
    | undefined
  /** It is to the letter what the plan's brake does. */
  readonly isTheBrake: boolean
  readonly findings: readonly string[]
  readonly has: readonly Address[]
  readonly refused: readonly Refused[]
  readonly simulated: { readonly ok: true; readonly changes: readonly Change[] } | { readonly ok: false; readonly why: string }
  /** Does the brake hold now, and would it then. */
  readonly holds: { readonly before: boolean | undefined; readonly after: boolean | undefined }
  /** Anything that a signer would have to take on trust. */
  readonly blind: readonly string[]
  /** Why there is no use in signing. */
  readonly useless: string | undefined
}

export async function lookAtProposal(
  opened: OpenPlan,
  { node }: Pick<Connected, 'node'>,
  authority: SafeAuthority,
  proposal: Proposal,
  approvals: readonly Approval[],
): Promise<ProposalLook | { readonly wrong: string }> {
  const { plan, definition } = opened
  const tx = txOf(proposal)
  const place = { chainId: proposal.chainId, safe: proposal.safe }
  const hashes = safeHashes(tx, place)
  const head = await node.head()
  const inner = innerCalls(tx)
  const stops = vetoed(plan, authority, proposal, inner)
  const brake = plan.brakes.find((one) => one.name === proposal.brake && one.chain === authority.chain)
  const holds: Condition | undefined = stops
    ? { probe: wordProbe(stops.holds), wanted: { kind: 'is', value: stops.holds.is } }
    : brake?.holds
  const expected = (proposal.does === 'release' ? brake?.undo : brake?.calls) ?? []
  const views = safeViews(authority)
  // The Safe's general state, and what it says of this very transaction.
  const general = await readRoute(node, head.hash, safeRoute(authority), expected)
  const state = safeState(authority, general)
  if ('why' in state) return { wrong: `${authority.name} at ${authority.address} does not answer like a Safe: ${state.why}` }
  const accepts = (owner: Address, signature: Hex): Probe<Hex> =>
    acceptsProbe(authority.chain, state.version, owner, hashes.safeTx, preimageOf(tx, place), signature)
  const own = await node.read(head.hash, [
    views.hash(tx),
    ...state.owners.map((owner) => views.approved(owner, hashes.safeTx)),
    ...contractParts(approvals).flatMap(({ owner, signature }) => (state.owners.includes(owner) ? [accepts(owner, signature)] : [])),
  ])
  const hash = views.hash(tx).of(own)
  if (hash.ok && hash.value !== hashes.safeTx)
    return { wrong: `the Safe gives this transaction the hash ${hash.value}, not ${hashes.safeTx}` }
  const approved = new Set(
    state.owners.filter((owner) => {
      const read = views.approved(owner, hashes.safeTx).of(own)
      return read.ok && read.value > 0n
    }),
  )
  const { parts, refused } = checkApprovals(approvals, tx, place, {
    owners: state.owners,
    approved,
    accepts: (owner, signature) => {
      const read = accepts(owner, signature).of(own)
      return read.ok ? accepted.includes(read.value) : read.why === 'it reverted' ? false : undefined
    },
  })

  const calls = (inner ?? [tx]).map((call) => ({
    call,
    decoded: inner ? decodeCall(definition, plan, authority.chain, call, stops?.abi) : { why: 'it is a delegatecall that is no MultiSend' },
  }))
  const isTheBrake =
    stops !== undefined ||
    (inner !== undefined &&
      expected.length === inner.length &&
      inner.every((call, i) => call.to === expected[i]?.to && call.data === expected[i]?.data && call.value === 0n && call.operation === 0))

  const probes = [...(holds && stops ? [{ what: holds.probe.label, probe: holds.probe }] : []), ...probesOf(plan, authority.chain)]
  const before = await node.read(
    head.hash,
    probes.map((one) => one.probe),
  )
  const simulated = await simulate(node, authority, state, proposal, head, probes, before)
  const holdsIn = (at: Answers | undefined): boolean | undefined => (holds && at ? conditionHolds(holds, at) : undefined)
  const after = simulated.ok ? simulated.after : undefined
  return {
    state,
    hashes,
    calls,
    cancels: stops && {
      operation: stops.operation,
      calls: stops.calls?.map((call) => ({ call, decoded: decodeCall(definition, plan, authority.chain, call) })),
    },
    isTheBrake,
    findings: safeFindings(authority, state),
    has: parts.map((part) => part.owner),
    refused,
    simulated: simulated.ok ? { ok: true, changes: simulated.changes } : simulated,
    holds: { before: holdsIn(before), after: holdsIn(after) },
    blind: [
      ...calls.flatMap(({ decoded }) => ('why' in decoded ? [`it cannot be read: ${decoded.why}`] : [])),
      ...(isTheBrake
        ? []
        : [`it is not what the plan's brake ${proposal.brake} ${proposal.does === 'release' ? 'does to be released' : 'calls'}`]),
      ...(tx.operation === 1 && !knownMultiSend(authority, tx.to, state)
        ? [`it delegates to ${tx.to}, which is no MultiSend that the plan or Safe's authors name: it can do anything as the Safe`]
        : []),
      ...(simulated.ok ? [] : [`its simulation failed: ${simulated.why}`]),
    ],
    useless:
      tx.nonce < state.nonce
        ? `it is stale: the Safe is at nonce ${state.nonce}, and this was for ${tx.nonce}`
        : parts.length >= state.threshold
          ? `${parts.length} of ${state.threshold} have signed already`
          : undefined,
  }
}

/** A veto may make one cancelling call of the contracts that the plan names for it, and nothing else. */
function vetoed(
  plan: ResolvedPlan,
  { chain }: SafeAuthority,
  { brake, does }: Proposal,
  inner: readonly InnerCall[] | undefined,
): Cancelling | undefined {
  const veto = plan.vetoes?.find((one) => one.name === brake && one.chain === chain)
  const [call] = inner ?? []
  if (!veto || !call || inner?.length !== 1 || does !== 'pull' || call.value !== 0n || call.operation !== 0) return undefined
  return veto.stops.includes(call.to) ? cancelling(call) : undefined
}

const knownMultiSend = (authority: SafeAuthority, to: Address, state: SafeState): boolean =>
  to === (authority.multiSend ?? multiSends[state.version])

interface Named {
  readonly what: string
  readonly probe: Probe
}

/** What the plan reads of this chain: brakes, levers and holdings. */
const probesOf = (plan: ResolvedPlan, chain: string): readonly Named[] => {
  const brakes = plan.brakes.filter((one) => one.chain === chain)
  const all: readonly Named[] = [
    ...brakes.map((one) => ({ what: one.holds.probe.label, probe: one.holds.probe })),
    ...brakes.flatMap((one) => (one.lever ? [{ what: one.lever.probe.label, probe: one.lever.probe }] : [])),
    ...plan.holdings
      .filter((one) => one.chain === chain)
      .map((one) => ({
        what: `${one.asset} of ${plan.contracts.find((contract) => contract.address === one.holder)?.name ?? one.holder}`,
        probe: one.balance,
      })),
  ]
  return [...new Map(all.map((one) => [one.probe.key, one])).values()]
}

type Simulated =
  | { readonly ok: true; readonly changes: readonly Change[]; readonly after: Answers }
  | { readonly ok: false; readonly why: string }

/** The whole `execTransaction`, past the guard, as if enough owners had approved: nothing else of the chain is changed for it. */
async function simulate(
  node: Connected['node'],
  authority: SafeAuthority,
  state: SafeState,
  proposal: Proposal,
  base: Awaited<ReturnType<Connected['node']['head']>>,
  probes: readonly Named[],
  before: Answers,
): Promise<Simulated> {
  const tx = txOf(proposal)
  if (tx.nonce !== state.nonce) return { ok: false, why: `it is for nonce ${tx.nonce}, and the Safe is at ${state.nonce}` }
  const from = authority.executorAddress ?? (await richest(node, state.owners, base.hash))
  const signers = state.owners.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).slice(0, state.threshold)
  const signatures = signatureBytes(
    signers.map((owner) => ({ owner, head: consentOf(owner), tail: undefined })),
    state.threshold,
  )
  const { to, data } = execCall(authority.address, authority.name, tx, signatures)
  const maxFee = base.baseFee + base.baseFee / 8n + 1n
  const { balance } = await node.account(from, base.hash)
  const gas = balance / maxFee < simulatedGas ? balance / maxFee : simulatedGas
  if (gas < 100_000n) return { ok: false, why: `${from}, who would send it, has no coins for its gas` }
  const [outcome] = await node.run(
    [
      {
        id: 'approve',
        base,
        brakes: [],
        form: 'approve',
        steps: [[{ from, to, data, value: 0n, gas, maxFee, maxTip: 0n, nonce: undefined }]],
        code: {},
        storage: {
          [authority.address]: consentStorage(signers, safeHashes(tx, { chainId: proposal.chainId, safe: proposal.safe }).safeTx),
        },
      },
    ],
    probes.map((one) => one.probe),
  )
  if (!outcome?.ok) return { ok: false, why: outcome?.why ?? 'the node gave no answer' }
  const [step] = outcome.steps
  const [call] = step?.calls ?? []
  if (!step || !call?.ok) return { ok: false, why: call?.why ?? 'it reverts' }
  const after: Answers = { answers: step.answers }
  const changes = probes.flatMap(({ what, probe }): readonly Change[] => {
    const [was, is] = [textOf(probe, before), textOf(probe, after)]
    return was === is ? [] : [{ what, before: was, after: is }]
  })
  return { ok: true, changes, after }
}

const simulatedGas = 3_000_000n

const textOf = (probe: Probe, at: Answers): string => {
  const read = probe.of(at)
  return read.ok ? String(read.value) : `unreadable (${read.why})`
}

async function richest(node: Connected['node'], owners: readonly Address[], at: Hex): Promise<Address> {
  const balances = await Promise.all(owners.map(async (owner) => ({ owner, balance: (await node.account(owner, at)).balance })))
  const [first] = balances.toSorted((a, b) => (a.balance > b.balance ? -1 : 1))
  return first?.owner ?? '0x0000000000000000000000000000000000000000'
}

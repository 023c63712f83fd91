// Reads new operations out of a moment's logs, and what became of older ones out of its answers.
import { encodeAbiParameters, keccak256, toHex } from 'viem'
import type { EventRef, LogProbe, Probe } from '../../model/call.ts'
import type { Scope } from '../../model/detector.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { BlockMoment } from '../../model/moment.ts'
import type { At } from '../options.ts'
import { eventOf, viewOf } from './abi.ts'
import { bounded, withSignature, type Operation } from './operation.ts'

/** Where governance is. */
export interface Places {
  readonly governor: At | undefined
  readonly timelock: At | undefined
  readonly manager: At | undefined
}

export interface Gatherer {
  readonly logs: readonly LogProbe[]
  /** The read that says how far an operation has come. */
  readonly progress: (operation: Operation) => Probe<unknown>
  readonly gather: (open: readonly Operation[], moment: BlockMoment) => readonly Operation[]
}

const none: Hex = `0x${'00'.repeat(32)}`

interface Created {
  readonly proposalId: bigint
  readonly proposer: Address
  readonly targets: readonly Address[]
  readonly values: readonly bigint[]
  readonly signatures: readonly string[]
  readonly calldatas: readonly Hex[]
  readonly voteEnd: bigint
  readonly description: string
}
interface Scheduled {
  readonly id: Hex
  readonly target: Address
  readonly value: bigint
  readonly data: Hex
  readonly predecessor: Hex
  readonly delay: bigint
}
interface QueuedTransaction {
  readonly txHash: Hex
  readonly target: Address
  readonly value: bigint
  readonly signature: string
  readonly data: Hex
  readonly eta: bigint
}
interface Managed {
  readonly operationId: Hex
  readonly schedule: number
  readonly caller: Address
  readonly target: Address
  readonly data: Hex
}

export function gatherer(scope: Scope, { governor, timelock, manager }: Places): Gatherer {
  /** The decoder is compiled from the event in abi.ts, whose arguments these types say. */
  const hear = <args>(at: At | undefined, name: Parameters<typeof eventOf>[0]): LogProbe<args> | undefined => {
    const ref: EventRef | undefined = at && { kind: 'event', chain: at.chain, address: at.address, event: eventOf(name) }
    return ref && (scope.event(ref) as LogProbe<unknown> as LogProbe<args>)
  }
  const created = hear<Created>(governor, 'ProposalCreated')
  const queued = hear<{ readonly proposalId: bigint; readonly eta: bigint }>(governor, 'ProposalQueued')
  const scheduled = hear<Scheduled>(timelock, 'CallScheduled')
  const salts = hear<{ readonly id: Hex; readonly salt: Hex }>(timelock, 'CallSalt')
  const transactions = hear<QueuedTransaction>(timelock, 'QueueTransaction')
  const managed = hear<Managed>(manager, 'OperationScheduled')

  const proposals = (moment: BlockMoment): readonly Operation[] =>
    (created?.of(moment) ?? []).map(({ args, log }) =>
      bounded({
        kind: 'proposal',
        id: args.proposalId.toString(),
        by: args.proposer,
        tx: log.tx,
        calls: args.targets.map((to, i) => ({
          to,
          value: args.values[i] ?? 0n,
          data: withSignature(args.signatures[i] ?? '', args.calldatas[i] ?? '0x'),
        })),
        count: args.targets.length,
        seenAt: moment.block.timestamp,
        over: undefined,
        status: undefined,
        voteEnd: args.voteEnd,
        eta: undefined,
        descriptionHash: keccak256(toHex(args.description)),
        held: undefined,
      }),
    )

  const batches = (moment: BlockMoment): readonly Operation[] => {
    const byId = new Map<Hex, { readonly args: Scheduled; readonly tx: Hex }[]>()
    for (const { args, log } of scheduled?.of(moment) ?? []) byId.set(args.id, [...(byId.get(args.id) ?? []), { args, tx: log.tx }])
    return [...byId].flatMap(([id, parts]) => {
      const [first] = parts
      if (!first) return []
      const salt = salts?.of(moment).find(({ args }) => args.id === id)?.args.salt ?? none
      return bounded({
        kind: 'scheduled',
        id,
        by: undefined,
        tx: first.tx,
        calls: parts.map(({ args }) => ({ to: args.target, value: args.value, data: args.data })),
        count: parts.length,
        seenAt: moment.block.timestamp,
        over: undefined,
        status: undefined,
        ready: moment.block.timestamp + first.args.delay,
        predecessor: first.args.predecessor,
        salt,
        // A batch of one and a single call leave the same events: their ids tell.
        batch: parts.length > 1 || singleId(first.args, salt) !== id,
      })
    })
  }

  const singles = (moment: BlockMoment): readonly Operation[] =>
    (transactions?.of(moment) ?? []).map(({ args, log }) =>
      bounded({
        kind: 'queued',
        id: args.txHash,
        by: undefined,
        tx: log.tx,
        calls: [{ to: args.target, value: args.value, data: withSignature(args.signature, args.data) }],
        count: 1,
        seenAt: moment.block.timestamp,
        over: undefined,
        status: undefined,
        ready: args.eta,
        signature: args.signature,
        argument: args.data,
      }),
    )

  const managedOnes = (moment: BlockMoment): readonly Operation[] =>
    (managed?.of(moment) ?? []).map(({ args, log }) =>
      bounded({
        kind: 'managed',
        id: args.operationId,
        by: args.caller,
        tx: log.tx,
        calls: [{ to: args.target, value: 0n, data: args.data }],
        count: 1,
        seenAt: moment.block.timestamp,
        over: undefined,
        status: undefined,
        ready: BigInt(args.schedule),
      }),
    )

  const progress = (operation: Operation): Probe<unknown> => {
    const at = operation.kind === 'proposal' ? governor : operation.kind === 'managed' ? manager : timelock
    if (!at) throw new Error(`an operation of a contract that is not watched: ${operation.kind}`)
    const read = (name: Parameters<typeof viewOf>[0], id: unknown): Probe<unknown> =>
      scope.read({ kind: 'read', chain: at.chain, to: at.address, fn: viewOf(name), args: [id] })
    switch (operation.kind) {
      case 'proposal':
        return read('state', BigInt(operation.id))
      case 'scheduled':
        return read('getTimestamp', operation.id)
      case 'queued':
        return read('queuedTransactions', operation.id)
      case 'managed':
        return read('getSchedule', operation.id)
      default:
        return operation satisfies never
    }
  }

  const moved = (operation: Operation, moment: BlockMoment): Operation => {
    const read = progress(operation).of(moment)
    if (!read.ok) return operation
    const status = BigInt(read.value as bigint | number | boolean)
    const how = endOf(operation, status)
    // A reorg is another branch of states; on one branch what is over stays over, but for a schedule that is made again.
    const over = how && (operation.over ?? { how, block: moment.block.number })
    return status === operation.status && over?.how === operation.over?.how ? operation : { ...operation, status, over }
  }

  return {
    logs: [created, queued, scheduled, salts, transactions, managed].flatMap((probe): readonly LogProbe[] =>
      probe ? [probe as LogProbe<unknown> as LogProbe] : [],
    ),
    progress,
    gather: (open, moment) => {
      const etas = new Map((queued?.of(moment) ?? []).map(({ args, log }) => [args.proposalId.toString(), { eta: args.eta, tx: log.tx }]))
      const inTimelock = batches(moment)
      const older = open.map((operation) => {
        const now = moved(operation, moment)
        const put = now.kind === 'proposal' ? etas.get(now.id) : undefined
        if (now.kind !== 'proposal' || !put) return now
        return { ...now, eta: put.eta, held: heldBy(inTimelock, put.tx) }
      })
      // What a watched governor hands to its timelock is the proposal that is known already.
      const handedOver = new Set([...etas.values()].map((put) => put.tx))
      const direct = [...inTimelock, ...singles(moment)].filter((one) => !handedOver.has(one.tx))
      const fresh = [...proposals(moment), ...direct, ...managedOnes(moment)]
      const again = new Set(fresh.map((one) => `${one.kind}:${one.id}`))
      if (fresh.length === 0 && older.every((one, i) => one === open[i])) return open
      return [...older.filter((one) => !again.has(`${one.kind}:${one.id}`)), ...fresh]
    },
  }
}

function singleId({ target, value, data, predecessor }: Scheduled, salt: Hex): Hex {
  const types = [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
  return keccak256(encodeAbiParameters(types, [target, value, data, predecessor, salt]))
}

function heldBy(batches: readonly Operation[], tx: Hex): Hex | undefined {
  const found = batches.filter((one) => one.tx === tx)
  const [only] = found
  return found.length === 1 && only ? (only.id as Hex) : undefined
}

/** What the contract's own count says of the end. */
function endOf(operation: Operation, status: bigint): 'executed' | 'stopped' | undefined {
  switch (operation.kind) {
    case 'proposal':
      // Canceled, defeated, expired; executed.
      return status === 7n ? 'executed' : status === 2n || status === 3n || status === 6n ? 'stopped' : undefined
    case 'scheduled':
      return status === 1n ? 'executed' : status === 0n ? 'stopped' : undefined
    case 'queued':
    case 'managed':
      // Executed or stopped: the contract forgets it either way.
      return status === 0n ? 'stopped' : undefined
    default:
      return operation satisfies never
  }
}

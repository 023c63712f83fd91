// Turns an operation into what has to be tried: whose calls, at what time, by which function, and how it can still be stopped.
import { encodeFunctionData } from 'viem'
import type { Answers, Probe } from '../../model/call.ts'
import type { Scope } from '../../model/detector.ts'
import type { Forecast, Stop } from '../../model/forecast.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { At } from '../options.ts'
import { acts, bravoActs, compoundTimelockActs, managerActs, timelockActs, viewOf } from './abi.ts'
import type { Gatherer, Places } from './gather.ts'
import type { Operation, ProposalOperation } from './operation.ts'

/** What is read of the contracts themselves, whatever is under way. */
export interface Rules {
  /** Who carries out the governor's proposals. */
  readonly executor: Address | undefined
  readonly guardian: Address | undefined
  /** Compound's own way: proposals are executed and cancelled by their number. */
  readonly numbered: boolean
  readonly countsSeconds: boolean
  /** Seconds that the timelock adds. */
  readonly delay: bigint
}

export interface Forecasting {
  readonly reads: readonly Probe[]
  /** Undefined until the contracts could be read once. */
  readonly rulesAt: (moment: Answers) => Rules | undefined
  readonly forecast: (operation: Operation, now: Now) => Forecast
}

export interface Now {
  readonly rules: Rules
  readonly number: bigint
  readonly timestamp: bigint
  /** What a block takes here, in milliseconds. */
  readonly paceMs: number
  /** Which try this is. */
  readonly round: number
}

const nobody: Address = '0x0000000000000000000000000000000000000000'
const canceled = 2n

export function forecasting(scope: Scope, places: Places, progress: Gatherer['progress']): Forecasting {
  const { governor, timelock, manager } = places
  const read = <out>(at: At | undefined, name: Parameters<typeof viewOf>[0]): Probe<out> | undefined =>
    at && scope.read<out>({ kind: 'read', chain: at.chain, to: at.address, fn: viewOf(name), args: [] })
  const executor = read<Address>(governor, 'timelock')
  const guardian = read<Address>(governor, 'proposalGuardian')
  const counting = read<string>(governor, 'COUNTING_MODE')
  const clock = read<string>(governor, 'CLOCK_MODE')
  const minDelay = read<bigint>(timelock, 'getMinDelay')
  const delay = read<bigint>(timelock, 'delay')
  const name = (at: At | undefined): string => (at ? scope.nameOf(at.address) : '')

  const rulesAt = (moment: Answers): Rules | undefined => {
    const asked = [executor, guardian, counting, clock, minDelay, delay].every((one) => !one || moment.answers.has(one.key))
    if (!asked) return undefined
    const value = <out>(probe: Probe<out> | undefined): out | undefined => {
      const answer = probe?.of(moment)
      return answer?.ok ? answer.value : undefined
    }
    const [runs, keeper] = [value(executor), value(guardian)]
    return {
      executor: runs === undefined || runs === nobody ? governor?.address : runs,
      guardian: keeper === nobody ? undefined : keeper,
      numbered: value(counting) === undefined,
      countsSeconds: (value(clock) ?? '').includes('timestamp'),
      delay: value(minDelay) ?? value(delay) ?? 0n,
    }
  }

  const holdsOf = (operation: Operation, is: bigint): Stop['holds'] => {
    const { key, to, data, label } = progress(operation)
    return { key, to, data, label, is }
  }

  const stop = (operation: Operation, to: Address, data: Hex, label: string, holds: Stop['holds']): Stop => ({
    operation: nameOf(operation),
    label: `${label} stops ${labelOf(operation, name(placeOf(places, operation)))}`,
    call: { to, data, label },
    holds,
  })

  const stops = (operation: Operation, rules: Rules): readonly Stop[] => {
    switch (operation.kind) {
      case 'proposal': {
        if (!governor) return []
        const own = rules.numbered
          ? encodeFunctionData({ abi: bravoActs, functionName: 'cancel', args: [BigInt(operation.id)] })
          : encodeFunctionData({ abi: acts, functionName: 'cancel', args: proposalArgs(operation) })
        const first = stop(
          operation,
          governor.address,
          own,
          `${name(governor)}.cancel(${short(operation.id)})`,
          holdsOf(operation, canceled),
        )
        if (operation.held === undefined || !timelock) return [first]
        // Once its timelock holds it, the timelock's own cancellers can stop it as well; the governor then calls it canceled.
        const data = encodeFunctionData({ abi: timelockActs, functionName: 'cancel', args: [operation.held] })
        return [
          first,
          stop(operation, timelock.address, data, `${name(timelock)}.cancel(${short(operation.held)})`, holdsOf(operation, canceled)),
        ]
      }
      case 'scheduled': {
        if (!timelock) return []
        const data = encodeFunctionData({ abi: timelockActs, functionName: 'cancel', args: [operation.id as Hex] })
        return [stop(operation, timelock.address, data, `${name(timelock)}.cancel(${short(operation.id)})`, holdsOf(operation, 0n))]
      }
      case 'queued': {
        const [call] = operation.calls
        if (!timelock || !call) return []
        const args = [call.to, call.value, operation.signature, operation.argument, operation.ready] as const
        const data = encodeFunctionData({ abi: compoundTimelockActs, functionName: 'cancelTransaction', args })
        return [
          stop(operation, timelock.address, data, `${name(timelock)}.cancelTransaction(${short(operation.id)})`, holdsOf(operation, 0n)),
        ]
      }
      case 'managed': {
        const [call] = operation.calls
        if (!manager || !call || !operation.by) return []
        const data = encodeFunctionData({ abi: managerActs, functionName: 'cancel', args: [operation.by, call.to, call.data] })
        return [stop(operation, manager.address, data, `${name(manager)}.cancel(${short(operation.id)})`, holdsOf(operation, 0n))]
      }
      default:
        return operation satisfies never
    }
  }

  /** The contract's own function, where nothing but time (and whoever may send it) is missing. */
  const direct = (operation: Operation, rules: Rules): Forecast['direct'] => {
    const value = operation.calls.reduce((sum, call) => sum + call.value, 0n)
    if (operation.kind === 'proposal') {
      const ready = operation.status === 5n || operation.status === 4n
      if (!ready || !governor) return undefined
      const data = rules.numbered
        ? encodeFunctionData({ abi: bravoActs, functionName: 'execute', args: [BigInt(operation.id)] })
        : encodeFunctionData({ abi: acts, functionName: 'execute', args: proposalArgs(operation) })
      return { to: governor.address, value, data }
    }
    const [call] = operation.calls
    if (operation.kind !== 'scheduled' || !timelock || !call) return undefined
    const { predecessor, salt } = operation
    const data = operation.batch
      ? encodeFunctionData({ abi: timelockActs, functionName: 'executeBatch', args: [...listsOf(operation), predecessor, salt] })
      : encodeFunctionData({ abi: timelockActs, functionName: 'execute', args: [call.to, call.value, call.data, predecessor, salt] })
    return { to: timelock.address, value, data }
  }

  const readyAt = (operation: Operation, { rules, number, timestamp, paceMs }: Now): bigint => {
    if (operation.kind !== 'proposal') return operation.ready
    if (operation.eta !== undefined) return operation.eta
    const left = operation.voteEnd - (rules.countsSeconds ? timestamp : number)
    if (left <= 0n) return timestamp + rules.delay
    return timestamp + rules.delay + (rules.countsSeconds ? left : (left * BigInt(paceMs)) / 1_000n)
  }

  const stoppedBy = (operation: Operation, rules: Rules): string => {
    switch (operation.kind) {
      case 'proposal': {
        if (rules.numbered) return 'its proposer; and anyone, once the proposer has too few votes to propose'
        const guardian = rules.guardian ? [`the guardian ${rules.guardian}`] : []
        const proposer = operation.status === 0n || operation.status === undefined ? ['its proposer, until voting begins'] : []
        const cancellers = operation.held === undefined ? [] : ['the cancellers of its timelock']
        const all = [...proposer, ...guardian, ...cancellers]
        return all.length === 0 ? 'nobody but those who vote against it' : all.join('; ')
      }
      case 'scheduled':
        return 'the cancellers of the timelock'
      case 'queued':
        return 'the admin of the timelock'
      case 'managed':
        return 'whoever scheduled it, the admins, and the guardians of the role'
      default:
        return operation satisfies never
    }
  }

  return {
    reads: [executor, guardian, counting, clock, minDelay, delay].filter((one) => one !== undefined),
    rulesAt,
    forecast: (operation, now) => {
      const { rules } = now
      const place = placeOf(places, operation)
      const time = readyAt(operation, now)
      const label = labelOf(operation, name(place))
      const managed = operation.kind === 'managed'
      const executes = operation.kind === 'proposal' ? rules.executor : managed ? operation.by : timelock?.address
      const calls = managed && manager ? throughManager(operation, manager.address) : operation.calls
      return {
        key: `${nameOf(operation)}|${operation.status ?? 'new'}|${now.round}`,
        operation: nameOf(operation),
        label,
        executor: executes ?? nobody,
        // Through a timelock a governor obeys only in the middle of its own `execute`.
        calls: calls.map((call) => ({ ...call, mayFail: call.to === governor?.address && executes !== governor.address })),
        direct: direct(operation, rules),
        by: operation.by,
        time: time > now.timestamp ? time : now.timestamp + 1n,
        subjects: place ? [place.address] : [],
        evidence: {
          operation: operation.id,
          calls: operation.count,
          ...(operation.by ? { by: operation.by } : {}),
          executableFrom: new Date(Number(time) * 1_000).toISOString(),
          canStopIt: stoppedBy(operation, rules),
        },
        culprits: [operation.tx],
        stops: stops(operation, rules),
      }
    },
  }
}

export const nameOf = (operation: Operation): string => `${operation.kind}:${operation.id}`

export const placeOf = ({ governor, timelock, manager }: Places, { kind }: Operation): At | undefined =>
  kind === 'proposal' ? governor : kind === 'managed' ? manager : timelock

export function labelOf(operation: Operation, where: string): string {
  return `${operation.kind === 'proposal' ? 'proposal' : 'operation'} ${short(operation.id)} of ${where}`
}

/** Ids are hashes; people tell them apart by a few digits. */
const short = (id: string): string => (id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id)

type Lists = readonly [readonly Address[], readonly bigint[], readonly Hex[]]
const listsOf = ({ calls }: Operation): Lists => [calls.map((one) => one.to), calls.map((one) => one.value), calls.map((one) => one.data)]
const proposalArgs = (operation: ProposalOperation): readonly [...Lists, Hex] => [...listsOf(operation), operation.descriptionHash]

/** An access manager makes the call itself, on behalf of whoever asked for it. */
function throughManager(operation: Operation, manager: Address): Operation['calls'] {
  return operation.calls.map((call) => ({
    to: manager,
    value: 0n,
    data: encodeFunctionData({ abi: managerActs, functionName: 'execute', args: [call.to, call.data] }),
  }))
}

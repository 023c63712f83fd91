import { encodeAbiParameters, encodeEventTopics, keccak256, toHex, type AbiEvent } from 'viem'
import { describe, expect, it } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, txHash, type Told } from '../../test/support/moments.ts'
import type { Probe } from '../model/call.ts'
import type { Log } from '../model/chain.ts'
import type { Detector } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import { eventOf } from './governance/abi.ts'
import { mostOpen } from './governance/operation.ts'
import { governance, type GovernanceOptions } from './governance.ts'

const [dao, timelock, token, manager] = [someone(1), someone(2), someone(3), someone(4)]
const [vault, whale, guardian] = [someone(11), someone(12), someone(13)]
const names = { [dao]: 'dao', [timelock]: 'timelock', [token]: 'token', [manager]: 'manager', [vault]: 'vault' }
const scope = scopeOf([], names)
const all: GovernanceOptions = { governor: at(dao), timelock: at(timelock), votes: at(token), manager: at(manager) }
const none: Hex = `0x${'00'.repeat(32)}`

/** A log as the contract would emit it. */
function log(from: Address, name: Parameters<typeof eventOf>[0], args: Readonly<Record<string, unknown>>, tx = 1): Log {
  const event: AbiEvent = eventOf(name)
  const body = event.inputs.filter((input) => !input.indexed)
  return {
    address: from,
    topics: encodeEventTopics({ abi: [event], eventName: name, args }) as Hex[],
    data: encodeAbiParameters(
      body,
      body.map((input) => args[input.name ?? '']),
    ),
    tx: txHash(tx),
  }
}

function sorted(logs: readonly Log[]): ReadonlyMap<string, readonly Log[]> {
  const map = new Map<string, Log[]>()
  for (const one of logs) {
    const key = `${one.address.toLowerCase()}:${one.topics[0]}`
    map.set(key, [...(map.get(key) ?? []), one])
  }
  return map
}

const word = (value: bigint): Told => value
const text = (value: string): Told => {
  const data = encodeAbiParameters([{ type: 'string' }], [value])
  return Array.from({ length: (data.length - 2) / 64 }, (_, i) => BigInt(`0x${data.slice(2 + i * 64, 66 + i * 64)}`))
}

/** What an OpenZeppelin governor over a timelock answers; `state` of every proposal is 1 (voting). */
const answerOf = (label: string, more: Readonly<Record<string, Told>>): Told => {
  const found = Object.entries(more).find(([name]) => label.includes(name))
  if (found) return found[1]
  if (label.includes('timelock()')) return word(BigInt(timelock))
  if (label.includes('proposalGuardian()')) return word(BigInt(guardian))
  if (label.includes('COUNTING_MODE')) return text('support=bravo&quorum=for,abstain')
  if (label.includes('CLOCK_MODE')) return text('mode=blocknumber&from=default')
  if (label.includes('getMinDelay')) return word(86_400n)
  if (label.includes('totalSupply')) return word(1_000_000n)
  if (label.includes('state(')) return word(1n)
  return 'reverts'
}

const told = (detector: Detector, state: unknown, more: Readonly<Record<string, Told>> = {}): readonly (readonly [Probe, Told])[] =>
  detector.needs(state).reads.map((probe) => [probe, answerOf(probe.label, more)] as const)

function watching(options: GovernanceOptions = all) {
  const detector = built(governance(options), scope)
  const { see, state } = follow(detector)
  return {
    detector,
    state,
    block: (logs: readonly Log[], time = 1_000_000, more: Readonly<Record<string, Told>> = {}) =>
      see(block(told(detector, state(), more), { logs: sorted(logs), at: time })),
    pending: (logs: readonly Log[]) => see(pending(told(detector, state()), { logs: sorted(logs), tx: 1 })),
    forecasts: () => detector.needs(state()).forecasts ?? [],
  }
}

const votes = (who: Address, before: bigint, after: bigint, tx = 1): Log =>
  log(token, 'DelegateVotesChanged', { delegate: who, previousVotes: before, newVotes: after }, tx)
const proposal = (id: bigint, calls: readonly { to: Address; data: Hex; value?: bigint; signature?: string }[], tx = 1): Log =>
  log(
    dao,
    'ProposalCreated',
    {
      proposalId: id,
      proposer: whale,
      targets: calls.map((one) => one.to),
      values: calls.map((one) => one.value ?? 0n),
      signatures: calls.map((one) => one.signature ?? ''),
      calldatas: calls.map((one) => one.data),
      voteStart: 1_000_010n,
      voteEnd: 1_000_110n,
      description: 'words',
    },
    tx,
  )
const cast = (who: Address, tx = 1): Log => log(dao, 'VoteCast', { voter: who, proposalId: 1n, support: 1, weight: 5n, reason: '' }, tx)

describe('votes that are gathered', () => {
  it('are said past the bound and not before it', () => {
    expect(watching().block([votes(whale, 1_000n, 46_000n)])).toEqual([])
    const [finding] = watching().block([votes(whale, 1_000n, 56_000n)])
    expect(finding).toMatchObject({ weight: 'verdict', likelihood: 0.545, culprits: [txHash(1)], subjects: [dao] })
    expect(finding?.summary).toBe(`${whale} gained 5.5 % of token's votes within 1 d; 5 % may`)
    expect(watching().block([votes(whale, 0n, 200_000n)])[0]?.likelihood).toBe(0.95)
  })

  it('add up within the window, and are forgotten after it', () => {
    const slow = watching()
    expect(slow.block([votes(whale, 0n, 30_000n)], 1_000_000)).toEqual([])
    expect(slow.block([votes(whale, 30_000n, 54_000n)], 1_040_000)).toHaveLength(1)
    const slower = watching()
    expect(slower.block([votes(whale, 0n, 30_000n)], 1_000_000)).toEqual([])
    expect(slower.block([votes(whale, 30_000n, 54_000n)], 1_200_000)).toEqual([])
  })

  it('of somebody who always had them are nobody’s gain', () => {
    const { block: see } = watching()
    expect(see([votes(whale, 400_000n, 401_000n)])).toEqual([])
    expect(see([votes(whale, 401_000n, 300_000n)], 1_000_100)).toEqual([])
    // Given back within the window: the low counts.
    expect(see([votes(whale, 300_000n, 401_000n)], 1_000_200)).toHaveLength(1)
  })

  it('are remembered only of those who could pass the bound', () => {
    const { block: see, state } = watching()
    see(Array.from({ length: 500 }, (_, i) => votes(someone(100 + i), 0n, 2n, i)))
    expect((state() as { delegates: object }).delegates).toEqual({})
    see([votes(whale, 0n, 10_000n)])
    see([votes(whale, 10_000n, 1n)], 1_000_012)
    expect((state() as { delegates: object }).delegates).toEqual({})
  })
})

describe('borrowed votes', () => {
  it('gained, used and given back in one transaction are nearly certain', () => {
    const logs = [votes(whale, 0n, 30_000n), cast(whale), votes(whale, 30_000n, 0n)]
    const [finding, ...others] = watching().pending(logs)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ weight: 'verdict', likelihood: 0.95 })
    expect(finding?.summary).toBe(`${whale} gained 3 % of token's votes, gave them back and used them in one transaction`)
    expect(watching().block(logs)).toHaveLength(1)
  })

  it('kept, or used in another transaction of the block, are less so', () => {
    expect(watching().block([votes(whale, 0n, 30_000n), cast(whale)])[0]?.likelihood).toBe(0.8)
    const [finding] = watching().block([votes(whale, 0n, 30_000n, 1), proposal(1n, [{ to: vault, data: '0x' }], 2)])
    expect(finding).toMatchObject({ likelihood: 0.6, culprits: [txHash(2), txHash(1)] })
  })

  it('a small holder who delegates and votes at once is nobody', () => {
    expect(watching().block([votes(whale, 0n, 9_000n), cast(whale)])).toEqual([])
    expect(watching().block([votes(whale, 0n, 11_000n), cast(whale)])).toHaveLength(1)
  })

  it('gained by one and used by another are not the same', () => {
    expect(watching().block([votes(whale, 0n, 30_000n), cast(guardian)])).toEqual([])
  })
})

describe('a proposal', () => {
  const sweep = { to: vault, data: '0x12345678' as Hex, value: 3n }

  it('is to be tried as the timelock, when its votes and the delay are over', () => {
    const { block: see, forecasts } = watching()
    see([], 1_000_000)
    expect(see([proposal(7n, [sweep])], 1_000_012)).toEqual([])
    const [forecast, ...others] = forecasts()
    expect(others).toEqual([])
    expect(forecast).toMatchObject({
      key: 'proposal:7|new|0',
      operation: 'proposal:7',
      label: 'proposal 7 of dao',
      executor: timelock,
      calls: [{ to: vault, value: 3n, data: '0x12345678', mayFail: false }],
      direct: undefined,
      by: whale,
      subjects: [dao],
      culprits: [txHash(1)],
    })
    // 98 blocks of one second, as these blocks are numbered, and a day.
    expect(forecast?.time).toBe(1_000_012n + 98n + 86_400n)
    expect(forecast?.evidence).toMatchObject({ calls: 1, canStopIt: `its proposer, until voting begins; the guardian ${guardian}` })
    expect(forecast?.stops.map((stop) => stop.label)).toEqual(['dao.cancel(7) stops proposal 7 of dao'])
    expect(forecast?.stops[0]?.holds).toMatchObject({ to: dao, is: 2n })
  })

  it('is tried again every hour, and whenever it has come further; never when it is over', () => {
    const { block: see, forecasts, detector, state } = watching()
    see([proposal(7n, [sweep])], 1_000_000)
    see([], 1_000_012)
    expect(forecasts()[0]?.key).toBe('proposal:7|1|0')
    see([], 1_003_700)
    expect(forecasts()[0]?.key).toBe('proposal:7|1|1')
    see([], 1_003_712, { 'state(': 4n })
    expect(forecasts()[0]?.key).toBe('proposal:7|4|1')
    see([], 1_003_724, { 'state(': 7n })
    expect(forecasts()).toEqual([])
    // Still read for a while, so that whoever stopped it sees that it is; then forgotten.
    const isRead = (): boolean => detector.needs(state()).reads.some((probe) => probe.label.includes('state('))
    expect(isRead()).toBe(true)
    see([], 1_003_800, { 'state(': 7n })
    expect(isRead()).toBe(false)
  })

  it('once queued is tried by the governor’s own function, and its timelock can stop it as well', () => {
    const { block: see, forecasts } = watching()
    see([proposal(7n, [sweep])], 1_000_000)
    const opId: Hex = `0x${'ab'.repeat(32)}`
    const scheduled = log(timelock, 'CallScheduled', {
      id: opId,
      index: 0n,
      target: vault,
      value: 3n,
      data: '0x12345678',
      predecessor: none,
      delay: 86_400n,
    })
    see([scheduled, log(dao, 'ProposalQueued', { proposalId: 7n, eta: 1_100_000n })], 1_000_012, { 'state(': 5n })
    const [forecast, ...others] = forecasts()
    expect(others).toEqual([])
    expect(forecast).toMatchObject({ key: 'proposal:7|5|0', time: 1_100_000n, direct: { to: dao, value: 3n } })
    expect(forecast?.stops.map((stop) => stop.call.to)).toEqual([dao, timelock])
  })

  it('of Bravo has its functions by name, and is cancelled by its number', () => {
    const { block: see, forecasts } = watching({ governor: at(dao) })
    const bravo = { COUNTING_MODE: 'reverts', CLOCK_MODE: 'reverts', proposalGuardian: 'reverts' } as const
    see([proposal(3n, [{ to: vault, data: '0x', signature: 'drain()' }])], 1_000_000, bravo)
    const [forecast] = forecasts()
    expect(forecast?.calls[0]?.data).toBe(keccak256(toHex('drain()')).slice(0, 10))
    expect(forecast?.stops[0]?.call.data.slice(0, 10)).toBe(keccak256(toHex('cancel(uint256)')).slice(0, 10))
    expect(forecast?.evidence['canStopIt']).toContain('once the proposer has too few votes')
  })

  it('that governs the governor itself through its timelock may fail there', () => {
    const { block: see, forecasts } = watching()
    see([proposal(7n, [sweep, { to: dao, data: '0x12' }])])
    expect(forecasts()[0]?.calls.map((call) => call.mayFail)).toEqual([false, true])
  })

  it('with a hundred calls is tried; one that is too large is said, once', () => {
    const hundred = watching()
    expect(
      hundred.block([
        proposal(
          7n,
          Array.from({ length: 100 }, () => sweep),
        ),
      ]),
    ).toEqual([])
    expect(hundred.forecasts()[0]?.calls).toHaveLength(100)

    const huge = watching()
    const [finding] = huge.block([proposal(7n, [{ to: vault, data: `0x${'00'.repeat(300_000)}` }])])
    expect(finding).toMatchObject({ weight: 'evidence', summary: 'proposal 7 of dao is too large to be tried' })
    expect(huge.forecasts()).toEqual([])
    expect(huge.block([], 1_000_012)).toEqual([])
  })

  it('in a flood: the newest are kept, and that others are not is said once', () => {
    const { block: see, forecasts } = watching()
    const flood = Array.from({ length: mostOpen + 2 }, (_, i) => proposal(BigInt(i), [sweep], i))
    const findings = see(flood)
    expect(findings.map((one) => one.summary)).toEqual(
      [0, 1].map((i) => `proposal ${i} of dao is not tried: more than ${mostOpen} are open`),
    )
    expect(forecasts()).toHaveLength(mostOpen)
    expect(see([], 1_000_012)).toEqual([])
  })

  it('that nobody can read about is not tried', () => {
    const { block: see, forecasts } = watching()
    see([])
    expect(forecasts()).toEqual([])
  })
})

describe('what a timelock or a manager holds back', () => {
  const id: Hex = `0x${'cd'.repeat(32)}`
  const call = (index: bigint) =>
    log(timelock, 'CallScheduled', { id, index, target: vault, value: 0n, data: '0x12345678', predecessor: none, delay: 600n })

  it('is tried together, at its time, and can be cancelled', () => {
    const { block: see, forecasts } = watching()
    see([call(0n), call(1n)], 1_000_000)
    expect(forecasts()).toMatchObject([{ executor: timelock, time: 1_000_600n, calls: [{}, {}], direct: { to: timelock } }])
    see([], 1_000_012, { 'getTimestamp(': 1n })
    expect(forecasts()).toEqual([])
  })

  it('in Compound’s timelock as well', () => {
    const { block: see, forecasts } = watching({ timelock: at(timelock) })
    const args = { txHash: id, target: vault, value: 0n, signature: 'drain()', data: '0x', eta: 1_000_600n }
    see([log(timelock, 'QueueTransaction', args)], 1_000_000)
    expect(forecasts()).toMatchObject([{ executor: timelock, time: 1_000_600n, stops: [{ holds: { is: 0n } }] }])
  })

  it('in an access manager is the call of whoever scheduled it', () => {
    const { block: see, forecasts } = watching()
    const args = { operationId: id, nonce: 1, schedule: 1_000_600, caller: whale, target: vault, data: '0x12345678' }
    see([log(manager, 'OperationScheduled', args)], 1_000_000)
    expect(forecasts()).toMatchObject([{ executor: whale, calls: [{ to: manager }], time: 1_000_600n, subjects: [manager] }])
  })
})

describe('its options', () => {
  it('have to name something on one chain', () => {
    expect(faultPaths(governance({}), scope)).toEqual([''])
    expect(faultPaths(governance({ governor: at(dao), votes: { address: token, chain: 'other' } }), scope)).toEqual([''])
    expect(faultPaths(governance({ governor: at(dao), gains: '0%', window: '0s' }), scope)).toEqual(['gains', 'window'])
  })

  it('judge waiting transactions that touch the governance, not everyone who moves the token', () => {
    expect(built(governance(all), scope).subjects).toEqual([dao, timelock, manager])
    expect(built(governance({ votes: at(token) }), scope).subjects).toEqual([token])
  })

  it('keep the same needs while nothing is under way', () => {
    const { detector, block: see, state } = watching()
    const before = detector.needs(state())
    see([])
    expect(detector.needs(state()).reads).toBe(before.reads)
    expect(detector.needs(state()).logs).toBe(before.logs)
  })
})

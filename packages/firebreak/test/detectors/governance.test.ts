// The `governance` watch on real contracts: what they emit is understood, and every way to stop an operation stops it.
import { encodeFunctionData, keccak256, toFunctionSelector, toHex, type Abi } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sortLogs } from '../../src/chain/codec/event-probe.ts'
import { parseHeader, parseLog } from '../../src/chain/parse.ts'
import { governance, type GovernanceOptions } from '../../src/detectors/governance.ts'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import type { Answer } from '../../src/model/chain.ts'
import type { Finding } from '../../src/model/detector.ts'
import type { Forecast } from '../../src/model/forecast.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { roles } from '../../src/responders/authorities/timelock.ts'
import { startRouteChain, type RouteChain } from '../support/follow-route.ts'
import {
  compoundContracts,
  deployBravo,
  governanceContracts,
  type CompoundContract,
  type GovernanceContract,
} from '../support/governance.ts'
import { built, scopeOf } from '../support/moments.ts'

let chain: RouteChain
let contract: (name: GovernanceContract) => Artifact
let comps: (name: CompoundContract) => Artifact
let actors: { readonly owner: Actor; readonly guardian: Actor; readonly stranger: Actor }
beforeAll(async () => {
  chain = await startRouteChain(2)
  contract = await governanceContracts()
  comps = await compoundContracts()
  const { kit } = chain
  actors = { owner: await kit.actor('owner'), guardian: await kit.actor('guardian'), stranger: await kit.actor('stranger') }
}, 60_000)
afterAll(() => chain?.stop())

const at = (address: Address) => ({ address, chain: 'test' })
const abiOf = (name: GovernanceContract): Abi => contract(name).abi as Abi
const data = (name: GovernanceContract, fn: string, args: readonly unknown[] = []): Hex =>
  encodeFunctionData({ abi: abiOf(name), functionName: fn, args })
const none: Hex = `0x${'00'.repeat(32)}`

/** The watch, as the engine would run it from here on: every block, its logs and its reads, straight from the node. */
async function watch(options: GovernanceOptions) {
  const { rpc } = chain
  const detector = built(governance(options), scopeOf())
  let state = detector.start
  let next = BigInt(String(await rpc.request('eth_blockNumber', []))) + 1n
  const findings: Finding[] = []
  const follow = async (): Promise<void> => {
    const head = BigInt(String(await rpc.request('eth_blockNumber', [])))
    for (; next <= head; next++) {
      const number = `0x${next.toString(16)}`
      const block = parseHeader(await rpc.request('eth_getBlockByNumber', [number, false]), 'test')
      const needs = detector.needs(state)
      const logs = (await rpc.request('eth_getLogs', [{ fromBlock: number, toBlock: number }])) as readonly unknown[]
      const answers = new Map<string, Answer>()
      for (const probe of needs.reads) {
        const read = rpc.request('eth_call', [{ to: probe.to, data: probe.data }, number])
        answers.set(
          probe.key,
          await read.then(
            (value): Answer => ({ ok: true, data: value as Hex }),
            (): Answer => ({ ok: false, data: '0x' }),
          ),
        )
      }
      const parsed = logs.map((log) => parseLog(log, 'test'))
      const moment = { kind: 'block', chain: 'test', block, answers, logs: sortLogs(needs.logs, parsed), touched: [] } as const
      const result = detector.step(state, moment)
      state = result.state
      findings.push(...result.findings)
    }
  }
  return {
    findings: async () => {
      await follow()
      return findings
    },
    forecasts: async (): Promise<readonly Forecast[]> => {
      await follow()
      return detector.needs(state).forecasts ?? []
    },
    isStopped: async (stop: Forecast['stops'][number]): Promise<boolean> => {
      const answer = (await rpc.request('eth_call', [{ to: stop.holds.to, data: stop.holds.data }, 'latest'])) as Hex
      return BigInt(answer.slice(0, 66)) === stop.holds.is
    },
  }
}

async function only(watching: Awaited<ReturnType<typeof watch>>): Promise<Forecast> {
  const [forecast, ...others] = await watching.forecasts()
  if (!forecast || others.length > 0) throw new Error(`${others.length + (forecast ? 1 : 0)} forecasts`)
  return forecast
}

async function dao(threshold = 0n) {
  const { kit } = chain
  const { owner, guardian } = actors
  const votes = await kit.deploy(contract('Votes'), [[owner.address, guardian.address], 1_000n], owner)
  await kit.call(owner, votes, abiOf('Votes'), 'delegate', [owner.address])
  const timelock = await kit.deploy(contract('TimelockController'), [86_400n, [owner.address], [], owner.address], owner)
  const governor = await kit.deploy(contract('Dao'), [votes, timelock, 1n, 3n, threshold, guardian.address], owner)
  for (const role of [roles.proposer, roles.executor, roles.canceller])
    await kit.call(owner, timelock, abiOf('TimelockController'), 'grantRole', [role, governor])
  const vault = await kit.deploy(contract('Vault'), [timelock, guardian.address], owner)
  return { votes, timelock, governor, vault }
}

test('a governor’s proposal: known with its hundred calls, and stopped by the guardian', async () => {
  const { kit } = chain
  const { governor, timelock, vault } = await dao()
  const watching = await watch({ governor: at(governor), timelock: at(timelock) })
  const calls = Array.from({ length: 100 }, (_, i) => data('Vault', 'setCap', [BigInt(i)]))
  await kit.call(actors.owner, governor, abiOf('Dao'), 'propose', [calls.map(() => vault), calls.map(() => 0n), calls, 'a hundred'])
  const forecast = await only(watching)
  expect(forecast).toMatchObject({ executor: timelock, by: actors.owner.address, subjects: [governor] })
  expect(forecast.calls.map((call) => call.data)).toEqual(calls)
  expect(forecast.evidence['canStopIt']).toBe(`its proposer, until voting begins; the guardian ${actors.guardian.address}`)
  const [stop] = forecast.stops
  if (!stop) throw new Error('nothing stops it')
  expect(await watching.isStopped(stop)).toBe(false)
  await kit.send(actors.guardian, { to: stop.call.to, data: stop.call.data })
  expect(await watching.isStopped(stop)).toBe(true)
  expect(await watching.forecasts()).toEqual([])
})

test('once queued it is executed by the governor’s own function, and the timelock’s cancellers can stop it', async () => {
  const { kit } = chain
  const { owner } = actors
  const { governor, timelock, vault } = await dao()
  const watching = await watch({ governor: at(governor), timelock: at(timelock) })
  const args = [[vault], [0n], [data('Vault', 'setCap', [5n])]] as const
  const hash = keccak256(toHex('five'))
  await kit.call(owner, governor, abiOf('Dao'), 'propose', [...args, 'five'])
  const id = await kit.read(governor, abiOf('Dao'), 'hashProposal', [...args, hash])
  await kit.mine(2)
  await kit.call(owner, governor, abiOf('Dao'), 'castVote', [id, 1])
  await kit.mine(4)
  await kit.call(owner, governor, abiOf('Dao'), 'queue', [...args, hash])
  const forecast = await only(watching)
  const head = parseHeader(await chain.rpc.request('eth_getBlockByNumber', ['latest', false]), 'test')
  expect(forecast.time).toBe(head.timestamp + 86_400n)
  expect(forecast.stops.map((stop) => stop.call.to)).toEqual([governor, timelock])
  await kit.mine()
  const ready = await only(watching)
  await kit.wait(86_500)
  if (!ready.direct) throw new Error('it cannot be executed')
  const snapshot = await chain.rpc.request('evm_snapshot', [])
  await kit.send(owner, { to: ready.direct.to, data: ready.direct.data })
  expect(await kit.read(vault, abiOf('Vault'), 'cap')).toBe(5n)
  await chain.rpc.request('evm_revert', [snapshot])
  await kit.afterRevert()
  const byTimelock = ready.stops[1]
  if (!byTimelock) throw new Error('the timelock does not stop it')
  await kit.send(owner, { to: byTimelock.call.to, data: byTimelock.call.data })
  expect(await watching.isStopped(byTimelock)).toBe(true)
})

test('what is scheduled in a timelock, alone or in a batch: executed and cancelled by its own functions', async () => {
  const { kit } = chain
  const { owner } = actors
  const { timelock, vault } = await dao()
  const { abi } = contract('TimelockController')
  await kit.call(owner, timelock, abi, 'grantRole', [roles.executor, owner.address])
  const [five, six] = [data('Vault', 'setCap', [5n]), data('Vault', 'setCap', [6n])]
  for (const schedule of [
    { fn: 'schedule', args: [vault, 0n, five, none, none, 86_400n], cap: 5n },
    { fn: 'scheduleBatch', args: [[vault, vault], [0n, 0n], [five, six], none, keccak256('0x12'), 86_400n], cap: 6n },
    { fn: 'scheduleBatch', args: [[vault], [0n], [five], none, keccak256('0x34'), 86_400n], cap: 5n },
  ]) {
    const watching = await watch({ timelock: at(timelock) })
    await kit.call(owner, timelock, abi, schedule.fn, schedule.args)
    const forecast = await only(watching)
    const snapshot = await chain.rpc.request('evm_snapshot', [])
    await kit.wait(86_500)
    if (!forecast.direct) throw new Error('it cannot be executed')
    await kit.send(owner, { to: forecast.direct.to, data: forecast.direct.data })
    expect(await kit.read(vault, abiOf('Vault'), 'cap')).toBe(schedule.cap)
    await chain.rpc.request('evm_revert', [snapshot])
    await kit.afterRevert()
    const [stop] = forecast.stops
    if (!stop) throw new Error('nothing stops it')
    await kit.send(owner, { to: stop.call.to, data: stop.call.data })
    expect(await watching.isStopped(stop)).toBe(true)
    await kit.mine()
    expect(await watching.forecasts()).toEqual([])
  }
})

test('an access manager’s operation is stopped by the guardian of the role', async () => {
  const { kit } = chain
  const { owner, guardian, stranger } = actors
  const manager = await kit.deploy(contract('AccessManager'), [owner.address], owner)
  const vault = await kit.deploy(contract('ManagedVault'), [manager], owner)
  const { abi } = contract('AccessManager')
  const admin = (fn: string, args: readonly unknown[]): Promise<unknown> => kit.call(owner, manager, abi, fn, args)
  await admin('setTargetFunctionRole', [vault, [toFunctionSelector('setCap(uint256)')], 7n])
  await admin('grantRole', [7n, stranger.address, 86_400])
  await admin('setRoleGuardian', [7n, 8n])
  await admin('grantRole', [8n, guardian.address, 0])
  const watching = await watch({ manager: at(manager) })
  await kit.call(stranger, manager, abi, 'schedule', [vault, data('ManagedVault', 'setCap', [5n]), 0])
  const forecast = await only(watching)
  expect(forecast).toMatchObject({ executor: stranger.address, calls: [{ to: manager }] })
  const [stop] = forecast.stops
  if (!stop) throw new Error('nothing stops it')
  await kit.send(guardian, { to: stop.call.to, data: stop.call.data })
  expect(await watching.isStopped(stop)).toBe(true)
})

test('Bravo’s proposal is known by its functions’ names and stopped by its proposer; so is what its timelock holds', async () => {
  const { kit } = chain
  const { owner } = actors
  const bravo = await deployBravo(kit, owner, actors.guardian.address)
  const watching = await watch({ governor: at(bravo.governor), timelock: at(bravo.timelock), votes: at(bravo.comp) })
  const { abi } = comps('GovernorBravoDelegate')
  const argument: Hex = `0x${(5).toString(16).padStart(64, '0')}`
  await kit.call(owner, bravo.governor, abi, 'propose', [[bravo.vault], [0n], ['setCap(uint256)'], [argument], 'five'])
  const forecast = await only(watching)
  expect(forecast).toMatchObject({ executor: bravo.timelock, label: expect.stringContaining('proposal 2 of') })
  expect(forecast.calls).toEqual([{ to: bravo.vault, value: 0n, data: data('Vault', 'setCap', [5n]), mayFail: false }])
  await kit.mine(2)
  await kit.call(owner, bravo.governor, abi, 'castVote', [2n, 1])
  await kit.mine(21)
  await kit.call(owner, bravo.governor, abi, 'queue', [2n])
  await kit.mine()
  // Handed to the timelock it is still the one operation.
  const queued = await only(watching)
  expect(queued.direct?.to).toBe(bravo.governor)
  const [stop] = queued.stops
  if (!stop) throw new Error('nothing stops it')
  await kit.send(owner, { to: stop.call.to, data: stop.call.data })
  expect(await watching.isStopped(stop)).toBe(true)
})

test('votes that are borrowed, used and given back in one transaction', async () => {
  const { kit } = chain
  const { owner, stranger } = actors
  const { governor, votes } = await dao()
  const [lender, borrower] = [await kit.deploy(contract('Lender'), [], owner), await kit.deploy(contract('Borrower'), [], stranger)]
  await kit.call(owner, votes, abiOf('Votes'), 'transfer', [lender, 400n])
  const watching = await watch({ governor: at(governor), votes: at(votes) })
  await kit.mine()
  const propose = data('Dao', 'propose', [[borrower], [0n], ['0x'], 'mine'])
  await kit.call(stranger, borrower, abiOf('Borrower'), 'attack', [lender, votes, 400n, governor, propose])
  const [finding, ...others] = await watching.findings()
  expect(others).toEqual([])
  expect(finding).toMatchObject({ weight: 'verdict', likelihood: 0.95 })
  expect(finding?.summary).toContain('gained 20 % of')
  // An honest holder who delegates and votes later is no borrower; that the power is large is said by itself.
  await kit.call(actors.guardian, votes, abiOf('Votes'), 'delegate', [actors.guardian.address])
  expect((await watching.findings()).at(-1)?.summary).toContain('gained 50 % of')
})

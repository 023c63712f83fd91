// The `timelock` route through OpenZeppelin's real TimelockController on a real chain.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { batchId, operationId, roles, timelockRoute } from '../../src/responders/authorities/timelock.ts'
import type { Actor } from '../../src/drill/define.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { Route } from '../../src/model/route.ts'
import { callOf, followRoute, nextStep, readFor, rehearsed, startRouteChain, type RouteChain } from '../support/follow-route.ts'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'
import type { Artifact } from '../../src/drill/define.ts'

const anyone: Address = '0x0000000000000000000000000000000000000000'
const twoDays = 172_800n

let chain: RouteChain
let contract: (name: GovernanceContract) => Artifact
let [sentinel, owner, stranger]: Actor[] = []
beforeAll(async () => {
  chain = await startRouteChain()
  contract = await governanceContracts()
  sentinel = await chain.kit.actor('sentinel')
  owner = await chain.kit.actor('owner')
  stranger = await chain.kit.actor('stranger')
}, 60_000)
afterAll(() => chain?.stop())

const who = (actor: Actor | undefined): Actor => {
  if (!actor) throw new Error('not there yet')
  return actor
}

interface Scene {
  readonly timelock: Address
  readonly vault: Address
  readonly route: Route
  readonly read: (fn: string) => Promise<unknown>
}

async function scene({ delay = twoDays, proposers = [who(sentinel).address], executors = [who(sentinel).address] } = {}): Promise<Scene> {
  const { kit } = chain
  const admin = who(owner)
  const timelock = await kit.deploy(contract('TimelockController'), [delay, proposers, executors, admin.address], admin)
  const vault = await kit.deploy(contract('Vault'), [timelock, admin.address], admin)
  const route = timelockRoute({
    kind: 'timelock',
    name: 'delay',
    chain: 'test',
    address: timelock,
    sender: 'sentinel',
    senderAddress: who(sentinel).address,
  })
  return { timelock, vault, route, read: (fn) => kit.read(vault, contract('Vault').abi, fn) }
}

const pause = (vault: Address) => [callOf(vault, contract('Vault').abi, 'pause')]

test('it schedules, waits for the delay, executes, and the brake holds', async () => {
  const { route, vault, read } = await scene()
  const steps = await followRoute(chain, route, pause(vault), who(sentinel))
  expect(steps.map((step) => step.kind)).toEqual(['send', 'wait', 'send'])
  expect(steps.at(-1)).toMatchObject({ completes: true })
  expect(await read('paused')).toBe(true)
})

test('the wait ends when the contract says, not a second sooner', async () => {
  const { route, vault } = await scene()
  const [schedule] = await followRoute(chain, route, pause(vault), who(sentinel), { most: 1 })
  expect(schedule).toMatchObject({ kind: 'send', completes: false })
  const step = await nextStep(chain, route, pause(vault))
  const { timestamp } = await readFor(chain, route, pause(vault))
  expect(step).toMatchObject({ kind: 'wait', until: timestamp + twoDays })
  if (step.kind !== 'wait' || step.until === undefined) throw new Error('no time')
  await chain.kit.wait(Number(step.until - timestamp) - 1)
  expect((await nextStep(chain, route, pause(vault))).kind).toBe('wait')
  await chain.kit.wait(1)
  expect((await nextStep(chain, route, pause(vault))).kind).toBe('send')
})

test('several calls are one batch', async () => {
  const { route, vault, read } = await scene()
  const calls = [...pause(vault), callOf(vault, contract('Vault').abi, 'setCap', [7n])]
  const steps = await followRoute(chain, route, calls, who(sentinel))
  expect(steps.flatMap((step) => (step.kind === 'send' ? step.calls.length : []))).toEqual([1, 1])
  expect([await read('paused'), await read('cap')]).toEqual([true, 7n])
})

test('without a delay both go out at once', async () => {
  const { route, vault, read } = await scene({ delay: 0n })
  const steps = await followRoute(chain, route, pause(vault), who(sentinel))
  expect(steps).toMatchObject([{ kind: 'send', completes: true }])
  expect(await read('paused')).toBe(true)
})

test('somebody else executes: then it is done, and the next pull of the same calls is an operation of its own', async () => {
  const { route, vault, timelock, read } = await scene({ executors: [anyone] })
  await followRoute(chain, route, pause(vault), who(sentinel), { most: 1 })
  await chain.kit.wait(Number(twoDays))
  const ready = await nextStep(chain, route, pause(vault))
  if (ready.kind !== 'send' || !ready.calls[0]) throw new Error('not ready')
  await chain.kit.send(who(stranger), { to: timelock, data: ready.calls[0].data })
  expect(await read('paused')).toBe(true)
  // It was released since: the operation that is done cannot be used again.
  const again = await nextStep(chain, route, pause(vault))
  expect(again).toMatchObject({ kind: 'send', completes: false })
  await followRoute(chain, route, pause(vault), who(sentinel))
  expect(await followRoute(chain, route, pause(vault), who(sentinel), { most: 1 })).toMatchObject([{ kind: 'send', completes: false }])
})

test('the ids are the contract’s own', async () => {
  const { timelock, vault } = await scene()
  const { abi } = contract('TimelockController')
  const [call] = pause(vault)
  if (!call) throw new Error('no call')
  const [none, salt]: Hex[] = [`0x${'00'.repeat(32)}`, `0x${'12'.repeat(32)}`]
  expect(operationId([call], salt ?? none ?? '0x')).toBe(
    await chain.kit.read(timelock, abi, 'hashOperation', [call.to, 0n, call.data, none, salt]),
  )
  const batch = [[call.to, call.to], [0n, 5n], [call.data, '0x'], none, salt]
  const calls = [
    { ...call, value: 0n },
    { ...call, data: '0x' as Hex, value: 5n },
  ]
  expect(batchId(calls, salt ?? '0x')).toBe(await chain.kit.read(timelock, abi, 'hashOperationBatch', batch))
})

test('a role that is missing is said with the mend', async () => {
  const noProposer = await scene({ proposers: [who(owner).address] })
  const first = await nextStep(chain, noProposer.route, pause(noProposer.vault))
  expect(first).toMatchObject({ kind: 'stuck', why: expect.stringContaining('may not schedule') })
  expect(first.kind === 'stuck' && first.mend).toContain(`PROPOSER_ROLE (${roles.proposer})`)

  const noExecutor = await scene({ executors: [who(owner).address] })
  const second = await nextStep(chain, noExecutor.route, pause(noExecutor.vault))
  expect(second).toMatchObject({ kind: 'stuck', why: expect.stringContaining('may not execute') })
  const findings = noExecutor.route.findings(await readFor(chain, noExecutor.route, pause(noExecutor.vault)))
  expect(findings).toEqual(['sentinel may not execute on delay: it lacks EXECUTOR_ROLE'])
})

test('the delay comes from the contract', async () => {
  const { route, vault } = await scene()
  expect(route.delay(await readFor(chain, route, pause(vault)))).toEqual({
    ms: 172_800_000,
    why: 'delay waits 2 d between schedule and execution',
  })
})

test('an address without a timelock concludes nothing', async () => {
  const route = timelockRoute({
    kind: 'timelock',
    name: 'delay',
    chain: 'test',
    address: who(stranger).address,
    sender: 'sentinel',
    senderAddress: who(sentinel).address,
  })
  expect(await nextStep(chain, route, pause(who(owner).address))).toMatchObject({ kind: 'wait', why: 'delay could not be read' })
})

test('it is rehearsed with the real execute, of which only the time is taken for granted', async () => {
  const { route, vault } = await scene()
  expect(await rehearsed(chain, route, pause(vault), who(sentinel).address)).toBe('works')
  // Whoever may not execute may not in a rehearsal either, and what the target refuses it refuses.
  expect(await rehearsed(chain, route, pause(vault), who(stranger).address)).not.toBe('works')
  const other = await chain.kit.deploy(contract('Vault'), [who(owner).address, who(owner).address], who(owner))
  expect(await rehearsed(chain, route, pause(other), who(sentinel).address)).toContain('only the guardian')
})

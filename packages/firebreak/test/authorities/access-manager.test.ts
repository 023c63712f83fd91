// The `accessManager` route through OpenZeppelin's real AccessManager on a real chain.
import { toFunctionSelector } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import type { EncodedCall } from '../../src/model/call.ts'
import type { Address } from '../../src/model/hex.ts'
import type { Route } from '../../src/model/route.ts'
import { accessManagerRoute, managedOperationId } from '../../src/responders/authorities/access-manager.ts'
import { callOf, followRoute, nextStep, readFor, rehearsed, startRouteChain, type RouteChain } from '../support/follow-route.ts'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'

let chain: RouteChain
let contract: (name: GovernanceContract) => Artifact
let actors: { readonly sentinel: Actor; readonly owner: Actor; readonly stranger: Actor }
beforeAll(async () => {
  chain = await startRouteChain()
  contract = await governanceContracts()
  const { kit } = chain
  actors = { sentinel: await kit.actor('sentinel'), owner: await kit.actor('owner'), stranger: await kit.actor('stranger') }
}, 60_000)
afterAll(() => chain?.stop())

interface Scene {
  readonly manager: Address
  readonly vault: Address
  readonly route: Route
  readonly read: (fn: string) => Promise<unknown>
  readonly admin: (fn: string, args: readonly unknown[]) => Promise<unknown>
}

const day = 86_400
const guardians = 7n

/** The sentinel pauses after `delay` seconds; nobody but the admin does anything else. */
async function scene(delay: number): Promise<Scene> {
  const { kit } = chain
  const { owner, sentinel } = actors
  const manager = await kit.deploy(contract('AccessManager'), [owner.address], owner)
  const vault = await kit.deploy(contract('ManagedVault'), [manager], owner)
  const admin = (fn: string, args: readonly unknown[]): Promise<unknown> =>
    kit.call(owner, manager, contract('AccessManager').abi, fn, args)
  await admin('grantRole', [guardians, sentinel.address, delay])
  await admin('setTargetFunctionRole', [vault, [toFunctionSelector('pause()')], guardians])
  const route = accessManagerRoute({
    kind: 'accessManager',
    name: 'manager',
    chain: 'test',
    address: manager,
    sender: 'sentinel',
    senderAddress: sentinel.address,
  })
  return { manager, vault, route, admin, read: (fn) => kit.read(vault, contract('ManagedVault').abi, fn) }
}

const on = (vault: Address, fn: string, args: readonly unknown[] = []): EncodedCall => callOf(vault, contract('ManagedVault').abi, fn, args)

test('a role without a delay: the call goes straight to its target', async () => {
  const { route, vault, read } = await scene(0)
  const steps = await followRoute(chain, route, [on(vault, 'pause')], actors.sentinel)
  expect(steps).toMatchObject([{ kind: 'send', calls: [{ to: vault }], completes: true }])
  expect(await read('paused')).toBe(true)
  expect(route.delay(await readFor(chain, route, [on(vault, 'pause')]), [on(vault, 'pause')])).toEqual({
    ms: 0,
    why: 'manager lets sentinel act at once',
  })
})

test('a role with a delay: it is scheduled, waits, and is executed through the manager', async () => {
  const { route, vault, read } = await scene(day)
  const calls = [on(vault, 'pause')]
  expect(route.delay(await readFor(chain, route, calls), calls)).toEqual({
    ms: day * 1_000,
    why: 'manager lets sentinel act 1 d after scheduling',
  })
  const steps = await followRoute(chain, route, calls, actors.sentinel)
  expect(steps.map((step) => step.kind)).toEqual(['send', 'wait', 'send'])
  expect(await read('paused')).toBe(true)
})

test('a schedule that nobody used in time has expired, and is made anew', async () => {
  const { route, vault, read } = await scene(day)
  const calls = [on(vault, 'pause')]
  await followRoute(chain, route, calls, actors.sentinel, { most: 1 })
  await chain.kit.wait(9 * day)
  expect(await nextStep(chain, route, calls)).toMatchObject({ kind: 'send', completes: false })
  await followRoute(chain, route, calls, actors.sentinel)
  expect(await read('paused')).toBe(true)
})

test('without the role it is stuck, and the mend names it', async () => {
  const { route, vault } = await scene(0)
  const step = await nextStep(chain, route, [on(vault, 'unpause')])
  expect(step).toMatchObject({ kind: 'stuck', why: expect.stringContaining('it lacks role 0') })
  expect(step.kind === 'stuck' && step.mend).toContain(`grantRole(0, ${actors.sentinel.address}, delay)`)
})

test('a target that is closed is closed for everybody', async () => {
  const { route, vault, admin } = await scene(0)
  await admin('setTargetClosed', [vault, true])
  expect(await nextStep(chain, route, [on(vault, 'pause')])).toMatchObject({ kind: 'stuck', why: expect.stringContaining('is closed') })
})

test('the manager’s own brake, closing a target, follows the rules for its own functions', async () => {
  const { route, vault, manager, admin } = await scene(0)
  const { abi } = contract('AccessManager')
  const close = [callOf(manager, abi, 'setTargetClosed', [vault, true])]
  expect(await nextStep(chain, route, close)).toMatchObject({ kind: 'stuck', why: expect.stringContaining('it lacks role 0') })
  await admin('grantRole', [0n, actors.sentinel.address, 3_600])
  const steps = await followRoute(chain, route, close, actors.sentinel)
  expect(steps.map((step) => step.kind)).toEqual(['send', 'wait', 'send'])
  expect(await chain.kit.read(manager, abi, 'isTargetClosed', [vault])).toBe(true)
})

test('the id is the manager’s own, and rehearsing takes only the time for granted', async () => {
  const { route, vault, manager } = await scene(day)
  const call = on(vault, 'pause')
  const { sentinel, stranger } = actors
  const args = [sentinel.address, vault, call.data]
  expect(managedOperationId(sentinel.address, call)).toBe(
    await chain.kit.read(manager, contract('AccessManager').abi, 'hashOperation', args),
  )
  expect(await rehearsed(chain, route, [call], sentinel.address)).toBe('works')
  expect(await rehearsed(chain, route, [call], stranger.address)).not.toBe('works')
})

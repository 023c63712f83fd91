// The `governor` route through OpenZeppelin's real Governor, with and without a timelock, on a real chain.
import { keccak256, toHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import type { EncodedCall } from '../../src/model/call.ts'
import type { Address } from '../../src/model/hex.ts'
import type { Route } from '../../src/model/route.ts'
import { governorRoute } from '../../src/responders/authorities/governor.ts'
import { roles } from '../../src/responders/authorities/timelock.ts'
import { callOf, followRoute, nextStep, readFor, rehearsed, startRouteChain, type RouteChain } from '../support/follow-route.ts'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'

let chain: RouteChain
let contract: (name: GovernanceContract) => Artifact
let actors: { readonly sentinel: Actor; readonly owner: Actor; readonly voter: Actor }
beforeAll(async () => {
  chain = await startRouteChain()
  contract = await governanceContracts()
  const { kit } = chain
  actors = { sentinel: await kit.actor('sentinel'), owner: await kit.actor('owner'), voter: await kit.actor('voter') }
}, 60_000)
afterAll(() => chain?.stop())

interface Scene {
  readonly governor: Address
  readonly vault: Address
  readonly route: Route
  readonly calls: readonly EncodedCall[]
  readonly vote: (support: number) => Promise<void>
  readonly cancel: () => Promise<void>
  readonly paused: () => Promise<unknown>
}

const day = 86_400n

async function scene({ plain = false, byTime = false, threshold = 0n } = {}): Promise<Scene> {
  const { kit } = chain
  const { owner, sentinel, voter } = actors
  const votes = await kit.deploy(contract(byTime ? 'ClockVotes' : 'Votes'), [[owner.address, voter.address], 1_000n], owner)
  await kit.call(voter, votes, contract('Votes').abi, 'delegate', [voter.address])
  const [delay, period] = byTime ? [3_600n, 2n * day] : [3n, 10n]
  let executor: Address
  let governor: Address
  if (plain) executor = governor = await kit.deploy(contract('PlainDao'), [votes, delay, period, threshold], owner)
  else {
    executor = await kit.deploy(contract('TimelockController'), [day, [], [], owner.address], owner)
    governor = await kit.deploy(contract('Dao'), [votes, executor, delay, period, threshold, owner.address], owner)
    for (const role of [roles.proposer, roles.executor, roles.canceller])
      await kit.call(owner, executor, contract('TimelockController').abi, 'grantRole', [role, governor])
  }
  const vault = await kit.deploy(contract('Vault'), [executor, owner.address], owner)
  const { abi } = contract('Dao')
  const route = governorRoute({
    kind: 'governor',
    name: 'dao',
    chain: 'test',
    address: governor,
    flavour: 'openzeppelin',
    sender: 'sentinel',
    senderAddress: sentinel.address,
  })
  const calls = [callOf(vault, contract('Vault').abi, 'pause')]
  const asked = async (): Promise<bigint> => {
    const step = await nextStep(chain, route, calls)
    if (step.kind !== 'people') throw new Error(`people are not asked: ${JSON.stringify(step, (_, v: unknown) => String(v))}`)
    return BigInt(step.ask.id)
  }
  return {
    governor,
    vault,
    route,
    calls,
    vote: async (support) => void (await kit.call(voter, governor, abi, 'castVote', [await asked(), support])),
    cancel: async () => {
      const step = await nextStep(chain, route, calls)
      const description = step.kind === 'people' ? step.ask.says.slice(step.ask.says.indexOf('Firebreak:')) : ''
      await kit.call(owner, governor, abi, 'cancel', [
        calls.map((one) => one.to),
        calls.map(() => 0n),
        calls.map((one) => one.data),
        keccak256(toHex(description)),
      ])
    },
    paused: () => kit.read(vault, contract('Vault').abi, 'paused'),
  }
}

test('it proposes, waits for the vote to begin, and then says that people have to vote', async () => {
  const { route, calls } = await scene()
  const steps = await followRoute(chain, route, calls, actors.sentinel)
  expect([...new Set(steps.map((step) => step.kind))]).toEqual(['send', 'wait', 'people'])
  const last = steps.at(-1)
  expect(last?.kind === 'people' && last.ask.says).toMatch(
    /^vote for proposal \d{6}…\d{4} of dao until block \d+: Firebreak: vault\.pause\(\)$/,
  )
})

test('once people voted for it, it is queued, waits for the timelock, and is executed', async () => {
  const { route, calls, vote, paused } = await scene()
  await followRoute(chain, route, calls, actors.sentinel)
  await vote(1)
  await chain.kit.mine(11)
  const steps = await followRoute(chain, route, calls, actors.sentinel)
  expect(steps.map((step) => step.kind)).toEqual(['send', 'wait', 'send'])
  expect(steps.map((step) => step.kind === 'send' && step.calls[0]?.label.slice(0, 11))).toEqual(['dao.queue(F', false, 'dao.execute'])
  expect(await paused()).toBe(true)
  // The same calls later are a proposal of their own.
  expect(await nextStep(chain, route, calls)).toMatchObject({ kind: 'send', calls: [{ label: expect.stringContaining('(2)') }] })
})

test('without a timelock it is executed as soon as the vote is over', async () => {
  const { route, calls, vote, paused } = await scene({ plain: true })
  await followRoute(chain, route, calls, actors.sentinel)
  await vote(1)
  await chain.kit.mine(11)
  expect(await followRoute(chain, route, calls, actors.sentinel)).toMatchObject([{ kind: 'send', completes: true }])
  expect(await paused()).toBe(true)
})

test('a governor that counts in seconds says when', async () => {
  const { route, calls } = await scene({ byTime: true })
  const [proposed, wait, people] = await followRoute(chain, route, calls, actors.sentinel)
  expect([proposed?.kind, wait?.kind]).toEqual(['send', 'wait'])
  expect(wait?.kind === 'wait' && typeof wait.until).toBe('bigint')
  // At the very second of its snapshot it cannot be voted for yet; one block later it can.
  expect(people?.kind === 'people' || people?.kind === 'wait').toBe(true)
  expect(route.delay(await readFor(chain, route, calls))).toEqual({
    ms: Number(3n * day + 3_600n) * 1_000,
    why: 'dao takes 2 d 1 h until a vote is over, and its timelock 1 d more',
  })
})

test('a no is a no: it is never proposed again by itself', async () => {
  const defeated = await scene()
  await followRoute(chain, defeated.route, defeated.calls, actors.sentinel)
  await defeated.vote(0)
  await chain.kit.mine(11)
  expect(await nextStep(chain, defeated.route, defeated.calls)).toMatchObject({ kind: 'stuck', why: expect.stringContaining('defeated') })

  const canceled = await scene()
  await followRoute(chain, canceled.route, canceled.calls, actors.sentinel)
  await canceled.cancel()
  expect(await nextStep(chain, canceled.route, canceled.calls)).toMatchObject({ kind: 'stuck', why: expect.stringContaining('canceled') })
})

test('without the votes to propose it is stuck, and the mend says how many', async () => {
  const { route, calls } = await scene({ threshold: 500n })
  await chain.kit.mine()
  const step = await nextStep(chain, route, calls)
  expect(step).toMatchObject({ kind: 'stuck', why: expect.stringContaining('has 0 votes, and dao asks for 500') })
  expect(step.kind === 'stuck' && step.mend).toContain(`delegate votes to ${actors.sentinel.address}`)
})

test('blocks are counted at twelve seconds, and that is said', async () => {
  const { route, calls } = await scene()
  expect(route.delay(await readFor(chain, route, calls))).toEqual({
    ms: (13 * 12 + 86_400) * 1_000,
    why: 'dao takes 2 min 36 s (13 blocks of 12 s) until a vote is over, and its timelock 1 d more',
  })
})

test('with a timelock it is rehearsed as the timelock would execute it; without one it cannot be', async () => {
  const { route, calls } = await scene()
  expect(await rehearsed(chain, route, calls, actors.sentinel.address)).toBe('works')
  const other = await chain.kit.deploy(contract('Vault'), [actors.owner.address, actors.owner.address], actors.owner)
  const powerless = [callOf(other, contract('Vault').abi, 'pause')]
  expect(await rehearsed(chain, route, powerless, actors.sentinel.address)).toContain('only the guardian')
  const plain = await scene({ plain: true })
  expect(await rehearsed(chain, plain.route, plain.calls, actors.sentinel.address)).toContain('only a vote makes dao act')
})

// The `governor` route through Compound's real GovernorBravo and Timelock on a real chain.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import { bravoRoute } from '../../src/responders/authorities/bravo.ts'
import type { Address } from '../../src/model/hex.ts'
import type { Route } from '../../src/model/route.ts'
import { callOf, followRoute, nextStep, readFor, rehearsed, startRouteChain, type RouteChain } from '../support/follow-route.ts'
import {
  compoundContracts,
  deployBravo,
  governanceContracts,
  type Bravo,
  type CompoundContract,
  type GovernanceContract,
} from '../support/governance.ts'

let chain: RouteChain
let contract: (name: GovernanceContract) => Artifact
let comps: (name: CompoundContract) => Artifact
let [owner, sentinel]: Actor[] = []
let bravo: Bravo
beforeAll(async () => {
  chain = await startRouteChain()
  contract = await governanceContracts()
  comps = await compoundContracts()
  owner = await chain.kit.actor('owner')
  sentinel = await chain.kit.actor('sentinel')
  bravo = await deployBravo(chain.kit, owner, owner.address)
}, 60_000)
afterAll(() => chain?.stop())

const who = (actor: Actor | undefined): Actor => {
  if (!actor) throw new Error('not there yet')
  return actor
}
const routeFrom = (sender: Address): Route =>
  bravoRoute({
    kind: 'governor',
    name: 'bravo',
    chain: 'test',
    address: bravo.governor,
    flavour: 'bravo',
    sender: 'sentinel',
    senderAddress: sender,
  })
const setCap = (cap: bigint) => [callOf(bravo.vault, contract('Vault').abi, 'setCap', [cap])]
const cap = (): Promise<unknown> => chain.kit.read(bravo.vault, contract('Vault').abi, 'cap')

test('without enough votes it is stuck, and the mend says how many', async () => {
  const step = await nextStep(chain, routeFrom(who(sentinel).address), setCap(1n))
  expect(step).toMatchObject({ kind: 'stuck', why: expect.stringContaining('has 0 votes') })
  expect(step.kind === 'stuck' && step.mend).toContain('delegate votes to')
})

test('propose, people vote, queue, two days, execute', async () => {
  const route = routeFrom(who(owner).address)
  const before = await followRoute(chain, route, setCap(5n), who(owner))
  const last = before.at(-1)
  if (last?.kind !== 'people') throw new Error('people are not asked')
  expect(last.ask.says).toMatch(/^vote for proposal 2 of bravo until block \d+: vault\.setCap\(5\)$/)
  // Another wish of the same proposer has to wait: Bravo allows one proposal at a time.
  expect(await nextStep(chain, route, setCap(6n))).toMatchObject({ kind: 'wait', why: expect.stringContaining('one at a time') })
  await chain.kit.call(who(owner), bravo.governor, comps('GovernorBravoDelegate').abi, 'castVote', [2n, 1])
  await chain.kit.mine(21)
  const after = await followRoute(chain, route, setCap(5n), who(owner))
  expect(after.map((step) => step.kind)).toEqual(['send', 'wait', 'send'])
  expect(await cap()).toBe(5n)
  // Executed: the same calls once more are a new proposal.
  expect(await nextStep(chain, route, setCap(5n))).toMatchObject({ kind: 'send', completes: false })
})

test('its delay is the vote and the timelock', async () => {
  const route = routeFrom(who(owner).address)
  expect(route.delay(await readFor(chain, route, setCap(9n)))).toEqual({
    ms: (21 * 12 + 172_800) * 1_000,
    why: 'bravo takes 4 min 12 s (21 blocks of 12 s) until a vote is over, and its timelock 2 d more',
  })
})

test('it is rehearsed through the real timelock, where the sender stands for the governor', async () => {
  const route = routeFrom(who(owner).address)
  expect(await rehearsed(chain, route, setCap(9n), who(owner).address)).toBe('works')
  const other = await chain.kit.deploy(contract('Vault'), [who(owner).address, who(owner).address], who(owner))
  const powerless = [callOf(other, contract('Vault').abi, 'setCap', [1n])]
  expect(await rehearsed(chain, route, powerless, who(owner).address)).toContain('reverted')
})

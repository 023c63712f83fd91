// A proposal that would drain a vault is known, counted and cancelled long before it can be executed; an ordinary one is nobody's business.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFunctionData, keccak256, toHex, type Abi } from 'viem'
import { expect, test } from 'vitest'
import { encoders } from '../plan-types/settle.ts'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import { replay } from '../../src/engine/recording.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import { startProxy } from '../../src/local-chain/ipc-proxy.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { Decision } from '../../src/model/decision.ts'
import type { Signal } from '../../src/model/signal.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { roles } from '../../src/responders/authorities/timelock.ts'
import { recorded } from './facts.ts'
import { startFirebreak, type Firebreak, type StartOptions } from './processes.ts'
import { until, whileMining } from './until.ts'

interface Town {
  readonly kit: LocalKit
  readonly dao: Address
  readonly timelock: Address
  readonly vault: Address
  readonly coin: Address
  readonly attacker: Actor
  readonly guardian: Actor
  readonly folder: string
  readonly plan: string
  readonly journal: string
  readonly propose: (call: { readonly fn: string; readonly args: readonly unknown[] }, description: string) => Promise<bigint>
  readonly stateOf: (id: bigint) => Promise<number>
  readonly firebreak: (options?: Partial<StartOptions>) => Firebreak
}

const whole = 1_000_000n * 10n ** 6n
let towns = 0

const oneEndpoint = "env('SCENE_RPC')"
const twoOperators = "[{ url: env('SCENE_RPC'), operator: 'ours' }, { url: env('OTHER_RPC'), operator: 'acme' }]"

async function inTown(rule: string, act: (town: Town) => Promise<void>, rpcText = oneEndpoint): Promise<void> {
  const contract = await governanceContracts()
  const abiOf = (name: GovernanceContract): Abi => contract(name).abi as Abi
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-town-'))
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(anvil.ipcPath, 'town')
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  const started: Firebreak[] = []
  try {
    const kit = makeKit({
      request: (method, params) => rpc.request(method, params),
      seed: process.pid * 1_000 + 700 + towns++,
      chainId: 31_337,
    })
    const [owner, guardian, attacker] = [await kit.actor('owner'), await kit.actor('guardian'), await kit.actor('attacker')]
    const deploy = (name: GovernanceContract, args: readonly unknown[]): Promise<Address> =>
      kit.deploy(contract(name) as Artifact, args, owner)
    const votes = await deploy('Votes', [[owner.address, attacker.address], 1_000n])
    await kit.call(attacker, votes, abiOf('Votes'), 'delegate', [attacker.address])
    const timelock = await deploy('TimelockController', [86_400n, [], [], owner.address])
    const dao = await deploy('Dao', [votes, timelock, 5n, 50n, 0n, guardian.address])
    for (const role of [roles.proposer, roles.executor, roles.canceller])
      await kit.call(owner, timelock, abiOf('TimelockController'), 'grantRole', [role, dao])
    const vault = await deploy('Vault', [timelock, guardian.address])
    const coin = await deploy('Coin', [vault, whole])
    await kit.mine(3)
    const plan = join(folder, 'town.plan.ts')
    await writeFile(plan, planText({ dao, timelock, vault, coin, votes, guardian: guardian.address }, rule, rpcText))
    const journal = join(folder, '.firebreak', 'town.journal')
    await act({
      kit,
      dao,
      timelock,
      vault,
      coin,
      attacker,
      guardian,
      folder,
      plan,
      journal,
      propose: async ({ fn, args }, description) => {
        const data = encodeFunctionData({ abi: abiOf('Vault'), functionName: fn, args })
        await kit.call(attacker, dao, abiOf('Dao'), 'propose', [[vault], [0n], [data], description])
        return BigInt(String(await kit.read(dao, abiOf('Dao'), 'hashProposal', [[vault], [0n], [data], keccak256(toHex(description))])))
      },
      stateOf: async (id) => Number(await kit.read(dao, abiOf('Dao'), 'state', [id])),
      firebreak: (options = {}) => {
        const one = startFirebreak({ plan, folder, guardian }, { endpoint: proxy.ipcPath, env: { OTHER_RPC: anvil.ipcPath }, ...options })
        started.push(one)
        return one
      },
    })
  } catch (error) {
    for (const one of started) process.stderr.write(`--- firebreak ${one.pid} said:\n${one.said()}${one.troubles()}\n`)
    throw error
  } finally {
    for (const one of started) one.kill()
    await Promise.all(started.map((one) => one.exited))
    await proxy.close()
    await rpc.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function planText(
  at: Readonly<Record<'dao' | 'timelock' | 'vault' | 'coin' | 'votes' | 'guardian', Address>>,
  rule: string,
  rpc: string,
): string {
  return `import { asset, cancelled, cancels, definePlan, env, evm, fixed, governance, invariant, key, outflow } from 'firebreak'

const view = <const n extends string>(name: n) =>
  ({ type: 'function', name, stateMutability: 'view', inputs: [], outputs: [{ type: 'uint256', name: '' }] }) as const
const local = evm('local', { id: 31337, rpc: ${rpc}, finality: 8 })
const dao = local.at('${at.dao}', [view('votingDelay')])
const timelock = local.at('${at.timelock}', [view('getMinDelay')])
const votes = local.at('${at.votes}', [view('totalSupply')])
const coin = local.at('${at.coin}', [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
])
const vault = local.at('${at.vault}', [
  view('cap'),
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
])

export default definePlan({
  name: 'town',
  contracts: { vault, dao, timelock },
  assets: { coin: asset({ token: coin, decimals: 6, price: fixed('$1'), heldBy: [vault] }) },
  watch: {
    takeover: governance({ governor: dao, timelock, votes }),
    drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '5%' }),
    capped: invariant({ cap: vault.read.cap() }, (now) => now.cap >= 500n),
  },
  authorities: { guardian: key({ address: '${at.guardian}', signer: env('GUARDIAN_KEY'), chain: local }) },
  brakes: {
    veto: { call: cancels(dao, timelock), holds: cancelled(), by: 'guardian', falsePauseCosts: '$50/h' },
    pause: { call: vault.write.pause(), holds: vault.read.paused(), by: 'guardian', falsePauseCosts: '$100/h' },
  },
  respond: (on) => [${rule}, on('drain', 'capped').pull('pause').automatically({ atMost: '2/day' })],
  bounds: { priceWindow: 3 },
})
`
}

const pulls = "on('takeover').pull('veto').automatically({ atMost: '2/day' })"
const sweep = (town: Town) => ({ fn: 'sweep', args: [town.coin, town.attacker.address, (whole * 9n) / 10n] })
const canceled = 2

test('a proposal that would drain the vault is cancelled by the guardian before anybody could vote for it', async () => {
  await inTown(pulls, async (town) => {
    const record = join(town.folder, 'run.jsonl')
    const firebreak = town.firebreak({ record })
    await firebreak.says(/ARMED/)
    const id = await town.propose(sweep(town), 'a grant for the community')
    await firebreak.says(/takeover 95 % proposal \d{8}…\d{4} of dao would break drain \(drain: 900,000 coin \(90 %\) left vault/)
    await firebreak.says(/PULL veto/)
    await until('the veto in the pool', async () => {
      const content = (await town.kit.rpc('txpool_content', [])) as { pending: object }
      return Object.keys(content.pending).some((from) => from.toLowerCase() === town.guardian.address.toLowerCase())
    })
    await town.kit.mine()
    await firebreak.says(/HOLDS veto at block \d+ by/)
    expect(await town.stateOf(id)).toBe(canceled)
    await town.kit.mine(3)
    expect(await firebreak.stop()).toBe(0)

    const { of, desires } = recorded(town.journal)
    const [signal] = of('signal').map((entry) => entry.body as unknown as Signal)
    expect(signal).toMatchObject({ watch: 'takeover', kind: 'governance', loss: [{ asset: 'coin', amount: (whole * 9n) / 10n }] })
    expect(signal?.evidence).toMatchObject({ breaks: 'drain', forecast: true, operation: id.toString(), way: 'understudy' })
    // Long before: the votes of 55 blocks and a day of delay lay between.
    const executable = Date.parse(String(signal?.evidence['executableFrom']))
    const head = (await town.kit.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: Hex }
    expect(executable / 1_000 - Number(head.timestamp)).toBeGreaterThan(86_400)
    const [decision] = of('decision').map((entry) => entry.body as unknown as Decision)
    expect(decision).toMatchObject({ verdict: 'pull', brakes: ['veto'] })
    expect(desires.map((desire) => desire.status)).toEqual(['holding'])

    const { definition, sources } = await loadPlan(town.plan)
    const again = await replay(record, resolvePlan(definition, encoders, sources).plan)
    expect(again.differs).toBeUndefined()
    expect(again.decisions).toHaveLength(1)
  })
})

test('a proposal that changes a parameter within its bounds raises nothing', async () => {
  await inTown(pulls, async (town) => {
    const firebreak = town.firebreak()
    await firebreak.says(/ARMED/)
    const id = await town.propose({ fn: 'setCap', args: [800n] }, 'a smaller cap')
    await town.kit.mine(3)
    await until('the try on record', () =>
      recorded(town.journal)
        .of('note')
        .some((entry) => JSON.stringify(entry.body).includes('breaks nothing')),
    )
    expect(await firebreak.stop()).toBe(0)
    const { of } = recorded(town.journal)
    expect([of('signal').length, of('incident').length, of('desire').length]).toEqual([0, 0, 0])
    expect(await town.stateOf(id)).not.toBe(canceled)
  })
})

test('where the plan leaves it to people, what two operators found and how to stop it is proposed to them', async () => {
  await inTown(
    "on('takeover').propose('veto').to('guardian')",
    async (town) => {
      const firebreak = town.firebreak()
      await firebreak.says(/ARMED/)
      // The invariant breaks, and no money moves.
      const id = await town.propose({ fn: 'setCap', args: [100n] }, 'a cap that is too small')
      await firebreak.says(/would break capped \(capped: no longer holds: cap 100\)/)
      await firebreak.says(/PROPOSE veto/)
      await town.kit.mine(2)
      expect(await firebreak.stop()).toBe(0)
      expect(await town.stateOf(id)).not.toBe(canceled)
      const [decision] = recorded(town.journal)
        .of('decision')
        .map((entry) => entry.body as unknown as Decision)
      expect(decision?.stop).toMatchObject({ call: { to: town.dao }, label: expect.stringContaining('dao.cancel(') })
    },
    twoOperators,
  )
})

test('two proposals are two vetoes, one that was there before the start among them; after a restart neither is vetoed again', async () => {
  await inTown(pulls, async (town) => {
    const first = await town.propose(sweep(town), 'one')
    const firebreak = town.firebreak()
    await firebreak.says(/ARMED/)
    await town.kit.mine()
    await firebreak.says(/PULL veto/)
    const second = await town.propose(sweep(town), 'two')
    await firebreak.says(/PULL veto/, 2)
    await whileMining(town.kit, 'both to be cancelled', async () => {
      return (await town.stateOf(first)) === canceled && (await town.stateOf(second)) === canceled
    })
    await firebreak.says(/HOLDS veto/, 2)
    expect(await firebreak.stop()).toBe(0)
    const again = town.firebreak()
    await again.says(/ARMED/)
    await town.kit.mine(3)
    expect(await again.stop()).toBe(0)
    expect(recorded(town.journal).desires.map((desire) => desire.stop?.operation)).toEqual([`proposal:${first}`, `proposal:${second}`])
  })
})

// A council vetoes what governance is about to do: its owners see what they cancel, in words taken from the bytes they sign.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFunctionData, keccak256, toHex, type Abi } from 'viem'
import { expect, test } from 'vitest'
import { connect } from '../../src/chain/transport/connect.ts'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import type { Address } from '../../src/model/hex.ts'
import { writeKeystore } from '../../src/plan/keystore.ts'
import { roles } from '../../src/responders/authorities/timelock.ts'
import { cli, cliJson, type Ended } from '../support/cli.ts'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'
import { deploySafe, type DeployedSafe } from '../support/safes.ts'
import type { Approved } from './council.ts'
import { recorded } from './facts.ts'
import { startFirebreak, type Firebreak } from './processes.ts'
import { whileMining } from './until.ts'

interface Town {
  readonly kit: LocalKit
  readonly vault: Address
  readonly coin: Address
  readonly attacker: Actor
  readonly folder: string
  readonly journal: string
  readonly propose: (description: string) => Promise<bigint>
  readonly stateOf: (id: bigint) => Promise<number>
  readonly firebreak: () => Firebreak
  readonly approve: (...args: readonly string[]) => Promise<Ended & { readonly document: Approved }>
  readonly says: (...args: readonly string[]) => Promise<Ended & { readonly document: unknown }>
  readonly signs: (owner: number) => readonly string[]
}

const whole = 1_000_000n * 10n ** 6n
const canceled = 2
let towns = 0

/** A governor whose proposal guardian is a Safe: only two of three owners together can cancel. */
async function inTown(act: (town: Town) => Promise<void>): Promise<void> {
  const contract = await governanceContracts()
  const abiOf = (name: GovernanceContract): Abi => contract(name).abi as Abi
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-veto-'))
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(anvil.ipcPath, 'town')
  const started: Firebreak[] = []
  try {
    const seed = process.pid * 1_000 + 900 + towns++
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId: 31_337 })
    const [owner, guardian, attacker] = [await kit.actor('owner'), await kit.actor('guardian'), await kit.actor('attacker')]
    const owners = await Promise.all(['alice', 'bob', 'carol'].map((name) => kit.actor(name)))
    const safe = await deploySafe(
      kit,
      '1.4.1',
      owners.map((one) => one.address),
      2,
      owner,
    )
    const deploy = (name: GovernanceContract, args: readonly unknown[]): Promise<Address> =>
      kit.deploy(contract(name) as Artifact, args, owner)
    const votes = await deploy('Votes', [[owner.address, attacker.address], 1_000n])
    await kit.call(attacker, votes, abiOf('Votes'), 'delegate', [attacker.address])
    const timelock = await deploy('TimelockController', [86_400n, [], [], owner.address])
    const dao = await deploy('Dao', [votes, timelock, 5n, 50n, 0n, safe.address])
    for (const role of [roles.proposer, roles.executor, roles.canceller])
      await kit.call(owner, timelock, abiOf('TimelockController'), 'grantRole', [role, dao])
    const vault = await deploy('Vault', [timelock, guardian.address])
    const coin = await deploy('Coin', [vault, whole])
    await kit.mine(3)
    const plan = join(folder, 'town.plan.ts')
    await writeFile(plan, planText({ dao, timelock, vault, coin, guardian: guardian.address }, safe))
    for (const [i, one] of owners.entries()) await writeFile(join(folder, `owner-${i}.json`), writeKeystore(one.privateKey, 'secret', 2))
    const env = { SCENE_RPC: anvil.ipcPath, OWNER_PASSWORD: 'secret', NO_COLOR: '1' }
    await act({
      kit,
      vault,
      coin,
      attacker,
      folder,
      journal: join(folder, '.firebreak', 'town.journal'),
      propose: async (description) => {
        const data = encodeFunctionData({
          abi: abiOf('Vault'),
          functionName: 'sweep',
          args: [coin, attacker.address, (whole * 9n) / 10n],
        })
        await kit.call(attacker, dao, abiOf('Dao'), 'propose', [[vault], [0n], [data], description])
        return BigInt(String(await kit.read(dao, abiOf('Dao'), 'hashProposal', [[vault], [0n], [data], keccak256(toHex(description))])))
      },
      stateOf: async (id) => Number(await kit.read(dao, abiOf('Dao'), 'state', [id])),
      firebreak: () => {
        const one = startFirebreak({ plan, folder, guardian }, { endpoint: anvil.ipcPath })
        started.push(one)
        return one
      },
      approve: async (...args) => {
        const ended = await cliJson(['approve', ...args, '--plan', plan], { env })
        return { ...ended, document: ended.document as Approved }
      },
      says: (...args) => cliJson([...args, '--plan', plan], { env: { ...env, GUARDIAN_KEY: guardian.privateKey } }),
      signs: (i) => ['--signer', `keystore:${join(folder, `owner-${i}.json`)}`, '--password', 'OWNER_PASSWORD', '--yes'],
    })
  } catch (error) {
    for (const one of started) process.stderr.write(`--- firebreak ${one.pid} said:\n${one.said()}${one.troubles()}\n`)
    throw error
  } finally {
    for (const one of started) one.kill()
    await Promise.all(started.map((one) => one.exited))
    await rpc.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function planText(at: Readonly<Record<'dao' | 'timelock' | 'vault' | 'coin' | 'guardian', Address>>, safe: DeployedSafe): string {
  return `import { asset, cancelled, cancels, definePlan, env, evm, fixed, governance, key, outflow, safe } from 'firebreak'

const view = <const n extends string>(name: n) =>
  ({ type: 'function', name, stateMutability: 'view', inputs: [], outputs: [{ type: 'uint256', name: '' }] }) as const
const local = evm('local', { id: 31337, rpc: env('SCENE_RPC'), finality: 8 })
const dao = local.at('${at.dao}', [view('votingDelay')])
const timelock = local.at('${at.timelock}', [view('getMinDelay')])
const coin = local.at('${at.coin}', [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
])
const vault = local.at('${at.vault}', [
  view('cap'),
  {
    type: 'function',
    name: 'sweep',
    stateMutability: 'nonpayable',
    inputs: [{ type: 'address', name: 'token' }, { type: 'address', name: 'to' }, { type: 'uint256', name: 'amount' }],
    outputs: [],
  },
])

export default definePlan({
  name: 'town',
  contracts: { vault, dao, timelock, coin },
  assets: { coin: asset({ token: coin, decimals: 6, price: fixed('$1'), heldBy: [vault] }) },
  watch: {
    takeover: governance({ governor: dao, timelock }),
    drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '5%' }),
  },
  authorities: {
    guardian: key({ address: '${at.guardian}', signer: env('GUARDIAN_KEY'), chain: local }),
    council: safe({ address: '${safe.address}', chain: local, executor: 'guardian', known: ['${safe.handler}'] }),
  },
  brakes: {
    veto: { call: cancels(dao, timelock), holds: cancelled(), by: 'council', falsePauseCosts: '$50/h' },
  },
  respond: (on) => [on('takeover').propose('veto').to('council')],
  bounds: { priceWindow: 3 },
})
`
}

test('owners are shown in words what a veto cancels, sign it without going blind, and it is cancelled', async () => {
  await inTown(async (town) => {
    const firebreak = town.firebreak()
    await firebreak.says(/ARMED/)
    const id = await town.propose('a grant for the community')
    await firebreak.says(/proposal 0x\w+ to council about veto: 0 of 2 have signed/)
    const [waiting] = (await town.approve()).document.waiting
    const hash = waiting?.id ?? ''

    const look = await town.approve(hash)
    expect(look.code).toBe(0)
    expect(look.document).toMatchObject({
      isTheBrake: true,
      blind: [],
      holds: { before: false, after: true },
      cancels: {
        operation: `proposal:${id}`,
        calls: [{ decoded: { contract: 'vault', signature: 'sweep(address,address,uint256)' } }],
      },
    })
    expect((await town.approve(hash, ...town.signs(0))).code).toBe(0)
    expect((await town.approve(hash, ...town.signs(2))).code).toBe(0)
    await whileMining(town.kit, 'the cancellation', async () => {
      return (await town.stateOf(id)) === canceled
    })
    await firebreak.says(/HOLDS veto at block \d+ by/)
    expect((await town.approve()).document.waiting).toEqual([])
    expect(await firebreak.stop()).toBe(0)
    const { desires } = recorded(town.journal)
    expect(desires.map((one) => one.status)).toEqual(['holding'])

    // Afterwards the record tells who was asked and who signed.
    const told = await cli(['incident', desires[0]?.incident ?? '', '--journal', town.journal], { env: { NO_COLOR: '1' } })
    expect(told.out).toMatch(/proposal 0x\w+ to council about veto: 0 of 2 have signed/)
    expect(told.out).toMatch(/proposal 0x\w+ to council about veto is over: it is there/)
  })
})

test('two vetoes want one nonce of one Safe: both are told of it, the second is prepared again, and both end well', async () => {
  await inTown(async (town) => {
    const firebreak = town.firebreak()
    await firebreak.says(/ARMED/)
    const first = await town.propose('one')
    const second = await town.propose('two')
    await firebreak.says(/to council about veto: 0 of 2 have signed/, 2)
    const { waiting } = (await town.approve()).document
    expect(waiting).toHaveLength(2)
    // The owners are quick, and sign both before anything is carried out.
    for (const { id } of waiting) for (const owner of [0, 1]) expect((await town.approve(id, ...town.signs(owner))).code).toBe(0)
    await whileMining(town.kit, 'the first to be cancelled', async () => {
      return [await town.stateOf(first), await town.stateOf(second)].includes(canceled)
    })
    await firebreak.says(/is stale/)
    await town.kit.mine()
    const again = (await town.approve()).document.waiting
    expect(again).toHaveLength(1)
    for (const owner of [0, 1]) expect((await town.approve(again[0]?.id ?? '', ...town.signs(owner))).code).toBe(0)
    await whileMining(town.kit, 'both to be cancelled', async () => {
      return (await town.stateOf(first)) === canceled && (await town.stateOf(second)) === canceled
    })
    await firebreak.says(/HOLDS veto/, 2)
    expect(await firebreak.stop()).toBe(0)
    expect(recorded(town.journal).desires.map((one) => one.status)).toEqual(['holding', 'holding'])
  })
})

test('by its name a veto is disarmed and armed; pulled by hand it says why not; a check says who may cancel', async () => {
  await inTown(async (town) => {
    const checked = await town.says('check', '--no-keys')
    expect(checked.document).toMatchObject({
      vetoes: [
        {
          veto: 'veto',
          authority: 'council',
          places: [
            { place: 'dao', may: true, why: 'council is its proposal guardian' },
            { place: 'timelock', may: false, why: 'council lacks its CANCELLER_ROLE' },
          ],
        },
      ],
    })
    for (const order of ['pull', 'release'])
      expect(await town.says(order, 'veto', '--because', 'why not', '--yes')).toMatchObject({
        code: 2,
        document: { error: { faults: [{ path: 'brake', wrong: expect.stringContaining('is a veto') }] } },
      })
    const firebreak = town.firebreak()
    await firebreak.says(/ARMED/)
    expect((await town.says('disarm', '--brake', 'veto', '--because', 'a rehearsal')).code).toBe(0)
    await town.propose('a grant')
    await firebreak.says(/PROPOSE veto/)
    await town.kit.mine(3)
    expect((await town.approve()).document.waiting).toEqual([])
    expect((await town.says('arm', '--brake', 'veto', '--because', 'it is over', '--yes')).code).toBe(0)
    await town.kit.mine()
    await firebreak.says(/to council about veto: 0 of 2 have signed/)
    expect(await firebreak.stop()).toBe(0)
  })
})

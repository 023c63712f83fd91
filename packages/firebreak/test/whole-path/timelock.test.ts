// A brake through a timelock: scheduled, waited for and executed by a running Firebreak; and let go of where somebody cancels it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { governanceContracts, type GovernanceContract } from '../support/governance.ts'
import type { Actor } from '../../src/drill/define.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import { startProxy } from '../../src/local-chain/ipc-proxy.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { recorded } from './facts.ts'
import { startFirebreak, type Firebreak } from './processes.ts'
import { until } from './until.ts'

interface Town {
  readonly kit: LocalKit
  readonly firebreak: Firebreak
  readonly timelock: Address
  readonly owner: Actor
  readonly journal: string
  readonly paused: () => Promise<unknown>
  /** Breaks the plan's invariant. */
  readonly breakIt: () => Promise<void>
  /** Waits for the guardian's next transaction and mines it; gives what it called. */
  readonly guardianActs: () => Promise<string>
  readonly call: (who: Actor, fn: string, args: readonly unknown[]) => Promise<unknown>
}

const delay = 600n
let towns = 0

async function inTown(act: (town: Town) => Promise<void>): Promise<void> {
  const contract = await governanceContracts()
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-slow-'))
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(anvil.ipcPath, 'slow')
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  let firebreak: Firebreak | undefined
  try {
    const seed = process.pid * 1_000 + 800 + towns++
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId: 31_337 })
    const [owner, guardian] = [await kit.actor('owner'), await kit.actor('guardian')]
    const deploy = (name: GovernanceContract, args: readonly unknown[]): Promise<Address> => kit.deploy(contract(name), args, owner)
    const guardians = [guardian.address]
    const timelock = await deploy('TimelockController', [delay, guardians, guardians, owner.address])
    const vault = await deploy('Vault', [timelock, owner.address])
    const coin = await deploy('Coin', [owner.address, 1_000n])
    await kit.call(owner, coin, contract('Coin').abi, 'transfer', [vault, 100n])
    await kit.mine(3)
    const plan = join(folder, 'slow.plan.ts')
    await writeFile(plan, planText({ timelock, vault, coin, owner: owner.address, guardian: guardian.address }))
    firebreak = startFirebreak({ plan, folder, guardian }, { endpoint: proxy.ipcPath })
    await firebreak.says(/ARMED/)
    const waiting = async (): Promise<readonly { readonly input: Hex }[]> => {
      const content = (await rpc.request('txpool_content', [])) as { pending: Record<string, Record<string, { input: Hex }>> }
      return Object.entries(content.pending).flatMap(([from, queue]) =>
        from.toLowerCase() === guardian.address.toLowerCase() ? Object.values(queue) : [],
      )
    }
    await act({
      kit,
      firebreak,
      timelock,
      owner,
      journal: join(folder, '.firebreak', 'slow.journal'),
      paused: () => kit.read(vault, contract('Vault').abi, 'paused'),
      breakIt: async () => void (await kit.call(owner, coin, contract('Coin').abi, 'transfer', [timelock, 600n])),
      guardianActs: async () => {
        await until('the guardian to act', async () => (await waiting()).length > 0)
        const [tx] = await waiting()
        await kit.mine()
        return tx?.input.slice(0, 10) ?? ''
      },
      call: (who, fn, args) => kit.call(who, timelock, contract('TimelockController').abi, fn, args),
    })
  } catch (error) {
    process.stderr.write(`--- firebreak said:\n${firebreak?.said()}${firebreak?.troubles()}\n`)
    throw error
  } finally {
    firebreak?.kill()
    await firebreak?.exited
    await proxy.close()
    await rpc.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const planText = (at: Readonly<Record<'timelock' | 'vault' | 'coin' | 'owner' | 'guardian', Address>>): string =>
  `import { asset, definePlan, env, evm, fixed, invariant, key, timelock } from 'firebreak'

const local = evm('local', { id: 31337, rpc: env('SCENE_RPC'), finality: 8 })
const vault = local.at('${at.vault}', [
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
])
const coin = local.at('${at.coin}', [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
])

export default definePlan({
  name: 'slow',
  contracts: { vault, coin },
  assets: { coin: asset({ token: coin, decimals: 0, price: fixed('$1'), heldBy: [vault] }) },
  watch: { kept: invariant({ kept: coin.read.balanceOf('${at.owner}') }, (now) => now.kept >= 500n) },
  authorities: {
    guardian: key({ address: '${at.guardian}', signer: env('GUARDIAN_KEY'), chain: local }),
    slow: timelock({ address: '${at.timelock}', chain: local, sender: 'guardian' }),
  },
  brakes: { pause: { call: vault.write.pause(), holds: vault.read.paused(), by: 'slow', falsePauseCosts: '$0/h', lasts: '4h' } },
  respond: (on) => [on('kept').pull('pause').automatically({ atMost: '5/day' })],
  bounds: { priceWindow: 3 },
})
`

const [schedule, execute] = ['0x01d5062a', '0x134008d3']

test('it schedules, tells until when it waits, executes, and the brake holds', async () => {
  await inTown(async ({ kit, firebreak, breakIt, guardianActs, paused, journal }) => {
    await breakIt()
    expect(await guardianActs()).toBe(schedule)
    await kit.mine()
    await firebreak.says(/scheduled; slow lets it pass then, until /)
    expect(await paused()).toBe(false)
    await kit.wait(Number(delay))
    expect(await guardianActs()).toBe(execute)
    await firebreak.says(/HOLDS pause/)
    expect(await paused()).toBe(true)
    expect(await firebreak.stop()).toBe(0)
    expect(recorded(journal).desires.map((desire) => [desire.authority, desire.status])).toEqual([['slow', 'holding']])
  })
})

test('what somebody cancels is not scheduled again', async () => {
  await inTown(async ({ kit, firebreak, breakIt, guardianActs, paused, call, owner, timelock, journal }) => {
    await breakIt()
    expect(await guardianActs()).toBe(schedule)
    await kit.mine()
    await firebreak.says(/scheduled; slow lets it pass then/)
    const topic = '0x4cf4410cc57040e44862ef0f45f3dd5a5e02db8eb8add648d4b0e236f1d07dca'
    const [log] = (await kit.rpc('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest', address: timelock, topics: [topic] }])) as {
      topics: Hex[]
    }[]
    await call(owner, 'grantRole', ['0xfd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783', owner.address])
    await call(owner, 'cancel', [log?.topics[1]])
    await kit.mine(3)
    await firebreak.says(/pause.*released/)
    await kit.wait(Number(delay))
    await kit.mine(2)
    expect(await firebreak.stop()).toBe(0)
    expect(await paused()).toBe(false)
    expect(recorded(journal).desires.map((desire) => desire.status)).toEqual(['released'])
    expect(recorded(journal).intents).toHaveLength(1)
  })
})

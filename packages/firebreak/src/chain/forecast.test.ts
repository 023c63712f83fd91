// What governance may do, tried on a real chain with OpenZeppelin's real contracts, behind a proxy as strict as real nodes.
import { encodeFunctionData, type Abi } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { governanceContracts, type GovernanceContract } from '../../test/support/governance.ts'
import type { Actor, Artifact } from '../drill/define.ts'
import { makeKit, type LocalKit } from '../drill/kit.ts'
import { startAnvil } from '../local-chain/anvil.ts'
import { startProxy } from '../local-chain/ipc-proxy.ts'
import { strictNode } from '../local-chain/strict-node.ts'
import type { Probe } from '../model/call.ts'
import type { Forecast } from '../model/forecast.ts'
import type { Address, Hex } from '../model/hex.ts'
import { roles } from '../responders/authorities/timelock.ts'
import { encodeRead } from './codec/encode-read.ts'
import { tryForecast } from './forecast.ts'
import { parseHeader } from './parse.ts'
import { connect } from './transport/connect.ts'
import type { Rpc } from './transport/rpc.ts'

let contract: (name: GovernanceContract) => Artifact
let kit: LocalKit
let rpc: Rpc
let stop: () => Promise<void>
let [owner, proposer]: Actor[] = []
beforeAll(async () => {
  contract = await governanceContracts()
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  rpc = connect(proxy.ipcPath, 'test')
  const straight = connect(anvil.ipcPath, 'straight')
  kit = makeKit({ request: (method, params) => straight.request(method, params), seed: 1, chainId: 31_337 })
  stop = async () => {
    for (const one of [rpc, straight]) await one.close()
    await proxy.close()
    await anvil.stop()
  }
  owner = await kit.actor('owner')
  proposer = await kit.actor('proposer')
}, 60_000)
afterAll(() => stop?.())

const who = (actor: Actor | undefined): Actor => {
  if (!actor) throw new Error('not there yet')
  return actor
}

interface Scene {
  readonly timelock: Address
  readonly vault: Address
  readonly coin: Address
}

async function scene(): Promise<Scene> {
  const admin = who(owner)
  const timelock = await kit.deploy(contract('TimelockController'), [86_400n, [who(proposer).address], [], admin.address], admin)
  const vault = await kit.deploy(contract('Vault'), [timelock, admin.address], admin)
  const coin = await kit.deploy(contract('Coin'), [vault, 1_000n], admin)
  return { timelock, vault, coin }
}

const readOf = <out>(to: Address, name: GovernanceContract, fn: string, args: readonly unknown[] = []): Probe<out> => {
  const found = (contract(name).abi as Abi).find((one) => one.type === 'function' && one.name === fn)
  if (found?.type !== 'function') throw new Error(`no ${fn}`)
  return encodeRead<out>({ kind: 'read', chain: 'test', to, fn: found, args })
}
const call = (to: Address, name: GovernanceContract, fn: string, args: readonly unknown[] = [], mayFail = false) => ({
  to,
  value: 0n,
  data: encodeFunctionData({ abi: contract(name).abi as Abi, functionName: fn, args }),
  mayFail,
})

async function tried(executor: Address, calls: Forecast['calls'], probes: readonly Probe[], more: Partial<Forecast> = {}) {
  const on = parseHeader(await rpc.request('eth_getBlockByNumber', ['latest', false]), 'test')
  const forecast: Forecast = {
    key: 'k',
    operation: 'o',
    label: 'proposal',
    executor,
    calls,
    direct: undefined,
    by: who(proposer).address,
    time: on.timestamp + 86_400n,
    subjects: [],
    evidence: {},
    culprits: [],
    stops: [],
    ...more,
  }
  const code = async (addresses: readonly Address[]): Promise<Record<Address, Hex>> => {
    const found: Record<Address, Hex> = {}
    for (const address of addresses) {
      const bytes = (await rpc.request('eth_getCode', [address, 'latest'])) as Hex
      if (bytes !== '0x') found[address] = bytes
    }
    return found
  }
  const outcome = await tryForecast(rpc, on, forecast, { reads: probes, logs: [] }, { code, deploys: true })
  if (!outcome.ok) throw new Error(outcome.why)
  const values = (at: typeof outcome.played) => probes.map((probe) => probe.of(at)).map((read) => (read.ok ? read.value : read.why))
  return { outcome, before: values(outcome.control), after: values(outcome.played) }
}

describe('a proposal that nobody has voted for yet', () => {
  test('is carried out in the name of the timelock; nothing of it stays', async () => {
    const { timelock, vault, coin } = await scene()
    const thief = who(proposer).address
    const balance = readOf<bigint>(coin, 'Coin', 'balanceOf', [vault])
    const { outcome, before, after } = await tried(timelock, [call(vault, 'Vault', 'sweep', [coin, thief, 900n])], [balance])
    expect(outcome).toMatchObject({ way: 'understudy', played: { fails: undefined } })
    expect([before, after]).toEqual([[1_000n], [100n]])
    expect(await kit.read(coin, contract('Coin').abi, 'balanceOf', [vault])).toBe(1_000n)
  })

  test('one that waits for its time to do harm finds that its time has come', async () => {
    const { timelock, vault, coin } = await scene()
    const head = parseHeader(await rpc.request('eth_getBlockByNumber', ['latest', false]), 'test')
    const thief = who(proposer).address
    const sweep = call(vault, 'Vault', 'sweepAfter', [coin, thief, 900n, head.timestamp + 80_000n])
    const balance = readOf<bigint>(coin, 'Coin', 'balanceOf', [vault])
    expect((await tried(timelock, [sweep], [balance])).after).toEqual([100n])
    expect((await tried(timelock, [sweep], [balance], { time: head.timestamp + 100n })).after).toEqual([1_000n])
  })

  test('one that changes the timelock itself is answered by the timelock’s own code', async () => {
    const { timelock } = await scene()
    const thief = who(proposer).address
    const calls = [
      call(timelock, 'TimelockController', 'grantRole', [roles.executor, thief]),
      call(timelock, 'TimelockController', 'updateDelay', [0n]),
    ]
    const reads = [
      readOf<bigint>(timelock, 'TimelockController', 'getMinDelay'),
      readOf<boolean>(timelock, 'TimelockController', 'hasRole', [roles.executor, thief]),
    ]
    const { before, after } = await tried(timelock, calls, reads)
    expect([before, after]).toEqual([
      [86_400n, false],
      [0n, true],
    ])
  })

  test('one that fails says why, and one call that may fail does not spoil the others', async () => {
    const { timelock, vault, coin } = await scene()
    const cap = readOf<bigint>(vault, 'Vault', 'cap')
    const strangers = await kit.deploy(contract('Vault'), [who(owner).address, who(owner).address], who(owner))
    const powerless = call(strangers, 'Vault', 'setCap', [5n])
    const failing = await tried(timelock, [call(vault, 'Vault', 'setCap', [5n]), powerless], [cap])
    expect(failing.outcome.played.fails).toContain('only the owner')
    expect(failing.after).toEqual([1_000n])
    const going = await tried(timelock, [call(vault, 'Vault', 'setCap', [5n]), { ...powerless, mayFail: true }], [cap])
    expect(going).toMatchObject({ after: [5n], outcome: { played: { fails: undefined } } })
    expect(coin).toBeDefined()
  })

  test('a hundred calls, and a proposer without a coin, are no trouble', async () => {
    const { timelock, vault, coin } = await scene()
    const calls = Array.from({ length: 100 }, (_, i) => call(vault, 'Vault', 'sweep', [coin, timelock, BigInt(i % 10)]))
    const poor: Address = '0x00000000000000000000000000000000000A11cE'
    const { after, outcome } = await tried(timelock, calls, [readOf<bigint>(coin, 'Coin', 'balanceOf', [vault])], { by: poor })
    expect(outcome.played.fails).toBeUndefined()
    expect(after).toEqual([550n])
  })
})

test('what the timelock holds already is executed by its own function, with nothing changed but the time', async () => {
  const { timelock, vault } = await scene()
  const { abi } = contract('TimelockController')
  const none: Hex = `0x${'00'.repeat(32)}`
  const inner = call(vault, 'Vault', 'setCap', [7n])
  await kit.call(who(owner), timelock, abi, 'grantRole', [roles.executor, who(proposer).address])
  await kit.call(who(proposer), timelock, abi, 'schedule', [vault, 0n, inner.data, none, none, 86_400n])
  const execute = call(timelock, 'TimelockController', 'execute', [vault, 0n, inner.data, none, none])
  const cap = readOf<bigint>(vault, 'Vault', 'cap')
  const real = await tried(timelock, [inner], [cap], { direct: execute })
  expect(real).toMatchObject({ outcome: { way: 'direct' }, before: [1_000n], after: [7n] })
  // Too early for the contract itself: then the understudy shows what it would do.
  const early = await tried(timelock, [inner], [cap], { direct: execute, time: 0n })
  expect(early).toMatchObject({ outcome: { way: 'understudy' }, after: [7n] })
})

test('whoever asked an access manager is played even where it is a contract', async () => {
  const admin = who(owner)
  const manager = await kit.deploy(contract('AccessManager'), [admin.address], admin)
  const vault = await kit.deploy(contract('ManagedVault'), [manager], admin)
  const { timelock } = await scene()
  const abi = contract('AccessManager').abi
  await kit.call(admin, manager, abi, 'grantRole', [0n, timelock, 0])
  const pause = call(vault, 'ManagedVault', 'pause')
  const through = call(manager, 'AccessManager', 'execute', [vault, pause.data])
  const paused = readOf<boolean>(vault, 'ManagedVault', 'paused')
  expect(await tried(timelock, [through], [paused], { by: timelock })).toMatchObject({ before: [false], after: [true] })
})

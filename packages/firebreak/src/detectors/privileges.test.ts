// Changes of power in real contracts of OpenZeppelin on a real chain: who, from whom, to whom, by which transaction; and what is meant.
import { keccak256, stringToBytes } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, token, uintRead } from '../../test/support/moments.ts'
import { powerContracts } from '../../test/support/powers.sol.ts'
import { startWatchedChain } from '../../test/support/watched-chain.ts'
import type { Deployed, WatchedChain } from '../../test/support/watched-chain.ts'
import type { CompiledContract } from '../local-chain/solc.ts'
import type { Address, Hex } from '../model/hex.ts'
import { privileges } from './privileges.ts'
import type { PrivilegesOptions } from './privileges.ts'
import { sources } from './privileges/powers.ts'

const minter = keccak256(stringToBytes('MINTER_ROLE'))
const adminRole: Hex = `0x${'0'.repeat(64)}`
const nobody: Address = '0x0000000000000000000000000000000000000000'

let chain: WatchedChain
let contract: (name: string) => CompiledContract
let boss: Address
let stranger: Address
beforeAll(async () => {
  contract = await powerContracts()
  chain = await startWatchedChain()
  boss = chain.accounts[0] ?? nobody
  stranger = chain.accounts[7] ?? nobody
})
afterAll(() => chain?.stop())

const as = (deployed: Deployed, name: string): Deployed => ({ ...deployed, abi: contract(name).abi })
/** Two blocks: in the first the powers are found, in the second those that follow from them. */
async function watching(options: PrivilegesOptions, names: Readonly<Record<Address, string>> = {}) {
  const watch = await chain.follow(built(privileges(options), scopeOf([], names)))
  await watch.blocks()
  await chain.rpc.request('anvil_mine', ['0x2'])
  expect(await watch.blocks()).toEqual([])
  return watch
}

describe('a proxy', () => {
  test('whose admin upgrades it is judged while that waits, and names who did it', async () => {
    const [one, two] = [await chain.deploy(contract('Logic')), await chain.deploy(contract('LogicTwo'))]
    const proxy = await chain.deploy(contract('TransparentUpgradeableProxy'), [one.address, boss, chain.call(one, 'set', [1n])])
    const watch = await watching({ of: [proxy] }, { [proxy.address]: 'vault' })
    const slot = await chain.rpc.request('eth_getStorageAt', [
      proxy.address,
      '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
      'latest',
    ])
    const admin: Address = `0x${String(slot).slice(-40)}`
    const upgrade = chain.call(contract('ProxyAdmin'), 'upgradeAndCall', [proxy.address, two.address, '0x'])
    const expected = {
      weight: 'verdict',
      likelihood: 0.6,
      subjects: [proxy.address],
      evidence: { power: 'implementation', from: one.address, to: two.address },
    }
    expect(await watch.waiting(admin, upgrade)).toMatchObject([expected])
    const hash = await chain.send(admin, upgrade)
    const found = await watch.blocks()
    expect(found).toMatchObject([{ ...expected, culprits: [hash] }])
    expect(found[0]?.summary).toBe(`implementation of vault: ${one.address} → ${two.address}`)
    await chain.rpc.request('anvil_mine', ['0x1'])
    expect(await watch.blocks()).toEqual([])

    // Whoever owns the admin owns the proxy.
    await chain.send(admin, chain.call(contract('ProxyAdmin'), 'transferOwnership', [stranger]))
    expect(await watch.blocks()).toMatchObject([{ evidence: { power: 'proxyAdminOwner', from: boss, to: stranger } }])
  })

  test('is upgraded as planned without a word, and to anything else with the more of one', async () => {
    const [one, two] = [await chain.deploy(contract('Upgradeable')), await chain.deploy(contract('UpgradeableTwo'))]
    const proxy = as(await chain.deploy(contract('ERC1967Proxy'), [one.address, chain.call(one, 'init', [boss])]), 'Upgradeable')
    const to = (implementation: Address, data: Hex = '0x') => chain.call(proxy, 'upgradeToAndCall', [implementation, data])
    const watch = await watching({ of: [proxy], unless: { implementation: [two.address] } })
    const other = await chain.deploy(contract('UpgradeableTwo'))
    expect(await watch.waiting(proxy.address, to(other.address))).toMatchObject([{ weight: 'verdict', likelihood: 0.9 }])
    expect(await watch.waiting(proxy.address, to(two.address))).toEqual([])
    await chain.send(proxy.address, to(two.address))
    expect(await watch.blocks()).toEqual([])
    await chain.send(proxy.address, to(other.address))
    expect(await watch.blocks()).toMatchObject([{ likelihood: 0.9, evidence: { from: two.address, to: other.address } }])
  })

  test('that is upgraded and put back within one transaction is noticed all the same', async () => {
    const one = await chain.deploy(contract('Upgradeable'))
    const visit = await chain.deploy(contract('Visit'))
    const proxy = as(await chain.deploy(contract('ERC1967Proxy'), [one.address, chain.call(one, 'init', [boss])]), 'Upgradeable')
    const watch = await watching({ of: [proxy] })
    const there = chain.call(proxy, 'upgradeToAndCall', [visit.address, chain.call(visit, 'visit', [one.address])])
    expect(await watch.waiting(proxy.address, there)).toMatchObject([{ likelihood: 0.8, evidence: { to: visit.address, andBack: true } }])
    const hash = await chain.send(proxy.address, there)
    expect(await watch.blocks()).toMatchObject([{ weight: 'verdict', likelihood: 0.8, culprits: [hash] }])
  })

  test('of a beacon changes when the beacon does', async () => {
    const [one, two] = [await chain.deploy(contract('Logic')), await chain.deploy(contract('LogicTwo'))]
    const beacon = await chain.deploy(contract('UpgradeableBeacon'), [one.address, boss])
    const proxy = as(await chain.deploy(contract('BeaconProxy'), [beacon.address, '0x']), 'Logic')
    const watch = await watching({ of: [proxy] })
    const upgrade = chain.call(beacon, 'upgradeTo', [two.address])
    expect(await watch.waiting(beacon.address, upgrade)).toMatchObject([{ evidence: { power: 'beaconImplementation', to: two.address } }])
    const hash = await chain.send(beacon.address, upgrade)
    expect(await watch.blocks()).toMatchObject([
      { evidence: { power: 'beaconImplementation' }, culprits: [hash], subjects: [proxy.address] },
    ])
    await chain.send(beacon.address, chain.call(beacon, 'transferOwnership', [stranger]))
    expect(await watch.blocks()).toMatchObject([{ evidence: { power: 'beaconOwner', to: stranger } }])
  })

  test('of which nothing changes says nothing, whatever else it does', async () => {
    const one = await chain.deploy(contract('Logic'))
    const proxy = as(
      await chain.deploy(contract('TransparentUpgradeableProxy'), [one.address, boss, chain.call(one, 'set', [1n])]),
      'Logic',
    )
    const watch = await watching({ of: [proxy] })
    const before = watch.state()
    for (let i = 0; i < 3; i++) await chain.send(proxy.address, chain.call(proxy, 'set', [BigInt(i)]))
    expect(await watch.waiting(proxy.address, chain.call(proxy, 'set', [9n]))).toEqual([])
    expect(await watch.blocks()).toEqual([])
    expect(watch.state()).toBe(before)
  })
})

describe('an owner', () => {
  test('is offered, which is little, and changes, which is much', async () => {
    const owned = await chain.deploy(contract('Owned'), [boss])
    const watch = await watching({ of: [owned] })
    await chain.send(owned.address, chain.call(owned, 'transferOwnership', [stranger]))
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', likelihood: 0.3, evidence: { power: 'pendingOwner', to: stranger } }])
    const hash = await chain.send(owned.address, chain.call(owned, 'acceptOwnership'), { from: stranger })
    expect(await watch.blocks()).toMatchObject([
      { weight: 'verdict', likelihood: 0.6, evidence: { power: 'owner', from: boss, to: stranger }, culprits: [hash] },
    ])
    await chain.send(owned.address, chain.call(owned, 'renounceOwnership'), { from: stranger })
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', likelihood: 0.3, evidence: { power: 'owner', to: 'none' } }])
  })

  test('that the plan expects is said of until it is so again', async () => {
    const owned = await chain.deploy(contract('Owned'), [stranger])
    const watch = await chain.follow(built(privileges({ of: [owned], expect: { owner: boss, pendingOwner: 'none' } }), scopeOf()))
    const wrong = { weight: 'verdict', likelihood: 0.9, culprits: [] as Hex[], evidence: { power: 'owner', from: stranger, to: boss } }
    expect(await watch.blocks()).toMatchObject([wrong])
    await chain.rpc.request('anvil_mine', ['0x1'])
    expect(await watch.blocks()).toMatchObject([wrong])
    await chain.send(owned.address, chain.call(owned, 'transferOwnership', [boss]), { from: stranger })
    expect(await watch.blocks()).toMatchObject([{ evidence: { power: 'pendingOwner' } }, wrong])
    await chain.send(owned.address, chain.call(owned, 'acceptOwnership'))
    expect(await watch.blocks()).toEqual([])
  })

  test('of any other kind is a read that should not change', async () => {
    const owned = await chain.deploy(contract('Owned'), [boss])
    const cap = { ...uintRead(owned.address, 'cap'), chain: 'test' }
    const watch = await watching({ of: [], also: { cap }, unless: { also: { cap: [7n] } } })
    await chain.send(owned.address, chain.call(owned, 'setCap', [7n]))
    expect(await watch.blocks()).toEqual([])
    expect(await watch.waiting(owned.address, chain.call(owned, 'setCap', [8n]))).toMatchObject([
      { likelihood: 0.9, weight: 'verdict', evidence: { power: 'also:cap', from: '7', to: '8' } },
    ])
  })
})

describe('a role', () => {
  test('that is granted to somebody unknown is said, by name, and again when it is used for its own end', async () => {
    const coin = await chain.deploy(contract('Token'), [boss])
    const watch = await watching({ of: [coin] }, { [coin.address]: 'coin' })
    const grant = chain.call(coin, 'grantRole', [minter, stranger])
    const expected = { weight: 'verdict', likelihood: 0.7, summary: `MINTER_ROLE of coin: granted to ${stranger}` }
    expect(await watch.waiting(coin.address, grant)).toMatchObject([expected])
    const hash = await chain.send(coin.address, grant)
    expect(await watch.blocks()).toMatchObject([{ ...expected, culprits: [hash] }])
    await chain.send(coin.address, chain.call(coin, 'revokeRole', [minter, stranger]))
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', summary: `MINTER_ROLE of coin: taken from ${stranger}` }])
  })

  test('that is expected, or may come, is granted without a word', async () => {
    const coin = await chain.deploy(contract('Token'), [boss])
    const friend = chain.accounts[5] ?? nobody
    const roles = { MINTER_ROLE: [friend] }
    const watch = await watching({ of: [coin], expect: { roles: { DEFAULT_ADMIN_ROLE: [boss] } }, unless: { roles } })
    await chain.send(coin.address, chain.call(coin, 'grantRole', [minter, friend]))
    expect(await watch.blocks()).toEqual([])
    expect(await watch.waiting(coin.address, chain.call(coin, 'grantRole', [minter, stranger]))).toMatchObject([{ likelihood: 0.9 }])
    expect(await watch.waiting(coin.address, chain.call(coin, 'grantRole', [adminRole, stranger]))).toMatchObject([
      { likelihood: 0.9, summary: expect.stringContaining('DEFAULT_ADMIN_ROLE') },
    ])
    await chain.send(coin.address, chain.call(coin, 'renounceRole', [adminRole, boss]))
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', likelihood: 0.3 }])
    await chain.rpc.request('anvil_mine', ['0x1'])
    expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', culprits: [], summary: expect.stringContaining('the plan expects') }])
  })

  test('that is taken, used and given back within one transaction is a verdict', async () => {
    const coin = await chain.deploy(contract('Token'), [boss])
    const watch = await watching({ of: [coin] })
    const quietly = chain.call(coin, 'quietly', [stranger, 10n ** 24n])
    expect(await watch.waiting(coin.address, quietly)).toMatchObject([{ weight: 'verdict', likelihood: 0.8, evidence: { andBack: true } }])
    const hash = await chain.send(coin.address, quietly)
    expect(await watch.blocks()).toMatchObject([{ likelihood: 0.8, culprits: [hash] }])
  })

  test('whose granting role changes is said', async () => {
    const coin = await chain.deploy(contract('Token'), [boss])
    const watch = await watching({ of: [coin] }, { [coin.address]: 'coin' })
    const hash = await chain.send(coin.address, chain.call(coin, 'handOver', [minter, minter]))
    expect(await watch.blocks()).toMatchObject([
      { likelihood: 0.7, culprits: [hash], summary: 'who grants MINTER_ROLE of coin: DEFAULT_ADMIN_ROLE → MINTER_ROLE' },
    ])
  })
})

test("a timelock's delay and proposers are powers, too", async () => {
  const timelock = await chain.deploy(contract('TimelockController'), [0n, [boss], [boss], boss])
  const watch = await watching({ of: [timelock] }, { [timelock.address]: 'timelock' })
  const proposer = keccak256(stringToBytes('PROPOSER_ROLE'))
  const operation = (data: Hex, salt: Hex) => [timelock.address, 0n, data, adminRole, salt]
  const longer = operation(chain.call(timelock, 'updateDelay', [86_400n]), adminRole)
  await chain.send(timelock.address, chain.call(timelock, 'schedule', [...longer, 0n]))
  await chain.send(timelock.address, chain.call(timelock, 'execute', longer))
  expect(await watch.blocks()).toMatchObject([{ weight: 'evidence', summary: 'delay of timelock: 0 → 86400' }])
  const shorter = operation(chain.call(timelock, 'updateDelay', [0n]), minter)
  await chain.send(timelock.address, chain.call(timelock, 'schedule', [...shorter, 86_400n]))
  await chain.rpc.request('anvil_mine', ['0x2', '0x15181'])
  expect(await watch.blocks()).toEqual([])
  expect(await watch.waiting(timelock.address, chain.call(timelock, 'execute', shorter))).toMatchObject([
    { weight: 'verdict', likelihood: 0.7, summary: 'delay of timelock: 86400 → 0' },
  ])
  expect(await watch.waiting(timelock.address, chain.call(timelock, 'grantRole', [proposer, stranger]))).toMatchObject([
    { likelihood: 0.7, summary: `PROPOSER_ROLE of timelock: granted to ${stranger}` },
  ])
})

describe('what cannot be read', () => {
  test('is said once where it could be read before, and never where there was nothing', () => {
    const detector = built(privileges({ of: [at(someone(1))] }), scopeOf())
    const { see, state } = follow(detector)
    const [owner] = detector.needs(detector.start).reads
    if (!owner) throw new Error('no read')
    expect(see(block([[owner, 5n]]))).toEqual([])
    expect(see(block([[owner, 'reverts']]))).toMatchObject([{ weight: 'evidence', summary: expect.stringContaining('could not be read') }])
    expect(see(block([[owner, 'reverts']]))).toEqual([])
    expect(see(block([[owner, 5n]]))).toEqual([])
    expect(see(pending([[owner, 6n]]))).toMatchObject([{ evidence: { power: 'owner' } }])
    expect(see(block([[owner, 6n]])).length).toBe(1)
    expect(JSON.parse(JSON.stringify(state()))).toEqual(state())
  })
})

test('storage is read where the standards and the Safe keep it', () => {
  expect(Object.entries(sources).flatMap(([power, one]) => (one.kind === 'slot' ? [[power, one.slot]] : []))).toEqual([
    ['implementation', '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'],
    ['proxyAdmin', '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103'],
    ['beacon', '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50'],
    ['guard', '0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8'],
    ['moduleGuard', '0xb104e0b93118902c651344349b610029d694cfdec91c589c91ebafbcd0289947'],
    ['fallbackHandler', '0x6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5'],
    ['singleton', adminRole],
  ])
})

test('wrong options are said all at once, with their paths', () => {
  const wrong: PrivilegesOptions = {
    of: [at(someone(1))],
    expect: { owner: 'me', threshold: -1, roles: { MINTER_ROLE: ['you'] }, also: { cap: 1n } },
    unless: { implementation: ['0x12'], delay: ['soon'], owners: [someone(2), 'him'] },
    uses: [
      { of: at(someone(1)), fn: 'mint', by: [] },
      { of: at(someone(1)), fn: 'mint()', hours: '9 to 5' },
      { of: at(someone(1)), fn: 'mint()' },
    ],
  }
  const odd = { ...wrong, expect: { ...wrong.expect, king: someone(3) } }
  expect(faultPaths(privileges(odd), scopeOf())).toEqual([
    'expect.owner',
    'expect.threshold',
    'expect.king',
    'unless.implementation[0]',
    'unless.delay[0]',
    'unless.owners[1]',
    'expect.roles.MINTER_ROLE[0]',
    'expect.also.cap',
    'uses[0].fn',
    'uses[1].hours',
    'uses[2]',
  ])
  expect(faultPaths(privileges({ of: [] }), scopeOf([token('usdc', someone(3))]))).toEqual(['of'])
})

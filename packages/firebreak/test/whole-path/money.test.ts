// Backing, approvals, health and velocity in resolved plans on real chains: real contracts, real blocks, transactions that wait.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { watchingAll } from '../../src/engine/reach.ts'
import { watchedAddresses } from '../../src/engine/watched.ts'
import { approvals, asset, backing, definePlan, env, evm, fixed, health, velocity } from '../../src/index.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { Detector, Watch } from '../../src/model/detector.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { ResolvedPlan } from '../../src/model/plan.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { encoders } from '../plan-types/settle.ts'
import { marketSource } from '../support/market.sol.ts'
import { startWatchedChain } from '../support/watched-chain.ts'
import type { Deployed, WatchedChain } from '../support/watched-chain.ts'

const local = evm('test', { id: 31_337, rpc: env('NODE') })
const at = (one: Deployed) => local.at(one.address, one.abi)
const contracts = compileSolidity({ 'Market.sol': marketSource })
const { Coin, Wrapper, Router, Market } = contracts
if (!Coin || !Wrapper || !Router || !Market) throw new Error('the market does not compile')

const coinAbi = [
  { type: 'function', name: 'totalSupply', stateMutability: 'view', inputs: [], outputs: [{ type: 'uint256' }] },
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address' }], outputs: [{ type: 'uint256' }] },
] as const
const marketAbi = [
  {
    type: 'event',
    name: 'Borrow',
    inputs: [
      { name: 'account', type: 'address', indexed: true },
      { name: 'amount', type: 'uint256' },
    ],
  },
  {
    type: 'function',
    name: 'getUserAccountData',
    stateMutability: 'view',
    inputs: [{ type: 'address' }],
    outputs: [{ type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }],
  },
] as const

let chain: WatchedChain
let coin: Deployed
beforeAll(async () => {
  chain = await startWatchedChain()
  coin = await chain.deploy(Coin, [6])
})
afterAll(() => chain?.stop())

const people = (): readonly Address[] => chain.accounts.slice(1, 6)
const mint = async (to: Address, amount: bigint): Promise<Hex> => chain.send(coin.address, chain.call(coin, 'mint', [to, amount]))

function detectorOf(others: readonly Deployed[], watch: Watch): Detector {
  const plan = planOf(others, watch)
  const [only] = plan.watches
  if (!only) throw new Error('no watch')
  return only.detector
}

function planOf(others: readonly Deployed[], watch: Watch): ResolvedPlan {
  const named = Object.fromEntries(others.map((one, i) => [`contract${i}`, at(one)]))
  const definition = definePlan({
    name: 'money',
    contracts: { coin: at(coin), ...named },
    assets: { usd: asset({ token: at(coin), decimals: 6, price: fixed('$1'), heldBy: [at(others[0] ?? coin)] }) },
    watch: { watch },
    authorities: {},
    brakes: {},
    respond: () => [],
  })
  return resolvePlan(definition, encoders).plan
}

test('backing: wrapping is silent, a mint from nothing is a verdict before and after it is mined', async () => {
  const wrapper = await chain.deploy(Wrapper, [coin.address])
  const result = await chain.rpc.request('eth_call', [{ to: wrapper.address, data: chain.call(wrapper, 'wrapped') }, 'latest'])
  const wrapped = local.at(`0x${String(result).slice(26)}`, coinAbi)
  const watch = backing({
    supply: { read: wrapped.read.totalSupply(), decimals: 18 },
    reserves: { asset: 'usd', heldBy: at(wrapper) },
    asset: 'usd',
    tolerates: '0',
  })
  const detector = detectorOf([wrapper, { address: wrapped.address, chain: 'test', abi: coin.abi }], watch)
  const followed = await chain.follow(detector)
  const [user = '0x'] = people()
  const wrap = chain.call(wrapper, 'wrap', [500_000_000n])
  await mint(user, 1_000_000_000n)
  await chain.send(coin.address, chain.call(coin, 'approve', [wrapper.address, 1_000_000_000n]), { from: user })
  expect(await followed.waiting(wrapper.address, wrap, { from: user })).toEqual([])
  await chain.send(wrapper.address, wrap, { from: user })
  await chain.send(wrapper.address, chain.call(wrapper, 'unwrap', [100_000_000n]), { from: user })
  expect(await followed.blocks()).toEqual([])

  const conjure = chain.call(wrapper, 'conjure', [10n ** 18n * 5_000n])
  expect(await followed.waiting(wrapper.address, conjure, { from: user })).toMatchObject([
    {
      weight: 'verdict',
      likelihood: 0.95,
      loss: [{ asset: 'usd', amount: 5_000_000_000n }],
      summary: expect.stringContaining('5,000 usd ($5,000)'),
    },
  ])
  const hash = await chain.send(wrapper.address, conjure, { from: user })
  expect(await followed.blocks()).toMatchObject([{ weight: 'verdict', culprits: [hash] }])
})

test('backing over two chains: what is minted here against what is locked there, in the engine that follows both', async () => {
  const far = await startWatchedChain()
  try {
    const farCoin = await far.deploy(Coin, [8])
    const vault = people()[0] ?? '0x'
    const there = evm('far', { id: 31_338, rpc: env('FAR') })
    const minted = await chain.deploy(Coin, [18])
    const definition = definePlan({
      name: 'bridge',
      contracts: { minted: local.at(minted.address, coinAbi), locked: there.at(farCoin.address, coinAbi) },
      assets: { usd: asset({ token: there.at(farCoin.address, coinAbi), decimals: 8, price: fixed('$1'), heldBy: [there.at(vault, [])] }) },
      watch: {
        bridge: backing({
          supply: { read: local.at(minted.address, coinAbi).read.totalSupply(), decimals: 18 },
          reserves: { asset: 'usd', heldBy: there.at(vault, []) },
          asset: 'usd',
          tolerates: '0',
          lag: '1h',
        }),
      },
      authorities: {},
      brakes: {},
      respond: () => [],
    })
    const { plan } = resolvePlan(definition, encoders)
    const heads = new Map<string, Hex>()
    const all = watchingAll(plan, (name) => heads.get(name))
    const see = async (name: string, { node }: WatchedChain) => {
      const watching = all.get(name)
      const { hash } = await node.head()
      const moment = watching && (await node.observe(hash, watching.needs(heads.get(name)), watchedAddresses(plan, name)))
      if (!watching || !moment) throw new Error('no moment')
      const { findings, failures } = watching.reach({ ...moment, chain: name, block: { ...moment.block, chain: name } })
      expect(failures).toEqual([])
      heads.set(name, hash)
      return findings.map((one) => one.finding)
    }
    await far.send(farCoin.address, far.call(farCoin, 'mint', [vault, 10n ** 8n * 100n]))
    // Nothing is known of the other chain yet.
    expect(await see('test', chain)).toEqual([])
    expect(await see('far', far)).toEqual([])
    await chain.send(minted.address, chain.call(minted, 'mint', [vault, 10n ** 18n * 100n]))
    expect(await see('test', chain)).toEqual([])
    const hash = await chain.send(minted.address, chain.call(minted, 'mint', [vault, 10n ** 18n * 7n]))
    expect(await see('test', chain)).toMatchObject([
      { weight: 'verdict', culprits: [hash], loss: [{ asset: 'usd', amount: 700_000_000n }] },
    ])
    await far.send(farCoin.address, far.call(farCoin, 'mint', [vault, 10n ** 8n * 7n]))
    expect(await see('far', far)).toEqual([])
    await chain.rpc.request('anvil_mine', ['0x1'])
    expect(await see('test', chain)).toEqual([])
  } finally {
    await far.stop()
  }
})

test('approvals: swaps are silent, a router that moves strangers’ coins is a verdict, and so is an allowance to a stranger', async () => {
  const router = await chain.deploy(Router)
  const treasury = await chain.deploy(Router)
  const users = people()
  for (const user of users) {
    await mint(user, 1_000_000n)
    await chain.send(coin.address, chain.call(coin, 'approve', [router.address, 1_000_000n]), { from: user })
  }
  const watch = approvals({ tokens: ['usd'], routers: [at(router)], owners: [at(treasury)], expected: [router.address] })
  const followed = await chain.follow(detectorOf([router, treasury], watch))
  const [first = '0x', second = '0x', third = '0x', fourth = '0x', thief = '0x'] = users
  for (const user of users) await chain.send(router.address, chain.call(router, 'swap', [coin.address, 100n, thief]), { from: user })
  await chain.send(treasury.address, chain.call(treasury, 'approve', [coin.address, router.address, 500n]))
  expect(await followed.blocks()).toEqual([])

  const drain = chain.call(router, 'route', [coin.address, [first, second, third, fourth], thief, 1_000n])
  expect(await followed.waiting(router.address, drain, { from: thief })).toMatchObject([
    { weight: 'verdict', likelihood: 0.95, loss: [{ asset: 'usd', amount: 4_000n }], evidence: { owners: 4, seenIn: 'calls' } },
  ])
  const hash = await chain.send(router.address, drain, { from: thief })
  expect(await followed.blocks()).toMatchObject([{ weight: 'verdict', culprits: [hash], subjects: [router.address] }])

  await mint(treasury.address, 300n)
  const away = await chain.send(treasury.address, chain.call(treasury, 'approve', [coin.address, thief, 2n ** 255n]))
  expect(await followed.blocks()).toMatchObject([
    { weight: 'verdict', likelihood: 0.9, culprits: [away], loss: [{ asset: 'usd', amount: 300n }] },
  ])
})

test('approvals: where the node gives no call trees the transfers are evidence', async () => {
  const blind = await startWatchedChain({ traceCall: false })
  try {
    const [token, router] = [await blind.deploy(Coin, [6]), await blind.deploy(Router)]
    const users = blind.accounts.slice(1, 6)
    const [thief = '0x'] = users
    for (const user of users) {
      await blind.send(token.address, blind.call(token, 'mint', [user, 1_000n]))
      await blind.send(token.address, blind.call(token, 'approve', [router.address, 1_000n]), { from: user })
    }
    const watch = approvals({ tokens: [local.at(token.address, token.abi)], routers: [at(router)] })
    const followed = await blind.follow(detectorOf([router], watch))
    await blind.send(router.address, blind.call(router, 'route', [token.address, users.slice(1), thief, 10n]), { from: thief })
    expect(await followed.blocks()).toMatchObject([{ weight: 'evidence', evidence: { owners: 4, seenIn: 'transfers' } }])
  } finally {
    await blind.stop()
  }
})

test('health: accounts are found from logs; a price that moves all of them is named, and bad debt is a verdict with its loss', async () => {
  const market = await chain.deploy(Market)
  const pool = local.at(market.address, marketAbi)
  const watch = health({
    accounts: [{ event: pool.event('Borrow'), account: 'account' }],
    of: (account) => ({ aave: pool.read.getUserAccountData(account) }),
    unit: { asset: 'usd', decimals: 8 },
  })
  const followed = await chain.follow(detectorOf([market], watch))
  for (const [i, user] of people().entries())
    await chain.send(market.address, chain.call(market, 'borrowFor', [user, 1_000n * 10n ** 8n, BigInt(300 + 50 * i) * 10n ** 8n]))
  await chain.rpc.request('anvil_mine', ['0x3'])
  expect(await followed.blocks()).toEqual([])

  const setPrice = (to: bigint) => chain.call(market, 'setPrice', [to])
  expect(await followed.waiting(market.address, setPrice(98n))).toEqual([])
  expect((await followed.waiting(market.address, setPrice(250n))).map((one) => one.summary)).toEqual([
    expect.stringContaining('moved better by more than 5 % at once, not by their owners'),
  ])
  const crash = await followed.waiting(market.address, setPrice(40n))
  // 450 − 400 and 500 − 400 have nothing behind them.
  expect(crash.find((one) => one.weight === 'verdict')).toMatchObject({ loss: [{ asset: 'usd', amount: 150_000_000n }], likelihood: 0.95 })
  const hash = await chain.send(market.address, setPrice(40n))
  expect((await followed.blocks()).map((one) => [one.weight, one.culprits])).toEqual([
    ['verdict', [hash]],
    ['evidence', [hash]],
    ['evidence', [hash]],
  ])
})

test('velocity: says that it learns, is silent in ordinary blocks, and names what is far out', async () => {
  const market = await chain.deploy(Market)
  const pool = local.at(market.address, marketAbi)
  const watch = velocity({
    of: { sum: { event: pool.event('Borrow'), amount: 'amount' } },
    method: { kind: 'robust-z' },
    learns: 20,
    decimals: 6,
  })
  const followed = await chain.follow(detectorOf([market], watch))
  const borrow = (amount: bigint) => chain.call(market, 'borrow', [amount])
  for (let i = 0; i < 24; i++) await chain.send(market.address, borrow(1_000_000n * BigInt(5 + (i % 4))))
  expect((await followed.blocks()).map((one) => [one.weight, one.likelihood])).toEqual([['evidence', 0]])
  expect(await followed.waiting(market.address, borrow(12_000_000n))).toEqual([])
  expect(await followed.waiting(market.address, borrow(10n ** 12n))).toMatchObject([{ weight: 'evidence' }])
  const hash = await chain.send(market.address, borrow(10n ** 12n))
  expect(await followed.blocks()).toMatchObject([
    { weight: 'evidence', culprits: [hash], summary: expect.stringContaining('1,000,000 in a block') },
  ])
})

// Ordinary traffic on a local chain: people who wrap and unwrap, swap, borrow and repay, while a price wanders. Seeded; nothing of it is an attack.
import {
  approvals,
  asset,
  backing,
  definePlan,
  env,
  evm,
  fixed,
  health,
  invariant,
  oracle,
  outflow,
  reentrancy,
  sharePrice,
  velocity,
} from '../../packages/firebreak/src/index.ts'
import { balanceProbe } from '../../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeRead } from '../../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../packages/firebreak/src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../packages/firebreak/src/chain/codec/event-probe.ts'
import { compileSolidity } from '../../packages/firebreak/src/local-chain/solc.ts'
import type { Address, Hex } from '../../packages/firebreak/src/model/hex.ts'
import type { ResolvedPlan } from '../../packages/firebreak/src/model/plan.ts'
import { resolvePlan } from '../../packages/firebreak/src/plan/resolve.ts'
import { marketSource } from '../../packages/firebreak/test/support/market.sol.ts'
import { startWatchedChain } from '../../packages/firebreak/test/support/watched-chain.ts'
import type { Deployed, WatchedChain } from '../../packages/firebreak/test/support/watched-chain.ts'
import { seeded } from '../run-lengths.ts'
import { tallied } from './tally.ts'
import type { Counts } from './tally.ts'

const uint = [{ type: 'uint256' }] as const
const view = { type: 'function', stateMutability: 'view', outputs: uint } as const
const coinAbi = [
  { ...view, name: 'totalSupply', inputs: [] },
  { ...view, name: 'balanceOf', inputs: [{ type: 'address' }] },
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
  { ...view, name: 'price', inputs: [] },
  { ...view, name: 'borrowed', inputs: [] },
  { ...view, name: 'getUserAccountData', inputs: [{ type: 'address' }], outputs: [...uint, ...uint, ...uint, ...uint, ...uint, ...uint] },
] as const

interface Town {
  readonly chain: WatchedChain
  readonly coin: Deployed
  readonly wrapped: Address
  readonly wrapper: Deployed
  readonly router: Deployed
  readonly market: Deployed
  readonly people: readonly Address[]
}

const whole = 10n ** 6n

async function build(chain: WatchedChain): Promise<Town> {
  const { Coin, Wrapper, Router, Market } = compileSolidity({ 'Market.sol': marketSource })
  if (!Coin || !Wrapper || !Router || !Market) throw new Error('the market does not compile')
  const coin = await chain.deploy(Coin, [6])
  const wrapper = await chain.deploy(Wrapper, [coin.address])
  const [router, market] = [await chain.deploy(Router), await chain.deploy(Market)]
  const result = String(await chain.rpc.request('eth_call', [{ to: wrapper.address, data: chain.call(wrapper, 'wrapped') }, 'latest']))
  const people = chain.accounts.slice(1)
  for (const one of people) {
    await chain.send(coin.address, chain.call(coin, 'mint', [one, 1_000_000n * whole]))
    for (const spender of [wrapper, router])
      await chain.send(coin.address, chain.call(coin, 'approve', [spender.address, 2n ** 255n]), { from: one })
    await chain.send(wrapper.address, chain.call(wrapper, 'wrap', [100_000n * whole]), { from: one })
    await chain.send(market.address, chain.call(market, 'borrowFor', [one, 10n ** 13n, 4n * 10n ** 12n]))
  }
  return { chain, coin, wrapper, router, market, people, wrapped: `0x${result.slice(26)}` }
}

function planOf({ coin, wrapper, router, market, wrapped }: Town): ResolvedPlan {
  const local = evm('test', { id: 31_337, rpc: env('NODE') })
  const token = local.at(coin.address, coinAbi)
  const share = local.at(wrapped, coinAbi)
  const holder = local.at(wrapper.address, wrapper.abi)
  const spender = local.at(router.address, router.abi)
  const pool = local.at(market.address, marketAbi)
  const volume = { sum: { event: pool.event('Borrow'), amount: 'amount' } } as const
  const definition = definePlan({
    name: 'town',
    contracts: { token, share, holder, spender, pool },
    assets: { usd: asset({ token, decimals: 6, price: fixed('$1'), heldBy: [holder] }) },
    watch: {
      invariant: invariant(
        { has: token.read.balanceOf(wrapper.address), owes: share.read.totalSupply() },
        (now) => now.has * 10n ** 12n >= now.owes,
      ),
      outflow: outflow({ from: holder, asset: 'usd', window: '10m', above: '20%' }),
      sharePrice: sharePrice({ of: { assets: token.read.balanceOf(wrapper.address), shares: share.read.totalSupply() } }),
      oracle: oracle({ feed: pool.read.price(), decimals: 2, step: '20%' }),
      backing: backing({
        supply: { read: share.read.totalSupply(), decimals: 18 },
        reserves: { asset: 'usd', heldBy: holder },
        asset: 'usd',
        tolerates: '0',
      }),
      approvals: approvals({ tokens: ['usd'], routers: [spender, holder], owners: [holder] }),
      health: health({
        accounts: [{ event: pool.event('Borrow'), account: 'account' }],
        of: (account) => ({ aave: pool.read.getUserAccountData(account) }),
        unit: { asset: 'usd', decimals: 8 },
      }),
      reentrancy: reentrancy({ into: [holder, spender, pool] }),
      'velocity: transactions': velocity({ of: { transactions: [holder, spender, pool] }, method: { kind: 'cusum' } }),
      'velocity: volume, ewma': velocity({ of: volume, method: { kind: 'ewma' }, decimals: 8 }),
      'velocity: volume, robust-z': velocity({ of: volume, method: { kind: 'robust-z' }, decimals: 8 }),
      'velocity: volume, peaks': velocity({ of: volume, method: { kind: 'peaks' }, decimals: 8 }),
      'velocity: level, robust-z': velocity({
        of: { read: pool.read.borrowed(), as: 'change' },
        method: { kind: 'robust-z' },
        decimals: 8,
      }),
    },
    authorities: {},
    brakes: {},
    respond: () => [],
  })
  return resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan
}

interface Business {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
}

/** What people do in one block: amounts have a long tail, but nobody takes more than the protocol's bounds allow. */
function business(
  { chain, coin, wrapper, router, market, people }: Town,
  random: () => number,
  price: { now: number },
): readonly Business[] {
  const amount = (most: bigint): bigint => {
    const drawn = BigInt(Math.floor(50 * (1 - random()) ** -0.75)) * whole
    return drawn < most ? drawn : most
  }
  const someone = (): Address => people[Math.floor(random() * people.length)] ?? '0x'
  const doings: (() => Business)[] = [
    () => ({ from: someone(), to: wrapper.address, data: chain.call(wrapper, 'wrap', [amount(5_000n * whole)]) }),
    () => ({ from: someone(), to: wrapper.address, data: chain.call(wrapper, 'unwrap', [amount(5_000n * whole)]) }),
    () => ({ from: someone(), to: router.address, data: chain.call(router, 'swap', [coin.address, amount(5_000n * whole), someone()]) }),
    () => ({ from: someone(), to: market.address, data: chain.call(market, 'borrow', [amount(1_000n * whole) * 100n]) }),
    () => ({ from: someone(), to: market.address, data: chain.call(market, 'repay', [amount(1_000n * whole) * 100n]) }),
  ]
  const did = Array.from({ length: Math.floor(random() * 5) }, () => doings[Math.floor(random() * doings.length)]?.()).filter(
    (one) => one !== undefined,
  )
  if (random() > 0.2) return did
  price.now = Math.min(110, Math.max(90, price.now + Math.round(4 * random() - 2)))
  const [boss = '0x'] = chain.accounts
  return [...did, { from: boss, to: market.address, data: chain.call(market, 'setPrice', [BigInt(price.now)]) }]
}

/** Every transaction is judged while it waits, and then its block. */
export async function generated(blocks: number, seed: number): Promise<readonly Counts[]> {
  const chain = await startWatchedChain()
  try {
    const town = await build(chain)
    const { detector, counts } = tallied(planOf(town))
    const followed = await chain.follow(detector)
    const random = seeded(seed)
    const price = { now: 100 }
    for (let i = 0; i < blocks; i++) {
      const all = business(town, random, price)
      for (const { from, to, data } of all) await followed.waiting(to, data, { from })
      await chain.rpc.request('evm_increaseTime', [12])
      await chain.sendTogether(all)
      await followed.blocks()
    }
    return counts
  } finally {
    await chain.stop()
  }
}

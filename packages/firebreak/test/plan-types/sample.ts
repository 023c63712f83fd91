// A small market's ABIs and a sound plan for it, which tests of the plan language start from.
import { asset, atMost, definePlan, env, evm, feed, fixed, invariant, key, keystore, outflow } from '../../src/index.ts'

export const poolAbi = [
  { type: 'function', name: 'totalAssets', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
  { type: 'function', name: 'totalDebts', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'bool' }] },
  {
    type: 'function',
    name: 'isFrozen',
    stateMutability: 'view',
    inputs: [{ name: 'token', type: 'address' }],
    outputs: [{ name: '', type: 'bool' }],
  },
  {
    type: 'function',
    name: 'borrowCap',
    stateMutability: 'view',
    inputs: [{ name: 'token', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
  { type: 'function', name: 'mode', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint8' }] },
  { type: 'function', name: 'guardian', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'address' }] },
  {
    type: 'function',
    name: 'reserve',
    stateMutability: 'view',
    inputs: [],
    outputs: [
      { name: 'cash', type: 'uint256' },
      { name: 'debt', type: 'uint256' },
    ],
  },
  {
    type: 'function',
    name: 'balance',
    stateMutability: 'view',
    inputs: [{ name: 'who', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
  {
    type: 'function',
    name: 'balance',
    stateMutability: 'view',
    inputs: [
      { name: 'who', type: 'address' },
      { name: 'index', type: 'uint256' },
    ],
    outputs: [{ name: '', type: 'bool' }],
  },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
  { type: 'function', name: 'unpause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
  {
    type: 'function',
    name: 'setFrozen',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'token', type: 'address' },
      { name: 'frozen', type: 'bool' },
    ],
    outputs: [],
  },
  {
    type: 'function',
    name: 'setBorrowCap',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'token', type: 'address' },
      { name: 'cap', type: 'uint256' },
    ],
    outputs: [],
  },
  {
    type: 'event',
    name: 'Borrow',
    inputs: [
      { name: 'who', type: 'address', indexed: true },
      { name: 'amount', type: 'uint256' },
      { name: 'note', type: 'string', indexed: true },
    ],
  },
] as const

const feedAbi = [
  { type: 'function', name: 'latestAnswer', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'int256' }] },
] as const

const tokenAbi = [
  {
    type: 'function',
    name: 'balanceOf',
    stateMutability: 'view',
    inputs: [{ name: 'who', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
] as const

export const addresses = {
  pool: '0x1111111111111111111111111111111111111111',
  usdc: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  weth: '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2',
  feed: '0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419',
  sentinel: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
} as const

export const mainnet = evm('mainnet', { id: 1, rpc: [{ url: env('OUR_NODE'), operator: 'ours' }] })
export const pool = mainnet.at(addresses.pool, poolAbi)
export const usdc = mainnet.at(addresses.usdc, tokenAbi)
const weth = mainnet.at(addresses.weth, tokenAbi)
export const ethUsd = mainnet.at(addresses.feed, feedAbi)

export const samplePlan = definePlan({
  name: 'sample',
  contracts: { pool, usdc, ethUsd },
  assets: {
    usdc: asset({ token: usdc, decimals: 6, price: fixed('$1'), heldBy: [pool] }),
    weth: asset({ token: weth, decimals: 18, price: feed(ethUsd.read.latestAnswer(), { decimals: 8 }), heldBy: [pool] }),
    ether: asset({
      token: 'native',
      chain: mainnet,
      decimals: 18,
      price: feed(ethUsd.read.latestAnswer(), { decimals: 8 }),
      heldBy: [pool],
    }),
  },
  watch: {
    solvent: invariant({ assets: pool.read.totalAssets(), debts: pool.read.totalDebts() }, (now) => now.assets >= now.debts),
    drain: outflow({ from: pool, asset: 'usdc', window: '10m', above: '5%' }),
  },
  authorities: {
    sentinel: key({ address: addresses.sentinel, signer: keystore('keys/sentinel.json', env('SENTINEL_PASSWORD')), chain: mainnet }),
  },
  brakes: {
    freezeUsdc: {
      call: pool.write.setFrozen(addresses.usdc, true),
      holds: pool.read.isFrozen(addresses.usdc),
      undo: pool.write.setFrozen(addresses.usdc, false),
      by: 'sentinel',
      falsePauseCosts: '$500/h',
      owner: 'risk-team',
    },
    capUsdc: {
      call: pool.write.setBorrowCap(addresses.usdc, 1n),
      holds: atMost(pool.read.borrowCap(addresses.usdc), 1n),
      by: ['sentinel'],
      falsePauseCosts: '$100/h',
      lasts: '2h',
      lever: { read: pool.read.borrowCap(addresses.usdc), restrictsWhen: 'lower', unlimited: 0n },
    },
    pausePool: { call: [pool.write.pause()], holds: pool.read.paused(), by: 'sentinel', falsePauseCosts: '$9000/h', atMostPulls: 1 },
  },
  respond: (on) => [
    on('solvent', 'drain').pull('freezeUsdc', 'pausePool').automatically({ atMost: '2/day', coolDown: '10m' }),
    on('drain').propose('capUsdc').to('sentinel'),
  ],
})

// Every contract of the drill, ready to deploy: the exchange is Uniswap's own, the lending pool was written for the drill.
import factory from '@uniswap/v2-core/build/UniswapV2Factory.json' with { type: 'json' }
import pair from '@uniswap/v2-core/build/UniswapV2Pair.json' with { type: 'json' }
import type { Artifact } from 'firebreak'
import { compile, sharedContracts } from '../shared/compile.ts'

const own = ['LendingPool', 'Feed', 'PairSource', 'RateModel', 'SpotAttack', 'Arbitrage'] as const
const knowing = ['AwareAttack'] as const

export type Contracts = Readonly<
  Record<(typeof own)[number] | (typeof knowing)[number] | 'Token' | 'UniswapV2Factory' | 'UniswapV2Pair', Artifact>
>

/** Waffle's format: the bytecode has no 0x. */
const uniswap = ({ abi, bytecode }: { readonly abi: readonly unknown[]; readonly bytecode: string }): Artifact => ({
  abi,
  bytecode: `0x${bytecode}`,
})

export const contracts = (): Contracts => ({
  Token: sharedContracts().Token,
  ...compile(import.meta.dirname, ['LendingPool.sol', 'Prices.sol', 'Attack.sol', 'Arbitrage.sol'], own),
  ...compile(import.meta.dirname, ['../shared/Disguise.sol', 'AwareAttack.sol'], knowing),
  UniswapV2Factory: uniswap(factory),
  UniswapV2Pair: uniswap(pair),
})

// Every contract of the drill, ready to deploy: the exchange is Uniswap's own, the lending pool was written for the drill.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Artifact } from 'firebreak'
import { compile, sharedContracts } from '../shared/compile.ts'

const own = ['LendingPool', 'Feed', 'PairSource', 'RateModel', 'SpotAttack', 'Arbitrage'] as const

export type Contracts = Readonly<Record<(typeof own)[number] | 'Token' | 'UniswapV2Factory' | 'UniswapV2Pair', Artifact>>

const resolve = createRequire(import.meta.url).resolve

/** Waffle's format: the bytecode has no 0x. */
function uniswap(name: string): Artifact {
  const { abi, bytecode }: { readonly abi: readonly unknown[]; readonly bytecode: string } = JSON.parse(
    readFileSync(resolve(`@uniswap/v2-core/build/${name}.json`), 'utf8'),
  )
  return { abi, bytecode: `0x${bytecode}` }
}

export const contracts = (): Contracts => ({
  Token: sharedContracts().Token,
  ...compile(import.meta.dirname, ['LendingPool.sol', 'Prices.sol', 'Attack.sol', 'Arbitrage.sol'], own),
  UniswapV2Factory: uniswap('UniswapV2Factory'),
  UniswapV2Pair: uniswap('UniswapV2Pair'),
})

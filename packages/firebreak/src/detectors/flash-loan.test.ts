// Flash loans in logs and in call frames; ordinary swaps and failed calls are none.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, txHash, word } from '../../test/support/moments.ts'
import type { CallFrame, Log } from '../model/chain.ts'
import { flashLoan } from './flash-loan.ts'

const pair = someone(1)
const market = someone(2)
const borrower = someone(3)
const scope = scopeOf([], { [pair]: 'pair' })
const onPair = built(flashLoan({ on: [at(pair)], kind: 'uniswap-v2' }), scope)
const onLender = built(flashLoan({ on: [at(pair)], kind: 'erc3156' }), scope)
const key = onPair.needs(null).logs[0]?.key ?? ''

const swapTopic = '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822'
function swap(in0: bigint, in1: bigint, out0: bigint, out1: bigint, tx: number): Log {
  const topic = `0x${borrower.slice(2).padStart(64, '0')}` as const
  return { address: pair, topics: [swapTopic, topic, topic], data: `0x${[in0, in1, out0, out1].map(word).join('')}`, tx: txHash(tx) }
}
const logs = (...all: readonly Log[]) => new Map([[key, all]])
const frame = (selector: `0x${string}`, from: `0x${string}`, to: `0x${string}`, failed = false): CallFrame => ({
  depth: 1,
  kind: 'call',
  from,
  to,
  selector,
  value: 0n,
  failed,
})

describe('a flash loan', () => {
  test('shows in a block as a swap that takes in what it gives out', () => {
    const { see } = follow(onPair)
    expect(see(block([], { txs: [5], touches: [pair, market], logs: logs(swap(101n, 0n, 100n, 0n, 5)) }))).toMatchObject([
      { weight: 'evidence', likelihood: 0.2, subjects: [market], culprits: [txHash(5)], evidence: { lender: pair, seen: 'swap' } },
    ])
    expect(see(block([], { logs: logs(swap(0n, 101n, 0n, 100n, 6)) }))).toMatchObject([{ subjects: [], culprits: [txHash(6)] }])
  })

  test('is said once for a transaction, whatever the number of its swaps', () => {
    const { see } = follow(onPair)
    expect(see(block([], { logs: logs(swap(2n, 0n, 1n, 0n, 5), swap(0n, 2n, 0n, 1n, 5), swap(2n, 0n, 1n, 0n, 6)) })).length).toBe(2)
  })

  test('shows in a waiting transaction as the call back to the borrower, repaid in the other token or not', () => {
    const { see } = follow(onPair)
    const callback = frame('0x10d1e85c', pair, borrower)
    expect(see(pending([], { tx: 5, touches: [pair, market], frames: [callback], logs: logs(swap(0n, 9n, 7n, 0n, 5)) }))).toMatchObject([
      { subjects: [market], culprits: [txHash(5)], evidence: { seen: 'call' } },
    ])
    expect(see(pending([], { tx: 5, logs: logs(swap(101n, 0n, 100n, 0n, 5)) }))).toMatchObject([{ evidence: { seen: 'swap' } }])
  })

  test('is none when the call failed, the transaction reverted, or someone else calls back', () => {
    const { see } = follow(onPair)
    const frames = [frame('0x10d1e85c', pair, borrower)]
    expect(see(pending([], { frames: [frame('0x10d1e85c', pair, borrower, true)] }))).toEqual([])
    expect(see(pending([], { frames, reverted: true }))).toEqual([])
    expect(see(pending([], { frames: [frame('0x10d1e85c', market, borrower)] }))).toEqual([])
  })

  test('of ERC-3156 shows in the frames, from either side', () => {
    const { see } = follow(onLender)
    expect(see(pending([], { frames: [frame('0x23e30c8b', pair, borrower)] })).length).toBe(1)
    expect(see(pending([], { frames: [frame('0x5cffe9de', borrower, pair)] })).length).toBe(1)
    expect(see(pending([], { frames: [frame('0x5cffe9de', borrower, market)] }))).toEqual([])
    expect(see(block([]))).toEqual([])
    expect(onLender.needs(null)).toEqual({ reads: [], logs: [] })
  })

  test('is never seen in ordinary swaps, of whatever size', () => {
    const amount = fc.bigInt(1n, 2n ** 256n - 1n)
    fc.assert(
      fc.property(fc.array(fc.tuple(amount, amount, fc.boolean()), { maxLength: 50 }), (swaps) => {
        const all = swaps.map(([paid, got, way], i) => (way ? swap(paid, 0n, 0n, got, i) : swap(0n, paid, got, 0n, i)))
        expect(follow(onPair).see(block([], { logs: logs(...all) }))).toEqual([])
      }),
    )
  })

  test('is no reason to judge a transaction that touches nothing else', () => {
    expect(onPair.subjects).toEqual([])
  })

  test('reports every wrong option at once', () => {
    // @ts-expect-error no such kind
    expect(faultPaths(flashLoan({ on: [], kind: 'free', likelihood: 0 }), scope)).toEqual(['likelihood', 'on', 'kind'])
  })
})

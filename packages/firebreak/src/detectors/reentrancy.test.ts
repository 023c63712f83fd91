// Re-entrancy in call trees of real contracts on a real chain: what attacks do, and what honest transactions do that looks like it.
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reentrancySource } from '../../test/support/reentrancy.sol.ts'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, token } from '../../test/support/moments.ts'
import { startWatchedChain } from '../../test/support/watched-chain.ts'
import type { Deployed, WatchedChain } from '../../test/support/watched-chain.ts'
import { compileSolidity } from '../local-chain/solc.ts'
import type { CallFrame } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { reentrancy } from './reentrancy.ts'
import type { ReentrancyOptions } from './reentrancy.ts'

const contracts = compileSolidity({ 'Reentrancy.sol': reentrancySource })
const compiled = (name: string) => {
  const found = contracts[name]
  if (!found) throw new Error(`no contract ${name}`)
  return found
}

describe('on a real chain', () => {
  let chain: WatchedChain
  let bank: Deployed
  let sister: Deployed
  let thief: Deployed
  beforeAll(async () => {
    chain = await startWatchedChain()
    bank = await chain.deploy(compiled('Bank'))
    sister = await chain.deploy(compiled('Sister'), [bank.address])
    thief = await chain.deploy(compiled('Thief'), [bank.address, sister.address])
    await chain.send(bank.address, chain.call(bank, 'deposit'), { value: parseEther('10') })
  })
  afterAll(() => chain?.stop())

  const names = () => scopeOf([], { [bank.address]: 'bank', [sister.address]: 'sister' })
  const watching = (options: Partial<ReentrancyOptions> = {}, scope = names()) =>
    chain.follow(built(reentrancy({ into: [bank], ...options }), scope))
  const attack = (way: string, times = 1): Hex => chain.call(thief, 'go', [way, BigInt(times)])
  const value = parseEther('1')

  test('the classic one is seen while it waits and once it is mined', async () => {
    const watch = await watching()
    await watch.blocks()
    const expected = [
      {
        weight: 'evidence',
        likelihood: 0.5,
        subjects: [bank.address],
        evidence: { kind: 'same', contract: bank.address, through: thief.address, times: 2 },
      },
    ]
    const said = await watch.waiting(thief.address, attack('classic', 2), { value })
    expect(said).toMatchObject(expected)
    expect(said[0]?.summary).toBe(`bank.withdraw() was entered while withdraw() was under way, by way of ${thief.address}`)
    const hash = await chain.send(thief.address, attack('classic', 2), { value })
    expect(await watch.blocks()).toMatchObject([{ ...expected[0], culprits: [hash] }])
  })

  test('another function of the same contract counts as well', async () => {
    const watch = await watching()
    expect(await watch.waiting(thief.address, attack('function'), { value })).toMatchObject([
      { evidence: { kind: 'same' }, summary: expect.stringContaining('bank.transfer() was entered while withdraw()') },
    ])
  })

  test('another watched contract is said with less weight', async () => {
    const watch = await watching({ into: [bank, sister] })
    expect(await watch.waiting(thief.address, attack('contract'), { value })).toMatchObject([
      {
        likelihood: 0.3,
        evidence: { kind: 'cross', contract: sister.address, busy: bank.address },
        subjects: [sister.address, bank.address],
      },
    ])
  })

  test('a view that a known contract asks halfway through is read-only re-entrancy', async () => {
    const watch = await watching()
    await watch.blocks()
    const hash = await chain.send(thief.address, attack('read'), { value })
    expect(await watch.blocks()).toMatchObject([
      {
        likelihood: 0.5,
        culprits: [hash],
        evidence: { kind: 'readByKnown' },
        summary: expect.stringContaining('bank.price() was asked while withdraw() was under way'),
      },
    ])
    const forVerdict = await watching({ verdict: true })
    expect(await forVerdict.waiting(thief.address, attack('read'), { value })).toMatchObject([{ weight: 'verdict', likelihood: 0.9 }])
  })

  test('a view that a stranger asks for himself says next to nothing', async () => {
    const watch = await watching({ verdict: true })
    expect(await watch.waiting(thief.address, attack('look'), { value })).toMatchObject([
      { weight: 'evidence', likelihood: 0.1, evidence: { kind: 'readByStranger' } },
    ])
  })

  test('an entry that was refused has not happened', async () => {
    const watch = await watching()
    expect(await watch.waiting(thief.address, attack('refused'), { value })).toEqual([])
    expect(await watch.waiting(thief.address, attack('classic', 40), { value })).toEqual([])
  })

  test("with the plan's word that it never happens, it is a verdict", async () => {
    const watch = await watching({ verdict: true })
    expect(await watch.waiting(thief.address, attack('classic'), { value })).toMatchObject([{ weight: 'verdict', likelihood: 0.9 }])
  })

  test('a contract that the plan trusts is no stranger, and a function may be meant to be entered', async () => {
    const trusting = await watching({ except: [thief] })
    expect(await trusting.waiting(thief.address, attack('classic'), { value })).toEqual([])
    const invited = await watching({ except: ['transfer(address,uint256)'] })
    expect(await invited.waiting(thief.address, attack('function'), { value })).toEqual([])
    expect((await invited.waiting(thief.address, attack('classic'), { value })).length).toBe(1)
  })

  test("a token's callback that enters again weighs more; one that does not is nothing", async () => {
    const shop = await chain.deploy(compiled('Shop'))
    const collector = await chain.deploy(compiled('Collector'))
    const greedy = await chain.deploy(compiled('Greedy'), [shop.address])
    const watch = await watching({ into: [shop] })
    expect(await watch.waiting(shop.address, chain.call(shop, 'buy', [collector.address]))).toEqual([])
    expect(await watch.waiting(shop.address, chain.call(shop, 'buy', [greedy.address]))).toMatchObject([
      {
        likelihood: 0.6,
        evidence: { kind: 'same', callback: 'onERC721Received' },
        summary: expect.stringMatching(/\(onERC721Received\)$/),
      },
    ])
  })

  test('a flash loan that is repaid by a function of the lender is hardly worth a line, never a verdict', async () => {
    const lender = await chain.deploy(compiled('Lender'))
    const borrower = await chain.deploy(compiled('Borrower'))
    await chain.send(lender.address, '0x', { value })
    const watch = await watching({ into: [lender], verdict: true })
    expect(await watch.waiting(lender.address, chain.call(lender, 'flashLoan', [borrower.address, 5n]))).toMatchObject([
      { weight: 'evidence', likelihood: 0.1, evidence: { invited: true, callback: 'onFlashLoan' } },
    ])
  })

  test('honest shapes say nothing: one call after the other, a call to itself, a proxy', async () => {
    const router = await chain.deploy(compiled('Router'))
    const watch = await watching({ verdict: true })
    const [me = bank.address] = chain.accounts
    const moves = [chain.call(bank, 'transfer', [me, 0n]), chain.call(bank, 'transfer', [me, 0n]), chain.call(bank, 'price')]
    const multicall = chain.call(router, 'multicall', [moves.map(() => bank.address), moves])
    expect(await watch.waiting(router.address, multicall)).toEqual([])
    expect(await watch.waiting(bank.address, chain.call(bank, 'withdraw'))).toEqual([])

    const proxied = await chain.deploy(compiled('Proxy'), [bank.address])
    const proxy: Deployed = { ...proxied, abi: bank.abi }
    const through = await watching({ into: [proxy], verdict: true })
    await chain.send(proxy.address, chain.call(bank, 'deposit'), { value })
    expect(await through.waiting(proxy.address, chain.call(bank, 'viaSelf'))).toEqual([])
    expect(await through.waiting(proxy.address, chain.call(bank, 'withdraw'))).toEqual([])
    const burglar = await chain.deploy(compiled('Thief'), [proxy.address, sister.address])
    await chain.send(proxy.address, chain.call(bank, 'deposit'), { value: value * 3n })
    expect(await through.waiting(burglar.address, attack('classic'), { value })).toMatchObject([{ weight: 'verdict' }])
  })

  test('a node without traces is said once', async () => {
    const blind = await startWatchedChain({ traceCall: false })
    try {
      const target = await blind.deploy(compiled('Bank'))
      const watch = await blind.follow(built(reentrancy({ into: [target] }), scopeOf()))
      await watch.blocks()
      for (let i = 0; i < 3; i++) await blind.send(target.address, blind.call(target, 'deposit'), { value: 1n })
      expect(await watch.blocks()).toMatchObject([
        { weight: 'evidence', summary: 'traces are missing on this endpoint: re-entrancy is not watched in its blocks', culprits: [] },
      ])
    } finally {
      await blind.stop()
    }
  })
})

describe('in made-up call trees', () => {
  const [pool, library, weth, dex, thief] = [someone(1), someone(2), someone(3), someone(4), someone(5)]
  const named = scopeOf([], { [pool]: 'pool' })
  const watch = built(reentrancy({ into: [at(pool)], verdict: true }), named)
  const frame = (depth: number, from: Address, to: Address, selector: Hex, more: Partial<CallFrame> = {}): CallFrame => ({
    depth,
    kind: 'call',
    from,
    to,
    selector,
    value: 0n,
    failed: false,
    ...more,
  })
  const judge = (...frames: readonly CallFrame[]) => follow(watch).see(pending([], { frames }))
  const start = frame(0, someone(9), pool, '0x11111111')

  test('a library is not a stranger', () => {
    const inLibrary = frame(1, pool, library, '0x22222222', { kind: 'delegatecall' })
    expect(judge(start, inLibrary, frame(2, pool, pool, '0x33333333'))).toEqual([])
  })

  test('coins that come back from a wrapped coin are not an entry', () => {
    expect(judge(start, frame(1, pool, weth, '0x2e1a7d4d'), frame(2, weth, pool, '0x', { value: 5n }))).toEqual([])
  })

  test("paying for one's own swap is not an entry; somebody else calling that function is", () => {
    const swap = frame(1, pool, dex, '0x128acb08')
    expect(judge(start, swap, frame(2, dex, pool, '0xfa461e33'))).toEqual([])
    expect(judge(start, swap, frame(2, dex, thief, '0xa9059cbb'), frame(3, thief, pool, '0xfa461e33')).length).toBe(1)
  })

  test('a view during a view changes nothing', () => {
    const looking = { ...start, kind: 'staticcall' as const }
    expect(judge(looking, frame(1, pool, dex, '0x22222222'), frame(2, dex, pool, '0x33333333'))).toEqual([])
  })

  test('a contract that the transaction itself left again is not busy', () => {
    const router = frame(0, someone(9), thief, '0x44444444')
    expect(
      judge(router, frame(1, thief, pool, '0x11111111'), frame(2, pool, dex, '0x22222222'), frame(1, thief, pool, '0x33333333')),
    ).toEqual([])
  })

  test('a very deep and very long tree is judged in time that grows with its length', () => {
    const deep = Array.from({ length: 1_000 }, (_, i) => frame(i + 1, thief, thief, '0x55555555'))
    const wide = Array.from({ length: 100_000 }, () => frame(1_001, thief, pool, '0x33333333', { kind: 'staticcall' }))
    expect(judge(start, ...deep.with(0, frame(1, pool, thief, '0x55555555')), ...wide)).toMatchObject([{ evidence: { times: 64 } }])
  })

  test('a block says what it knows of each transaction, and a reverted one is nothing', () => {
    const frames = [start, frame(1, pool, thief, '0x22222222'), frame(2, thief, pool, '0x33333333')]
    const moment = block([], { txs: [1, 2], touches: [pool] })
    const [first, second] = moment.touched
    if (!first || !second) throw new Error('two transactions')
    const { see } = follow(watch)
    expect(see({ ...moment, touched: [first, { ...second, frames }] })).toMatchObject([
      { culprits: [second.tx.hash] },
      { summary: expect.stringContaining('traces are missing'), evidence: { transactions: 1 } },
    ])
    expect(see({ ...moment, touched: [first] })).toEqual([])
    expect(see({ ...moment, touched: [{ ...first, frames: [start] }] })).toEqual([])
    expect(see({ ...moment, touched: [first] }).length).toBe(1)
    expect(follow(watch).see(pending([], { frames, reverted: true }))).toEqual([])
  })
})

test('a token of the plan is watched closely, and everybody wants the same frames', () => {
  const usdc = token('usdc', someone(7))
  const watch = built(reentrancy({ into: [at(someone(7)), at(someone(8))] }), scopeOf([usdc]))
  expect(watch.tokens).toEqual([someone(7)])
  expect(watch.needs(watch.start)).toBe(watch.needs(watch.start))
  expect(watch.needs(watch.start).frames).toEqual([someone(7), someone(8)])
})

test('wrong options are said with their path', () => {
  expect(faultPaths(reentrancy({ into: [] }), scopeOf())).toEqual(['into'])
  expect(faultPaths(reentrancy({ into: [at(someone(1))], except: ['repay', 'pay(uint)x', 'pay(uint256)'] }), scopeOf())).toEqual([
    'except[0]',
    'except[1]',
  ])
  expect(faultPaths(reentrancy({ into: [at(someone(1)), { ...at(someone(2)), chain: 'other' }] }), scopeOf())).toEqual(['into'])
})

// A lending book: found from events, read in turns, bounded; bad debt, cover, nearness and moves that nobody's own doing explains.
import type { AbiEvent, AbiFunction } from 'abitype'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, built, chain, faultPaths, follow, pending, scopeOf, someone, token, txHash } from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import type { EventRef, Probe, Read } from '../model/call.ts'
import type { Log } from '../model/chain.ts'
import type { Detector, Finding } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import { health } from './health.ts'
import type { HealthOptions } from './health-options.ts'
import { accountProbes } from './health-position.ts'
import type { Account } from './health-position.ts'

const pool = someone(1)
const usd = token('usd', someone(2), 6)
const scope = scopeOf([usd], { [pool]: 'pool' })
const abi: AbiEvent = {
  type: 'event',
  name: 'Borrow',
  inputs: [
    { name: 'account', type: 'address', indexed: true },
    { name: 'amount', type: 'uint256' },
  ],
}
const borrow: EventRef = { kind: 'event', chain, address: pool, event: abi }
const view = (name: string, outputs: number): AbiFunction => ({
  type: 'function',
  name,
  stateMutability: 'view',
  inputs: [{ type: 'address' }],
  outputs: Array.from({ length: outputs }, () => ({ type: 'uint256' })),
})
const of = <out>(name: string, account: Address, outputs = 1): Read<out> => ({
  kind: 'read',
  chain,
  to: pool,
  fn: view(name, outputs),
  args: [account],
})
const collateral = (account: Address) => of<bigint>('collateral', account)
const debt = (account: Address) => of<bigint>('debt', account)
const one: HealthOptions = {
  accounts: [{ event: borrow, account: 'account' }],
  of: (account) => ({ collateral: collateral(account), debt: debt(account), threshold: '80%' }),
  unit: { asset: 'usd', decimals: 8 },
}
const whole = 10n ** 8n
const person = (n: number): Address => someone(100 + n)
const people = (count: number) => Array.from({ length: count }, (_, i) => person(i))

/** Holds a book in which everybody answers what it is told. */
function holding(options: Partial<HealthOptions> = {}) {
  const detector: Detector = built(health({ ...one, ...options }), scope)
  let state = detector.start
  const told = (book: ReadonlyMap<Address, readonly [bigint, bigint] | 'reverts'>): readonly (readonly [Probe, Told])[] =>
    detector.needs(state).reads.map((probe) => {
      const id = [...book.keys()].find((key) => probe.data.toLowerCase().endsWith(key.slice(2).toLowerCase()))
      const values = id === undefined ? ([0n, 0n] as const) : (book.get(id) ?? 'reverts')
      return [probe, values === 'reverts' ? values : (values[probe.label.includes('.debt(') ? 1 : 0] ?? 0n) * whole]
    })
  const events = (named: readonly Address[]) => {
    const probe = scope.event(borrow)
    const logs: readonly Log[] = named.map((id) => ({
      address: pool,
      topics: [probe.topic, `0x${id.slice(2).padStart(64, '0')}`],
      data: `0x${'0'.repeat(64)}`,
      tx: txHash(1),
    }))
    return new Map([[probe.key, logs]])
  }
  const take = (moment: Moment): readonly Finding[] => {
    const result = detector.step(state, moment)
    if (moment.kind === 'block') state = result.state
    return result.findings
  }
  return {
    mined: (book: ReadonlyMap<Address, readonly [bigint, bigint] | 'reverts'>, time: number, named: readonly Address[] = []) =>
      take(block(told(book), { at: time, txs: [1], touches: [pool], logs: events(named) })),
    waiting: (book: ReadonlyMap<Address, readonly [bigint, bigint] | 'reverts'>, time: number, named: readonly Address[] = []) =>
      take(pending(told(book), { at: time, tx: 7, touches: [pool], logs: events(named) })),
    reads: () => detector.needs(state).reads.length,
    state: () => state as { readonly accounts: readonly Account[]; readonly dropped: number },
    detector,
  }
}
type Book = ReadonlyMap<Address, readonly [bigint, bigint]>
const bookOf = (...entries: readonly (readonly [Address, bigint, bigint])[]): Book => new Map(entries.map(([id, c, d]) => [id, [c, d]]))
/** Everybody named once, then read once. */
function settled(book: Book, options: Partial<HealthOptions> = {}) {
  const own = holding(options)
  own.mined(book, 1_000, [...book.keys()])
  own.mined(book, 1_012)
  own.mined(book, 1_024)
  return own
}

describe('bad debt', () => {
  const sound = bookOf([person(1), 1_000n, 700n], [person(2), 500n, 300n])

  test('is a verdict with its loss and its culprit as soon as it is more than tolerated, and not at the bound', () => {
    const { waiting, mined } = settled(sound, { tolerates: '100' })
    expect(waiting(bookOf([person(1), 700n, 700n], [person(2), 500n, 300n]), 1_024).filter((x) => x.weight === 'verdict')).toEqual([])
    const owing = (amount: bigint) => bookOf([person(1), 700n - amount, 700n], [person(2), 500n, 300n])
    expect(waiting(owing(100n), 1_024).filter((x) => x.weight === 'verdict')).toEqual([])
    expect(waiting(owing(150n), 1_024)).toMatchObject([
      {
        weight: 'verdict',
        likelihood: 0.725,
        summary: '150 usd of debt in pool has nothing behind it; 100 usd may have nothing',
        loss: [{ asset: 'usd', amount: 150_000_000n }],
        culprits: [txHash(7)],
        evidence: { worst: person(1), worstBad: 150n * whole, accounts: '2 of 2 known are watched, 2 read at this block' },
      },
      { weight: 'evidence' },
    ])
    expect(mined(owing(150n), 1_036)).toMatchObject([{ weight: 'verdict', culprits: [txHash(1)] }, {}])
    // While it stays the same nothing is said again.
    expect(mined(owing(150n), 1_048)).toEqual([])
  })

  test('found at the first look it was there before: nobody of this block is named', () => {
    const { mined } = holding({ known: [person(1)] })
    expect(mined(bookOf([person(1), 100n, 700n]), 1_000).find((x) => x.weight === 'verdict')).toMatchObject({ culprits: [] })
    const late = settled(sound)
    late.mined(sound, 1_100, [person(3)])
    const three = new Map([...sound, [person(3), [10n, 50n]] as const])
    expect(late.mined(three, 1_112)).toMatchObject([{ weight: 'verdict', culprits: [], loss: [{ amount: 40_000_000n }] }])
  })

  test('is not known where the protocol does not tell the collateral', () => {
    const compound = (account: Address) => ({
      compound: of<readonly [bigint, bigint, bigint]>('liquidity', account, 3),
      debt: debt(account),
    })
    const { probes, of: position } = accountProbes(scope, compound(person(1)))
    const [liquidity, owed] = probes
    if (!liquidity || !owed) throw new Error('no probes')
    const moment = (values: readonly bigint[], d: bigint) =>
      block([
        [liquidity, values],
        [owed, d],
      ])
    expect(position(moment([0n, 50n, 0n], 100n))).toEqual({ collateral: undefined, debt: 100n, weighted: 150n })
    expect(position(moment([0n, 0n, 30n], 100n))).toEqual({ collateral: undefined, debt: 100n, weighted: 70n })
    expect(
      position(
        block([
          [liquidity, 'reverts'],
          [owed, 1n],
        ]),
      ),
    ).toBeUndefined()
  })

  test('reads Aave accounts by their own threshold', () => {
    const { probes, of: position } = accountProbes(scope, { aave: of('getUserAccountData', person(1), 6) })
    const [data] = probes
    if (!data) throw new Error('no probe')
    expect(position(block([[data, [1_000n, 500n, 0n, 8_250n, 0n, 0n]]]))).toEqual({ collateral: 1_000n, debt: 500n, weighted: 825n })
  })
})

describe('the whole book', () => {
  const book = bookOf([person(1), 1_000n, 500n], [person(2), 1_000n, 500n], [person(3), 1_000n, 700n])
  const priced = (percent: bigint): Book => new Map([...book].map(([id, [c, d]]) => [id, [(c * percent) / 100n, d]]))

  test('below the ratio that the plan asks for it is a verdict, at the ratio it is not', () => {
    const { waiting } = settled(book, { ratio: '170%', step: '99%', jump: '99%' })
    expect(waiting(priced(99n), 1_024)).toEqual([])
    expect(waiting(priced(97n), 1_024)).toEqual([])
    expect(waiting(priced(96n), 1_024)).toMatchObject([
      { weight: 'verdict', summary: 'pool has 169.4117 % of what it is owed as collateral; it needs 170 %', culprits: [txHash(7)] },
    ])
  })

  test('a jump of what is near liquidation is evidence, beyond the bound and not at it', () => {
    const { waiting, mined } = settled(book, { near: '10%', jump: '42%', stirs: '99%', step: '99%' })
    // Of 1,700 owed 700 are 12.5 % away from liquidation, which 3 % less leave at 9.8 %: 41.2 % of the debt.
    expect(waiting(priced(97n), 1_024)).toEqual([])
    const { waiting: strict, mined: seen } = settled(book, { near: '10%', jump: '41%', stirs: '99%', step: '99%' })
    expect(strict(priced(97n), 1_024)).toMatchObject([
      {
        weight: 'evidence',
        likelihood: 0.3,
        culprits: [txHash(7)],
        summary: '41.1764 % of the debt in pool is within 10 % of liquidation, up from 0 % within 10 m',
      },
    ])
    expect(seen(priced(97n), 1_036).length).toBe(1)
    expect(mined(priced(97n), 1_036)).toEqual([])
  })

  test('one transaction that moves the health of others is named, for better or worse; owners who move their own are not', () => {
    const { waiting } = settled(book, { jump: '99%' })
    expect(waiting(priced(96n), 1_024)).toEqual([])
    expect(waiting(priced(300n), 1_024)).toMatchObject([
      {
        likelihood: 0.4,
        culprits: [txHash(7)],
        evidence: { moved: 3, better: 3 },
        summary: expect.stringContaining('moved better by more than 5 %'),
      },
    ])
    expect(waiting(priced(94n), 1_024)).toMatchObject([{ evidence: { moved: 3, better: 0 } }])
    expect(waiting(priced(300n), 1_024, [...book.keys()])).toEqual([])
    // One account alone may be anybody's liquidation or deposit.
    expect(waiting(new Map([...book, [person(1), [2_000n, 500n]] as const]), 1_024)).toEqual([])
  })

  test('ordinary days are silent: prices that move up to the bounds, deposits, repayments, new borrowers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(955n, 1_045n), fc.nat(30), fc.bigInt(0n, 300n)), { maxLength: 60 }), (days) => {
        const { mined } = settled(book, { jump: '10%' })
        let price = 1_000n
        const now = new Map(book)
        for (const [i, [move, who, owes]] of days.entries()) {
          const named = [person(who)]
          price = (price * move) / 1_000n
          price = price < 900n ? 900n : price > 1_100n ? 1_100n : price
          now.set(person(who), [1_000n, owes])
          const priced = new Map([...now].map(([id, [c, d]]) => [id, [(c * price) / 1_000n, d]] as const))
          expect(mined(priced, 2_000 + 12 * i, named).filter((x) => x.weight === 'verdict')).toEqual([])
        }
      }),
    )
  })
})

describe('accounts', () => {
  test('come from the events, are read from the next block on, and leave when they owe nothing', () => {
    const { mined, reads, state } = holding()
    expect(reads()).toBe(0)
    mined(new Map(), 1_000, [person(1), person(2), someone(0)])
    expect(reads()).toBe(4)
    mined(bookOf([person(1), 10n, 5n], [person(2), 10n, 0n]), 1_012)
    expect(state().accounts.map((x) => x.id)).toEqual([person(1)])
    expect(reads()).toBe(2)
  })

  test('the same state and the same needs while nothing changes, and plain data', () => {
    const book = bookOf([person(1), 1_000n, 500n])
    const { mined, state, detector } = settled(book)
    const before = state()
    mined(book, 1_100)
    expect(state()).toBe(before)
    expect(detector.needs(before)).toBe(detector.needs(before))
    expect(structuredClone(before)).toEqual(before)
    expect(detector.needs(structuredClone(before)).reads.map((x) => x.key)).toEqual(detector.needs(before).reads.map((x) => x.key))
  })

  test('a read that fails keeps what was known; all of them failing is said once', () => {
    const book = bookOf([person(1), 1_000n, 500n], [person(2), 1_000n, 500n])
    const { mined, state } = settled(book)
    mined(new Map<Address, readonly [bigint, bigint] | 'reverts'>([...book, [person(1), 'reverts']]), 1_100)
    expect(state().accounts.length).toBe(2)
    const none = new Map(people(3).map((id) => [id, 'reverts'] as const))
    expect(mined(none, 1_112)).toMatchObject([{ weight: 'evidence', likelihood: 0.2 }])
    expect(mined(none, 1_124)).toEqual([])
    expect(mined(bookOf([person(1), 100n, 500n], [person(2), 1_000n, 500n]), 1_136).length).toBeGreaterThan(0)
  })

  test('too many are bounded, and it says once how many of how many are watched', () => {
    const { mined, state, reads } = holding({ perBlock: 10, knows: 20 })
    const many = people(50)
    const book = new Map(many.map((id, i) => [id, [1_000n, BigInt(100 + 10 * i)] as const]))
    const said = Array.from({ length: 30 }, (_, i) => mined(book, 1_000 + 12 * i, many.slice((i * 5) % 50, ((i * 5) % 50) + 5))).flat()
    expect(said.filter((x) => x.summary.includes('more accounts than are kept in mind')).length).toBe(1)
    expect(state().accounts.length).toBeLessThanOrEqual(20)
    expect(state().dropped).toBeGreaterThan(0)
    expect(reads()).toBeLessThanOrEqual(20)
    // The riskiest have stayed.
    expect(state().accounts.map((x) => x.id)).toEqual(expect.arrayContaining(many.slice(-10)))
  })
})

test('reports every wrong option at once', () => {
  const wrong = {
    unit: { asset: 'dai', decimals: 1.5 },
    tolerates: 'some' as '1',
    ratio: 'half' as '1%',
    near: '0%',
    perBlock: 1,
    knows: 0,
    accounts: [{ event: borrow, account: 'amount' }],
    of: (account: Address) => ({ collateral: collateral(account), debt: debt(account), threshold: '180%' }) as const,
  } as const
  expect(faultPaths(health(wrong), scope)).toEqual([
    'unit.asset',
    'unit.decimals',
    'tolerates',
    'ratio',
    'near',
    'perBlock',
    'knows',
    'accounts[0].account',
    'of.threshold',
  ])
  const far = (account: Address) =>
    ({ collateral: { ...collateral(account), chain: 'far' }, debt: debt(account), threshold: '80%' }) as const
  expect(faultPaths(health({ ...one, of: far }), scope)).toEqual(['of'])
  expect(follow(built(health(one), scope)).state()).toBeDefined()
})

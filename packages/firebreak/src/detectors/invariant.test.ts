// What must always hold: broken, standing, unreadable, and judged again only when an answer changed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, block, built, faultPaths, follow, pending, scopeOf, someone, txHash, uintRead } from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import { invariant } from './invariant.ts'

const pool = someone(1)
const assets = uintRead(pool, 'totalAssets')
const debts = uintRead(pool, 'totalDebts')
const scope = scopeOf()
const [assetsProbe, debtsProbe] = [scope.read(assets), scope.read(debts)]
const told = (a: Told, d: Told) =>
  [
    [assetsProbe, a],
    [debtsProbe, d],
  ] as const

const solvent = invariant({ assets, debts }, (now) => now.assets >= now.debts)
const watching = (watch = solvent) => follow(built(watch, scope))

describe('an invariant', () => {
  test('speaks when it breaks, names who touched the contract, and keeps speaking without naming again', () => {
    const { see } = watching()
    expect(see(block(told(100n, 90n)))).toEqual([])
    const broke = see(block(told(80n, 90n), { txs: [7], touches: [pool] }))
    expect(broke).toMatchObject([
      { weight: 'verdict', likelihood: 0.95, subjects: [pool], culprits: [txHash(7)], evidence: { assets: 80n, debts: 90n } },
    ])
    expect(see(block(told(80n, 90n), { txs: [8], touches: [pool] }))).toMatchObject([{ weight: 'verdict', culprits: [] }])
    expect(see(block(told(79n, 90n), { txs: [9], touches: [pool] }))).toMatchObject([{ weight: 'verdict', culprits: [] }])
    expect(see(block(told(90n, 90n)))).toEqual([])
  })

  test('names nobody who touched something else', () => {
    const { see } = watching()
    expect(see(block(told(80n, 90n), { txs: [7], touches: [someone(2)] }))).toMatchObject([{ culprits: [] }])
  })

  test('judges a waiting transaction, which never moves the state on', () => {
    const { see, state } = watching()
    see(block(told(100n, 90n)))
    const before = state()
    expect(see(pending(told(80n, 90n), { tx: 5 }))).toMatchObject([{ weight: 'verdict', culprits: [txHash(5)] }])
    expect(see(pending(told(95n, 90n)))).toEqual([])
    expect(state()).toBe(before)
  })

  test('while it is broken a waiting transaction that moves it is named; where the loss is known, only if that grows', () => {
    const plain = watching()
    plain.see(block(told(80n, 90n)))
    expect(plain.see(pending(told(80n, 90n), { tx: 1 }))).toEqual([])
    expect(plain.see(pending(told(70n, 90n), { tx: 2 }))).toMatchObject([{ weight: 'verdict', culprits: [txHash(2)] }])
    const losing = invariant({ assets, debts }, (now) => now.assets >= now.debts, {
      loses: (now) => ({ asset: 'usdc', amount: now.debts - now.assets }),
    })
    const { see } = watching(losing)
    see(block(told(80n, 90n)))
    expect(see(pending(told(80n, 90n), { tx: 1 }))).toEqual([])
    expect(see(pending(told(85n, 90n), { tx: 2 }))).toEqual([])
    expect(see(pending(told(60n, 90n), { tx: 3 }))).toMatchObject([
      { weight: 'verdict', culprits: [txHash(3)], loss: [{ asset: 'usdc', amount: 30n }] },
    ])
  })

  test('says once that it cannot be judged', () => {
    const { see } = watching()
    expect(see(block(told('reverts', 90n)))).toMatchObject([{ weight: 'evidence', likelihood: 0.2 }])
    expect(see(block(told('reverts', 91n)))).toEqual([])
    expect(see(block(told(100n, 90n)))).toEqual([])
    expect(see(pending(told('reverts', 90n), { tx: 4 }))).toMatchObject([{ weight: 'evidence', culprits: [txHash(4)] }])
  })

  test('stays silent while its reads are not in the moment', () => {
    expect(watching().see(block([]))).toEqual([])
  })

  test('calls back only when an answer changed, and lets an error of the callback through', () => {
    let calls = 0
    const counted = watching(invariant({ assets }, () => ((calls += 1), true)))
    for (let i = 0; i < 5; i += 1) counted.see(block([[assetsProbe, 1n]], { at: 100 + i }))
    expect(calls).toBe(1)
    const throwing = watching(
      invariant({ assets }, () => {
        throw new RangeError('mine')
      }),
    )
    expect(() => throwing.see(block([[assetsProbe, 1n]]))).toThrow(RangeError)
    // @ts-expect-error the callback has to give true or false
    const mistaken = watching(invariant({ assets }, () => undefined))
    expect(() => mistaken.see(block([[assetsProbe, 1n]]))).toThrow(TypeError)
  })

  test('holds for all amounts up to the largest, and says so exactly when it does not', () => {
    const amount = fc.oneof(fc.bigInt(0n, 2n ** 256n - 1n), fc.constantFrom(0n, 1n, 2n ** 256n - 1n))
    fc.assert(
      fc.property(amount, amount, (a, d) => {
        expect(watching().see(block(told(a, d))).length).toBe(a >= d ? 0 : 1)
      }),
    )
  })

  test('benign traffic up to the bound is silent', () => {
    const cap = invariant({ debts }, (now) => now.debts <= 1_000_000n)
    fc.assert(
      fc.property(fc.array(fc.bigInt(900_000n, 1_000_000n), { minLength: 50, maxLength: 200 }), (all) => {
        const { see } = watching(cap)
        expect(all.flatMap((d) => [...see(block([[debtsProbe, d]])), ...see(pending([[debtsProbe, d - 1n]]))])).toEqual([])
      }),
    )
  })

  test('reports every wrong option at once', () => {
    expect(
      faultPaths(
        invariant({}, () => true, { likelihood: 2 }),
        scope,
      ),
    ).toEqual(['likelihood', 'reads'])
    expect(
      faultPaths(
        invariant({ assets, other: { ...debts, chain: 'elsewhere' } }, () => true),
        scope,
      ),
    ).toEqual(['reads'])
  })

  test('takes its subjects from the options where they are given', () => {
    expect(
      built(
        invariant({ assets }, () => true, { subjects: [at(someone(9))] }),
        scope,
      ).subjects,
    ).toEqual([someone(9)])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { someone, transaction } from '../../test/support/moments.ts'
import type { Transaction } from '../model/chain.ts'
import { lineOf, type Line } from './line.ts'
import { ranks, triage, type Rank } from './triage.ts'

const gwei = 10n ** 9n
const tx = (n: number, sender = n): Transaction => transaction(n, someone(sender))
const drain = (line: Line): readonly string[] => {
  const out: string[] = []
  for (let next = line.next(); next; next = line.next()) out.push(next.hash)
  return out
}

describe('the line', () => {
  test('lets those go first that a block will have first: by their tip, then by their coming', () => {
    const line = lineOf(100)
    const tips = [3n, 9n, 1n, 9n]
    tips.forEach((tip, i) => line.add(tx(i + 1), 'calls', tip * gwei))
    expect(drain(line)).toEqual([2, 4, 1, 3].map((n) => tx(n).hash))
  })

  test('gives every kind its turn: neither a flood of calls to the plan nor one of others keeps anything from being seen', () => {
    const line = lineOf(10_000)
    for (let n = 1; n <= 1_000; n++) line.add(tx(n), 'direct', 50n * gwei)
    for (let n = 1_001; n <= 2_000; n++) line.add(tx(n), 'calls', 50n * gwei)
    line.add(tx(5_000), 'names', gwei)
    line.add(tx(6_000), 'calls', 60n * gwei)
    const first = Array.from({ length: 7 }, () => line.next()?.hash)
    expect(first).toContain(tx(5_000).hash)
    expect(first).toContain(tx(6_000).hash)
  })

  test('makes a sender share its tip among all that it sends', () => {
    const line = lineOf(1_000)
    for (let n = 1; n <= 100; n++) line.add(tx(n, 7), 'direct', 30n * gwei)
    line.add(tx(500, 8), 'direct', 3n * gwei)
    const before = drain(line).indexOf(tx(500).hash)
    expect(before).toBeLessThan(12)
  })

  test('is bounded: what leaves is told, the worst of the kind that takes too much', () => {
    const line = lineOf(100)
    const gone: string[] = []
    const own = tx(9_999)
    line.add(own, 'names', gwei)
    for (let n = 1; n <= 1_000; n++)
      gone.push(...line.add(tx(n), n % 2 === 0 ? 'calls' : 'direct', BigInt(n) * gwei).map((one) => one.hash))
    const left = drain(line)
    expect(left.length).toBeLessThanOrEqual(100)
    expect(new Set([...left, ...gone]).size).toBe(1_001)
    expect(left).toContain(own.hash)
    // Better paid ones stayed.
    expect(left).toContain(tx(1_000).hash)
    expect(left).toContain(tx(999).hash)
    expect(gone).toContain(tx(2).hash)
  })

  test('whatever comes, nothing is lost in silence and nothing stands twice', () => {
    const coming = fc.record({
      n: fc.integer({ min: 1, max: 60 }),
      rank: fc.constantFrom(...ranks),
      tip: fc.integer({ min: 0, max: 9 }),
      take: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(coming, { maxLength: 120 }), (all) => {
        const line = lineOf(16)
        const inside = new Set<string>()
        for (const { n, rank, tip, take } of all) {
          const one = tx(n, n % 5)
          const gone = line.add(one, rank, BigInt(tip))
          inside.add(one.hash)
          for (const out of gone) expect(inside.delete(out.hash)).toBe(true)
          if (take) {
            const next = line.next()
            if (next) expect(inside.delete(next.hash)).toBe(true)
          }
          expect(line.length()).toBe(inside.size)
          expect(line.length()).toBeLessThanOrEqual(16)
          for (const hash of inside) expect(line.has(hash as Transaction['hash'])).toBe(true)
        }
        expect(new Set(line.clear().map((one) => one.hash))).toEqual(inside)
        expect(line.length()).toBe(0)
      }),
    )
  })
})

describe('what a transaction may matter is told by itself', () => {
  const [ours, lead, other] = [someone(1), someone(2), someone(3)]
  const head = {
    chain: 'test',
    number: 1n,
    hash: '0x01',
    parent: '0x00',
    timestamp: 1n,
    baseFee: 10n * gwei,
    gasLimit: 30_000_000n,
    gasUsed: 15_000_000n,
    feeRecipient: other,
    prevRandao: '0x00',
  } as const
  const grounds = {
    concerned: (address: string) => address === ours,
    leads: (address: string) => address === lead,
    names: [ours.slice(2).toLowerCase()],
    head,
  }
  const of = (more: Partial<Transaction>) =>
    triage({ ...tx(1, 9), to: other, data: '0x12345678', gas: 100_000n, maxFee: 20n * gwei, maxTip: 2n * gwei, ...more }, grounds)

  test.each<[string, Partial<Transaction>, Rank]>([
    ['to the plan', { to: ours }, 'direct'],
    ['from an account of the plan', { from: ours }, 'direct'],
    ['to a contract that led to the plan before', { to: lead }, 'direct'],
    ['with an address of the plan in its data', { data: `0x12345678${ours.slice(2).padStart(64, '0')}` }, 'names'],
    ['a deployment', { to: undefined, data: '0x6000' }, 'calls'],
    ['anything else that may run code', {}, 'calls'],
    ['coins with gas to spare', { data: '0x', gas: 21_001n }, 'calls'],
    ['coins to the plan', { data: '0x', gas: 21_000n, to: ours }, 'direct'],
  ])('%s', (_, more, rank) => {
    expect(of(more)).toEqual({ rank, tip: 2n * gwei })
  })

  test('coins from account to account run no code, and nobody includes what pays less than the base fee', () => {
    expect(of({ data: '0x', gas: 21_000n })).toEqual({ passed: 'plain' })
    expect(of({ maxFee: 10n * gwei - 1n })).toEqual({ passed: 'underpriced' })
    expect(of({ maxFee: 11n * gwei })).toEqual({ rank: 'calls', tip: gwei })
  })
})

// Which accounts of a book are kept and read, and what they add up to: against brute force, and under a flood.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { someone } from '../../test/support/moments.ts'
import type { Address } from '../model/hex.ts'
import { counted, kept, noTotals, toRead } from './health-book.ts'
import { distance } from './health-position.ts'
import type { Account } from './health-position.ts'

const person = (n: number): Address => someone(100 + n)
const positions = fc.array(fc.option(fc.tuple(fc.bigInt(0n, 2_000n), fc.bigInt(1n, 1_000n)), { nil: undefined }), { maxLength: 80 })
const accountsOf = (all: readonly (readonly [bigint, bigint] | undefined)[]): readonly Account[] =>
  all.map((x, i) => (x ? { id: person(i), position: { collateral: x[0], weighted: (x[0] * 8n) / 10n, debt: x[1] } } : { id: person(i) }))

test('whoever is kept is riskier than whoever is not', () => {
  fc.assert(
    fc.property(positions, fc.integer({ min: 1, max: 40 }), (all, most) => {
      const accounts = accountsOf(all)
      const stays = kept(accounts, most)
      expect(stays.length).toBe(Math.min(most, accounts.length))
      expect(stays).toEqual(accounts.filter((x) => stays.includes(x)))
      const far = (x: Account) => (x.position ? distance(x.position.debt, x.position.weighted) : 0n)
      const riskiestOut = accounts.filter((x) => x.position && !stays.includes(x)).map(far)
      const safestIn = stays.filter((x) => x.position).map(far)
      for (const out of riskiestOut) for (const inside of safestIn) expect(inside <= out).toBe(true)
    }),
  )
})

test('near ones are read at every block as far as there is room, and everybody gets a turn', () => {
  fc.assert(
    fc.property(positions, fc.integer({ min: 10, max: 40 }), (all, perBlock) => {
      const accounts = accountsOf(all)
      const near = 100_000n
      const close = accounts.filter((x) => x.position && distance(x.position.debt, x.position.weighted) < near)
      const seen = new Set<Address>()
      let cursor = 0
      for (let turn = 0; turn <= accounts.length; turn++) {
        const reading = toRead(accounts, new Set(), cursor, perBlock, near)
        expect(reading.next.length).toBe(Math.min(perBlock, accounts.length))
        expect(new Set(reading.next).size).toBe(reading.next.length)
        if (close.length <= (perBlock - Math.max(1, Math.floor(perBlock / 10))) / 2)
          for (const x of close) expect(reading.next).toContain(x.id)
        for (const id of reading.next) seen.add(id)
        cursor = reading.cursor
      }
      expect(seen.size).toBe(accounts.length)
    }),
  )
})

test('the totals are the sums, however they came about', () => {
  fc.assert(
    fc.property(positions, positions, (before, after) => {
      const near = 100_000n
      const sum = (list: readonly Account[]) => list.reduce((totals, x) => counted(totals, x.position, near, 1n), noTotals)
      const [was, is] = [accountsOf(before), accountsOf(after)]
      const moved = is.reduce(
        (t, x) => counted(t, x.position, near, 1n),
        was.reduce((t, x) => counted(t, x.position, near, -1n), sum(was)),
      )
      expect(moved).toEqual(sum(is))
    }),
  )
})

test('a flood of new accounts pushes out nobody who is near liquidation', () => {
  const risky = accountsOf([
    [1_000n, 790n],
    [1_000n, 780n],
  ])
  const flood = Array.from({ length: 500 }, (_, i): Account => ({ id: someone(5_000 + i) }))
  const stays = kept([...risky, ...flood], 40)
  expect(stays.map((x) => x.id)).toEqual(expect.arrayContaining(risky.map((x) => x.id)))
  expect(toRead([...risky, ...flood], new Set(), 0, 10, 100_000n).next).toEqual(expect.arrayContaining(risky.map((x) => x.id)))
})

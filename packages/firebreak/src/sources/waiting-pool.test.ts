import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { someone, transaction } from '../../test/support/moments.ts'
import type { Transaction } from '../model/chain.ts'
import { waitingPool, type Squeezed } from './waiting-pool.ts'

const tx = (n: number, sender: number, nonce: number): Transaction => ({ ...transaction(n, someone(sender)), nonce: BigInt(nonce) })
const poolOf = (most: number, bounds = {}, squeezed: (tx: Transaction, why: Squeezed) => void = () => {}) =>
  waitingPool({ most, mostBytes: 1_000_000, mostPerSender: 64, ...bounds }, squeezed)
const hashes = (list: readonly Transaction[]) => list.map((one) => one.hash)

describe('a queue', () => {
  test("is the sender's earlier transactions, in order of their nonces, whatever the order of arrival", () => {
    const pool = poolOf(10)
    const [a, b, c] = [tx(1, 1, 5), tx(2, 1, 3), tx(3, 1, 4)]
    for (const one of [a, b, c, tx(4, 2, 1)]) pool.add(one)
    expect(hashes(pool.before(a))).toEqual(hashes([b, c]))
    expect(hashes(pool.after(b))).toEqual(hashes([c, a]))
    expect(pool.before(b)).toEqual([])
  })

  test('has one transaction a nonce: a replacement takes the place of the old one', () => {
    const pool = poolOf(10)
    pool.add(tx(1, 1, 3))
    pool.touches(tx(1, 1, 3).hash)
    expect(pool.add(tx(2, 1, 3))).toBe(true)
    expect(hashes(pool.before(tx(9, 1, 4)))).toEqual(hashes([tx(2, 1, 3)]))
    expect(pool.size()).toBe(1)
    expect(pool.touching()).toEqual([])
  })

  test('forgets what is mined', () => {
    const pool = poolOf(10)
    for (const nonce of [3, 4, 5]) pool.add(tx(nonce, 1, nonce))
    pool.drop(someone(1), 5n)
    expect(hashes(pool.before(tx(9, 1, 6)))).toEqual(hashes([tx(5, 1, 5)]))
    pool.remove(tx(5, 1, 5).hash)
    expect(pool.size()).toBe(0)
  })
})

test('what is known already is not news', () => {
  const pool = poolOf(10)
  expect(pool.add(tx(1, 1, 3))).toBe(true)
  expect(pool.add(tx(1, 1, 3))).toBe(false)
})

test('a flood cannot push out what touches the plan, and cannot grow the pool past its bound either', () => {
  const pool = poolOf(5)
  const ours = tx(1, 1, 0)
  pool.add(ours)
  pool.touches(ours.hash)
  for (let n = 2; n < 50; n++) pool.add(tx(n, n, 0))
  expect(pool.size()).toBe(5)
  expect(hashes(pool.touching())).toEqual([ours.hash])
  // Not even one that touches the plan itself.
  for (let n = 50; n < 100; n++) {
    pool.add(tx(n, n, 0))
    pool.touches(tx(n, n, 0).hash)
  }
  expect(pool.size()).toBe(5)
})

test('whatever happens, each sender and nonce is there at most once, and what is touching is there', () => {
  const step = fc.record({
    n: fc.integer({ min: 1, max: 30 }),
    sender: fc.integer({ min: 1, max: 4 }),
    nonce: fc.integer({ min: 0, max: 4 }),
    act: fc.constantFrom('add', 'touch', 'drop', 'remove'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pool = poolOf(8)
      const known = new Map<string, Transaction>()
      for (const { n, sender, nonce, act } of steps) {
        const one = tx(n * 1_000 + sender * 10 + nonce, sender, nonce)
        known.set(one.hash, one)
        if (act === 'add') pool.add(one)
        else if (act === 'touch') pool.touches(one.hash)
        else if (act === 'drop') pool.drop(one.from, one.nonce)
        else pool.remove(one.hash)
        const all = [1, 2, 3, 4].flatMap((who) => pool.before(tx(0, who, 1_000)))
        expect(all).toHaveLength(pool.size())
        expect(new Set(all.map((two) => `${two.from}.${two.nonce}`)).size).toBe(all.length)
        expect(pool.size()).toBeLessThanOrEqual(8)
        for (const two of pool.touching()) expect(hashes(all)).toContain(two.hash)
      }
    }),
  )
})

describe('memory has an end', () => {
  test('in bytes of calldata, too', () => {
    const pool = poolOf(100, { mostBytes: 20_000 })
    for (let n = 1; n < 50; n++) pool.add({ ...tx(n, n, 0), data: `0x${'00'.repeat(5_000)}` })
    expect(pool.size()).toBe(3)
  })

  test('and for each sender where nodes end it; a replacement is not one more', () => {
    const squeezed: string[] = []
    const pool = poolOf(100, { mostPerSender: 3 }, (_, why) => squeezed.push(why))
    for (let nonce = 0; nonce < 5; nonce++) pool.add(tx(nonce + 1, 1, nonce))
    expect([pool.size(), squeezed]).toEqual([3, ['sender', 'sender']])
    expect(pool.add(tx(10, 1, 2))).toBe(true)
    expect(pool.add(tx(11, 2, 0))).toBe(true)
  })

  test('and whoever leaves before anybody looked is told of', () => {
    const squeezed: string[] = []
    const pool = poolOf(3, {}, (one, why) => squeezed.push(`${one.nonce} ${why}`))
    for (let n = 1; n <= 5; n++) {
      pool.add(tx(n, n, n))
      if (n !== 2) pool.owe(tx(n, n, n).hash)
    }
    expect(squeezed).toEqual(['1 full'])
    pool.settle(tx(3, 3, 3).hash)
    expect(hashes(pool.owed())).toEqual(hashes([tx(4, 4, 4), tx(5, 5, 5)]))
  })
})

// What holds for the state of every detector: plain data, moved on by blocks alone, and the same object while nothing of theirs changes.
import { describe, expect, test } from 'vitest'
import { at, block, built, chain, pending, scopeOf, someone, tick, token, uintRead } from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import { backing } from './backing.ts'
import { detector } from './detector.ts'
import { flashLoan } from './flash-loan.ts'
import { invariant } from './invariant.ts'
import { liveness } from './liveness.ts'
import { oracle } from './oracle.ts'
import { outflow } from './outflow.ts'
import { sharePrice } from './share-price.ts'

const pool = someone(1)
const scope = scopeOf([token('usdc', someone(2), 6)])
const read = uintRead(pool, 'value')
const other = uintRead(pool, 'other')

describe.each([
  invariant({ read, other }, (now) => now.read >= now.other, { loses: (now) => ({ asset: 'usdc', amount: now.other - now.read }) }),
  outflow({ from: at(pool), asset: 'usdc', window: '10m', above: '5%' }),
  sharePrice({ of: at(pool) }),
  oracle({ feed: read, against: other, deviates: '3%', updatedAt: read, staleAfter: '1h', step: '10%' }),
  flashLoan({ on: [at(pool)], kind: 'uniswap-v2' }),
  backing({ supply: { read, decimals: 18 }, reserves: { read: other, decimals: 18 }, asset: 'usdc', tolerates: '0' }),
  liveness({ chain, of: { read, within: '1h' }, heads: '60s', pending: '5m' }),
  detector({
    kind: 'own',
    reads: { read },
    start: { last: 0n },
    step: (state, now) => ({ state: now.read === state.last ? state : { last: now.read } }),
  }),
])('the state of $kind', (watch) => {
  const subject = built(watch, scope)
  const all = (value: Told) => subject.needs(subject.start).reads.map((probe) => [probe, value] as const)
  const values: readonly Told[] = [1_000n, 1_000n, 900n, 'reverts', 2_000n, 0n, 2n ** 256n - 1n, 3n]
  const history = values.map((value, i) => block(all(value), { at: 1_000 + 12 * i }))

  test('is the same object after a block in which nothing changed', () => {
    for (const value of [1_000n, 0n] as const) {
      const once = subject.step(subject.start, block(all(value), { at: 1_000 })).state
      expect(subject.step(once, block(all(value), { at: 1_012 })).state).toBe(once)
    }
  })

  test('is never touched by waiting transactions and the clock, nor changed in place', () => {
    let state = subject.start
    for (const moment of history) {
      const copy = structuredClone(state)
      expect(subject.step(state, pending(all(5n), { at: 1_200 })).state).toBe(state)
      expect(subject.step(state, pending(all('reverts'), { at: 1_200 })).state).toBe(state)
      expect(subject.step(state, tick(1e9, 1e9)).state).toBe(state)
      const next = subject.step(state, moment).state
      expect(state).toEqual(copy)
      state = next
    }
  })

  test('is plain data: a saved copy goes on exactly as the original', () => {
    let [state, saved] = [subject.start, structuredClone(subject.start)]
    for (const moment of history) {
      const [one, two] = [subject.step(state, moment), subject.step(structuredClone(saved), moment)]
      expect(two).toEqual(one)
      state = one.state
      saved = two.state
    }
  })

  test('asks for the same things every time, so that the request is put together once', () => {
    expect(subject.needs(subject.step(subject.start, block(all(1n))).state)).toBe(subject.needs(subject.start))
  })
})

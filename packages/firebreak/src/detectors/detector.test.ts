// A user's own detector: typed values, defaults, and the same care with state as the built-in ones.
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  at,
  block,
  built,
  chain,
  faultPaths,
  follow,
  pending,
  scopeOf,
  someone,
  tick,
  transferLog,
  txHash,
  uintRead,
} from '../../test/support/moments.ts'
import type { EventRef } from '../model/call.ts'
import { detector } from './detector.ts'

const pool = someone(1)
const scope = scopeOf()
const total = uintRead(pool, 'total')
const probe = scope.read(total)
const transfers: EventRef<{ from: `0x${string}`; to: `0x${string}`; value: bigint }> = {
  kind: 'event',
  chain,
  address: pool,
  event: {
    type: 'event',
    name: 'Transfer',
    inputs: [
      { name: 'from', type: 'address', indexed: true },
      { name: 'to', type: 'address', indexed: true },
      { name: 'value', type: 'uint256' },
    ],
  },
}
const heard = (...values: readonly bigint[]) =>
  new Map([[scope.event(transfers).key, values.map((value, i) => transferLog(pool, pool, someone(5), value, i))]])

const watch = detector({
  kind: 'jump',
  reads: { total },
  logs: { transfers },
  start: 0n,
  step: (before, now, moment) => {
    expectTypeOf(before).toEqualTypeOf<bigint>()
    expectTypeOf(now.total).toEqualTypeOf<bigint>()
    expectTypeOf(now.transfers[0]?.args.value).toEqualTypeOf<bigint | undefined>()
    expectTypeOf(moment.kind).toEqualTypeOf<'block' | 'pending'>()
    const moved = now.transfers.reduce((sum, { args }) => sum + args.value, 0n)
    return { state: now.total, findings: moved > before ? [{ likelihood: 0.4, summary: `moved ${moved}` }] : [] }
  },
})

describe('a detector of one’s own', () => {
  test('gets its reads and events by name, and has the rest of its finding filled in', () => {
    const { see, state } = follow(built(watch, scope))
    expect(see(block([[probe, 10n]], { logs: heard() }))).toEqual([])
    expect(see(block([[probe, 20n]], { txs: [4], touches: [pool], logs: heard(7n, 4n) }))).toEqual([
      { subjects: [pool], likelihood: 0.4, weight: 'verdict', summary: 'moved 11', evidence: {}, loss: [], culprits: [txHash(4)] },
    ])
    const before = state()
    expect(see(pending([[probe, 1n]], { tx: 9, logs: heard(30n) }))).toMatchObject([{ culprits: [txHash(9)] }])
    expect(see(tick(1, 1))).toEqual([])
    expect(state()).toBe(before)
  })

  test('keeps the same state object while its own state stays the same', () => {
    const { see, state } = follow(built(watch, scope))
    see(block([[probe, 10n]]))
    const before = state()
    see(block([[probe, 10n]]))
    expect(state()).toBe(before)
  })

  test('is not called while a read fails, which is said once', () => {
    const { see } = follow(built(watch, scope))
    see(block([[probe, 10n]]))
    expect(see(block([[probe, 'reverts']]))).toMatchObject([{ weight: 'evidence' }])
    expect(see(block([[probe, 'reverts']]))).toEqual([])
    expect(see(block([[probe, 10n]], { logs: heard(11n) })).length).toBe(1)
  })

  test('keeps likelihoods between nothing and certainty, and fails on what is no number', () => {
    const saying = (likelihood: number) =>
      follow(
        built(
          detector({ kind: 'x', subjects: [at(pool)], start: 0, step: (state) => ({ state, findings: [{ likelihood, summary: '' }] }) }),
          scope,
        ),
      )
    expect(saying(7).see(block([]))).toMatchObject([{ likelihood: 1 }])
    expect(saying(-1).see(block([]))).toMatchObject([{ likelihood: 0 }])
    expect(() => saying(Number.NaN).see(block([]))).toThrow(TypeError)
  })

  test('reports every wrong option at once', () => {
    expect(faultPaths(detector({ kind: ' ', start: 0, step: (state) => ({ state }) }), scope)).toEqual(['reads', 'kind'])
    expect(
      faultPaths(detector({ kind: 'x', reads: { a: total }, logs: { a: transfers }, start: 0, step: (state) => ({ state }) }), scope),
    ).toEqual(['logs.a'])
  })
})

test('one that waits for its logs alone says so, and may not read', () => {
  const step = () => ({ state: 0 })
  expect(built(detector({ kind: 'burst', when: 'emitted', logs: { transfers }, start: 0, step }), scope).sleeps).toBe(true)
  expect(faultPaths(detector({ kind: 'burst', when: 'emitted', logs: { transfers }, reads: { total }, start: 0, step }), scope)).toEqual([
    'when',
  ])
  expect(faultPaths(detector({ kind: 'burst', when: 'emitted', reads: { total }, start: 0, step }), scope)).toEqual(['when'])
})

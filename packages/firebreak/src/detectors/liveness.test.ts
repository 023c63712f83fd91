// Silences: of heads, of waiting transactions, of a timestamp that nobody renews.
import { describe, expect, test } from 'vitest'
import { block, built, chain, faultPaths, follow, pending, scopeOf, someone, tick, uintRead } from '../../test/support/moments.ts'
import { liveness } from './liveness.ts'

const guardian = someone(1)
const scope = scopeOf([], { [guardian]: 'guardian' })
const lastBeat = uintRead(guardian, 'lastBeat')
const probe = scope.read(lastBeat)
const day = { read: lastBeat, within: '1d' } as const

describe('liveness', () => {
  test('speaks of heads and waiting transactions when the clock moves on', () => {
    const { see } = follow(built(liveness({ chain, heads: '60s', pending: '5m' }), scope))
    expect(see(tick(60_000, 300_000))).toEqual([])
    expect(see(tick(57_000, 285_000))).toEqual([])
    expect(see(tick(60_001, 0))).toMatchObject([
      { weight: 'evidence', likelihood: 0.3, evidence: { silent: 'heads' }, culprits: [], loss: [] },
    ])
    expect(see(tick(60_001, 300_001)).length).toBe(2)
    expect(see(tick(Number.POSITIVE_INFINITY, 0)).length).toBe(1)
  })

  test('speaks of a timestamp that nobody renews, at blocks only', () => {
    const { see } = follow(built(liveness({ of: day }), scope))
    expect(see(block([[probe, 1_000_000n]], { at: 1_000_000 + 86_400 }))).toEqual([])
    expect(see(block([[probe, 1_000_000n]], { at: 1_000_000 + 86_401 }))).toMatchObject([
      { weight: 'evidence', subjects: [guardian], evidence: { silent: 'read', age: 86_401n } },
    ])
    expect(see(pending([[probe, 0n]], { at: 2_000_000 }))).toEqual([])
    expect(see(tick(9e9, 9e9))).toEqual([])
    expect(see(block([[probe, 9_000_000n]], { at: 1_000_000 }))).toEqual([])
  })

  test('is a verdict only where the plan says so, and then grows surer', () => {
    const { see } = follow(built(liveness({ of: day, verdict: true }), scope))
    expect(see(block([[probe, 0n]], { at: 86_401 }))).toMatchObject([{ weight: 'verdict', likelihood: expect.closeTo(0.5, 3) }])
    expect(see(block([[probe, 0n]], { at: 200_000 }))).toMatchObject([{ likelihood: 0.95 }])
  })

  test('says once that it cannot be read', () => {
    const { see } = follow(built(liveness({ of: day }), scope))
    expect(see(block([[probe, 'reverts']]))).toMatchObject([{ weight: 'evidence', likelihood: 0.2 }])
    expect(see(block([[probe, 'reverts']]))).toEqual([])
    see(block([[probe, 1_000_000n]]))
    expect(see(block([[probe, 'reverts']])).length).toBe(1)
  })

  test('reads timestamps of any integer type', () => {
    const small = { ...lastBeat, fn: { ...lastBeat.fn, outputs: [{ type: 'uint40' }] } }
    const { see } = follow(built(liveness({ of: { read: small, within: '1d' } }), scope))
    expect(see(block([[scope.read(small), 0n]], { at: 90_000 })).length).toBe(1)
  })

  test('reports every wrong option at once', () => {
    expect(faultPaths(liveness({}), scope)).toEqual(['', 'chain'])
    // @ts-expect-error not durations
    expect(faultPaths(liveness({ of: { read: lastBeat, within: 'x' }, heads: '1', chain: 'other' }), scope)).toEqual([
      'of.within',
      'heads',
      'chain',
    ])
  })
})

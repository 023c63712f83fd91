// Backing over two chains: one side here, the other as it was last seen there, and how far apart in time the two may be.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  block,
  blockRef,
  built,
  chain,
  follow,
  pending,
  scopeOf,
  someone,
  token,
  txHash,
  uintRead,
  word,
} from '../../test/support/moments.ts'
import type { Answer } from '../model/chain.ts'
import type { Moment } from '../model/moment.ts'
import { backing } from './backing.ts'
import type { BackingOptions } from './backing.ts'

const wrapped = someone(1)
const vault = someone(2)
const usdc = token('usdc', someone(3), 6)
const far = { ...token('locked', someone(4), 8), chain: 'far' }
const scope = scopeOf([usdc, far], { [wrapped]: 'wrapped' })
const supply = uintRead(wrapped, 'totalSupply')
const one: BackingOptions = {
  supply: { read: supply, decimals: 18 },
  reserves: { asset: 'locked', heldBy: { address: vault, chain: 'far' } },
  asset: 'usdc',
  tolerates: '1%',
  lag: '2m',
}
const issued = scope.read(supply)
const watching = (options: Partial<BackingOptions> = {}) => follow(built(backing({ ...one, ...options }), scope))

describe('over two chains', () => {
  const locked = scope.balance(far, vault)
  const withFar = <moment extends Moment>(moment: moment, reserve: bigint | undefined, time: number): moment => {
    const answers = new Map<string, Answer>(
      reserve === undefined ? [] : [[locked.key, { ok: true, data: `0x${word(reserve * 10n ** 8n)}` }]],
    )
    return { ...moment, elsewhere: new Map([['far', { block: { ...blockRef(time), chain: 'far' }, answers }]]) }
  }
  const supplyOnly = (amount: bigint, time: number) => block([[issued, amount * 10n ** 18n]], { at: time })

  test('asks the other chain for its side, and this one for its own', () => {
    const detector = built(backing(one), scope)
    expect(detector.chain).toBe(chain)
    expect(detector.needs(detector.start).reads.map((probe) => probe.key)).toEqual([issued.key])
    expect(detector.elsewhere).toMatchObject([{ chain: 'far', reads: [{ key: locked.key }] }])
    const other = built(backing({ ...one, on: 'far' }), scope)
    expect(other.chain).toBe('far')
    expect(other.elsewhere).toMatchObject([{ chain, reads: [{ key: issued.key }] }])
    expect(other.subjects).toEqual([vault])
  })

  test('compares what was locked there with what was minted here', () => {
    const { see } = watching()
    expect(see(withFar(supplyOnly(1_000n, 1_000), 1_000n, 990))).toEqual([])
    const mint = withFar(pending([[issued, 2_000n * 10n ** 18n]], { at: 1_000, tx: 7 }), 1_000n, 990)
    expect(see(mint)).toMatchObject([{ weight: 'verdict', culprits: [txHash(7)], loss: [{ amount: 1_000_000_000n }] }])
    expect(see(withFar(supplyOnly(1_000n, 1_012), 500n, 1_010))).toMatchObject([{ weight: 'verdict' }])
  })

  test('says nothing before the other chain was heard of, and says once that it is too far behind', () => {
    const { see } = watching()
    expect(see(supplyOnly(1_000n, 1_000))).toEqual([])
    expect(see(withFar(supplyOnly(1_000n, 1_000), undefined, 1_000))).toEqual([])
    expect(see(withFar(supplyOnly(1_000n, 1_120), 1_000n, 1_000))).toEqual([])
    expect(see(withFar(supplyOnly(9_000n, 1_121), 1_000n, 1_000))).toMatchObject([{ weight: 'evidence', likelihood: 0.2, culprits: [] }])
    expect(see(withFar(supplyOnly(9_000n, 1_133), 1_000n, 1_000))).toEqual([])
    expect(see(withFar(supplyOnly(9_000n, 1_145), 1_000n, 1_140))).toMatchObject([{ weight: 'verdict' }])
  })

  test('a bridge that takes longer than the lag never looks like a gap, however the two views are shifted', () => {
    const lag = 120
    const event = fc.record({
      wait: fc.integer({ min: 1, max: 400 }),
      amount: fc.bigInt(1n, 50n),
      transit: fc.integer({ min: lag, max: 900 }),
    })
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 30 }),
        fc.array(fc.integer({ min: -lag, max: lag }), { minLength: 50, maxLength: 50 }),
        (events, skews) => {
          // Locked first and minted after the transit; burned first and released after it.
          const locks: [number, bigint][] = [[0, 1_000n]]
          const mints: [number, bigint][] = [[0, 1_000n]]
          let time = 1_000
          for (const [i, { wait, amount, transit }] of events.entries()) {
            time += wait
            const [first, then, sign] = i % 3 === 2 ? [mints, locks, -1n] : [locks, mints, 1n]
            first.push([time, sign * amount])
            then.push([time + transit, sign * amount])
          }
          const at = (moves: [number, bigint][], when: number) => moves.reduce((sum, [t, d]) => (t <= when ? sum + d : sum), 0n)
          const { see } = watching({ tolerates: '0' })
          for (const [i, skew] of skews.entries()) {
            const now = 1_000 + i * 200
            expect(see(withFar(supplyOnly(at(mints, now), now), at(locks, now + skew), now + skew))).toEqual([])
          }
        },
      ),
    )
  })
})

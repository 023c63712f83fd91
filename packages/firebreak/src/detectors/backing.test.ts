// Supply against reserves: at the bound, with differing decimals and rates, over two chains, with a grace that is never a licence.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  at,
  block,
  built,
  faultPaths,
  follow,
  pending,
  scopeOf,
  someone,
  token,
  transferLog,
  txHash,
  uintRead,
} from '../../test/support/moments.ts'
import type { Told } from '../../test/support/moments.ts'
import type { Probe, Read } from '../model/call.ts'
import { backing } from './backing.ts'
import type { BackingOptions } from './backing.ts'

const wrapped = someone(1)
const vault = someone(2)
const usdcToken = someone(3)
const usdc = token('usdc', usdcToken, 6)
const far = { ...token('locked', someone(4), 8), chain: 'far' }
const scope = scopeOf([usdc, far], { [wrapped]: 'wrapped' })
const supply = uintRead(wrapped, 'totalSupply')
const rate = uintRead(wrapped, 'rate')
const one: BackingOptions = {
  supply: { read: supply, decimals: 18 },
  reserves: { asset: 'usdc', heldBy: at(vault) },
  asset: 'usdc',
  tolerates: '1%',
}
const issued = scope.read(supply)
const held = scope.balance(usdc, vault)
const watching = (options: Partial<BackingOptions> = {}) => follow(built(backing({ ...one, ...options }), scope))
const told = (tokens: Told, reserve: Told): readonly (readonly [Probe, Told])[] => [
  [issued, typeof tokens === 'bigint' ? tokens * 10n ** 18n : tokens],
  [held, typeof reserve === 'bigint' ? reserve * 10n ** 6n : reserve],
]
const mined = (tokens: Told, reserve: Told, time: number) => block(told(tokens, reserve), { at: time })
const waiting = (tokens: Told, reserve: Told, time: number) => pending(told(tokens, reserve), { at: time, tx: 7 })

describe('a backing', () => {
  test('speaks when more is missing than is tolerated, and is silent at the bound and just below it', () => {
    for (const [reserve, count] of [
      [1_000n, 0],
      [991n, 0],
      [990n, 0],
      [989n, 1],
    ] as const) {
      expect(watching().see(mined(1_000n, reserve, 1_000)).length).toBe(count)
      const { see } = watching()
      see(mined(1_000n, 1_000n, 1_000))
      expect(see(waiting(1_000n, reserve, 1_000)).length).toBe(count)
    }
  })

  test('says the gap in tokens and in dollars, and loses it', () => {
    const { see } = watching()
    see(mined(1_000n, 1_000n, 1_000))
    expect(see(waiting(1_500n, 1_000n, 1_000))).toMatchObject([
      {
        weight: 'verdict',
        likelihood: 0.95,
        summary: '500 usdc ($500) (33.3333 % of the supply) behind wrapped is missing; 15 usdc ($15) may be',
        loss: [{ asset: 'usdc', amount: 500_000_000n }],
        culprits: [txHash(7)],
        evidence: { supply: 1_500_000_000n, reserves: 1_000_000_000n, missing: 500_000_000n },
      },
    ])
  })

  test('is 0.5 likely at the bound and 0.95 at twice the bound', () => {
    const { see } = watching({ tolerates: '10' })
    see(mined(1_000n, 1_000n, 1_000))
    expect(see(waiting(1_000n, 985n, 1_000))).toMatchObject([{ likelihood: 0.725 }])
    expect(see(waiting(1_000n, 980n, 1_000))).toMatchObject([{ likelihood: 0.95 }])
  })

  test("with '0' a single missing unit speaks", () => {
    const { see } = watching({ tolerates: '0' })
    expect(
      see(
        block(
          [
            [issued, 10n ** 12n],
            [held, 1n],
          ],
          { at: 1 },
        ),
      ),
    ).toEqual([])
    expect(
      see(
        block(
          [
            [issued, 10n ** 12n + 1n],
            [held, 1n],
          ],
          { at: 2 },
        ),
      ),
    ).toMatchObject([{ likelihood: 0.95, loss: [{ amount: 1n }] }])
  })

  test('names at first who minted or took out, then goes on saying it without naming anybody', () => {
    const { see } = watching()
    see(mined(1_000n, 1_000n, 1_000))
    const detector = built(backing(one), scope)
    const [mints, moves] = detector.needs(detector.start).logs
    if (!mints || !moves) throw new Error('no events')
    const zero = someone(0)
    const logs = new Map([
      [mints.key, [transferLog(wrapped, zero, someone(9), 300n * 10n ** 18n, 11), transferLog(wrapped, zero, someone(8), 1n, 12)]],
      [moves.key, [transferLog(usdcToken, vault, someone(9), 200n * 10n ** 6n, 13), transferLog(usdcToken, someone(5), vault, 5n, 14)]],
    ])
    expect(see(block(told(1_300n, 800n), { at: 1_012, logs }))).toMatchObject([{ culprits: [txHash(11), txHash(13)] }])
    expect(see(mined(1_300n, 800n, 1_024))).toMatchObject([{ weight: 'verdict', culprits: [] }])
    // A user who mints with backing while the gap stands has done nothing.
    expect(see(waiting(1_310n, 810n, 1_024))).toEqual([])
    expect(see(mined(1_300n, 1_300n, 1_036))).toEqual([])
  })

  test('a gap that was there when the watch began is said, and nobody is named', () => {
    expect(watching().see(block(told(1_000n, 500n), { at: 1_000, txs: [3], touches: [vault] }))).toMatchObject([{ culprits: [] }])
  })

  test('more reserves than supply, and nothing issued at all, are fine', () => {
    const { see } = watching({ tolerates: '0' })
    expect(see(mined(0n, 0n, 1_000))).toEqual([])
    expect(see(mined(0n, 10n, 1_012))).toEqual([])
    expect(see(mined(10n, 1_000n, 1_024))).toEqual([])
  })

  test('a mint whose backing arrives some blocks later is waited for, up to an amount', () => {
    const grace = { for: '5m', upTo: '20%' } as const
    const { see } = watching({ grace })
    see(mined(1_000n, 1_000n, 1_000))
    expect(see(waiting(1_100n, 1_000n, 1_000))).toEqual([])
    expect(see(mined(1_100n, 1_000n, 1_012))).toMatchObject([{ weight: 'evidence', likelihood: 0.3, loss: [] }])
    expect(see(mined(1_100n, 1_000n, 1_024))).toEqual([])
    expect(see(mined(1_100n, 1_100n, 1_299))).toEqual([])
    // The next one has the whole grace again, and this one does not come.
    see(mined(1_200n, 1_100n, 1_400))
    expect(see(mined(1_200n, 1_100n, 1_699))).toEqual([])
    expect(see(mined(1_200n, 1_100n, 1_700))).toMatchObject([{ weight: 'verdict', evidence: { since: 1_400 }, culprits: [] }])
  })

  test('the grace covers nothing beyond its amount, in one step or in many', () => {
    const grace = { for: '1h', upTo: '20%' } as const
    const { see } = watching({ grace })
    see(mined(1_000n, 1_000n, 1_000))
    expect(see(waiting(1_400n, 1_000n, 1_000))).toMatchObject([{ weight: 'verdict' }])
    see(mined(1_200n, 1_000n, 1_012))
    expect(see(waiting(1_300n, 1_000n, 1_012))).toMatchObject([{ weight: 'verdict' }])
    expect(see(mined(1_300n, 1_000n, 1_024))).toMatchObject([{ weight: 'verdict' }])
  })

  test('counts a receipt token at its rate', () => {
    const options: Partial<BackingOptions> = { supply: { read: supply, decimals: 8, rate: { read: rate, decimals: 27 } }, tolerates: '0' }
    const { see } = watching(options)
    const priced = scope.read(rate)
    const answers = (shares: bigint, ray: bigint, units: bigint) => [
      [issued, shares] as const,
      [priced, ray] as const,
      [held, units] as const,
    ]
    // 100 shares at 1.05 are 105 usdc.
    expect(see(block(answers(100n * 10n ** 8n, 105n * 10n ** 25n, 105_000_000n), { at: 1 }))).toEqual([])
    expect(see(block(answers(100n * 10n ** 8n, 105n * 10n ** 25n + 1n, 105_000_000n), { at: 2 }))).toMatchObject([
      { loss: [{ asset: 'usdc', amount: 1n }] },
    ])
  })

  test('several parts of one side add up, and a read that fails is said once', () => {
    const other = uintRead(someone(6), 'queued')
    const { see } = watching({
      reserves: [
        { asset: 'usdc', heldBy: at(vault) },
        { read: other, decimals: 6 },
      ],
    })
    const queued = scope.read(other)
    const both = (units: Told, time: number) => block([...told(1_000n, 600n), [queued, units]], { at: time })
    expect(see(both(400_000_000n, 1_000))).toEqual([])
    expect(see(both('reverts', 1_012))).toMatchObject([{ weight: 'evidence', likelihood: 0.2 }])
    expect(see(both('reverts', 1_024))).toEqual([])
    expect(see(both(300_000_000n, 1_036))).toMatchObject([{ weight: 'verdict', loss: [{ amount: 100_000_000n }] }])
  })

  test('is exact in all decimals: it speaks if and only if the fractions say so', () => {
    const places = fc.integer({ min: 0, max: 36 })
    fc.assert(
      fc.property(places, places, fc.bigInt(0n, 2n ** 160n), fc.bigInt(0n, 2n ** 160n), fc.bigInt(1n, 999_999n), (a, b, x, y, ppm) => {
        const percent = `${ppm / 10_000n}.${(ppm % 10_000n).toString().padStart(4, '0')}%` as const
        const read = uintRead(someone(6), 'reserve')
        const { see } = watching({
          supply: { read: supply, decimals: a },
          reserves: { read, decimals: b },
          tolerates: percent as `${number}%`,
        })
        const said = see(
          block(
            [
              [issued, x],
              [scope.read(read), y],
            ],
            { at: 1 },
          ),
        )
        // x / 10^a − y / 10^b > x / 10^a × ppm / 10^6, by cross-multiplication.
        const speaks = x * 10n ** BigInt(b) * (1_000_000n - ppm) > y * 10n ** BigInt(a) * 1_000_000n
        expect(said.length).toBe(speaks ? 1 : 0)
      }),
    )
  })

  test('ordinary mints and redemptions within the bound are silent for ever', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(1n, 100_000n), fc.bigInt(0n, 90n)), { maxLength: 100 }), (steps) => {
        const { see } = watching({ tolerates: '1%' })
        // Up to 0.9 % is missing at any time.
        for (const [i, [amount, missing]] of steps.entries()) {
          const reserve = amount * 10_000n - amount * missing
          expect(see(mined(amount * 10_000n, reserve, 1_000 + 12 * i))).toEqual([])
        }
      }),
    )
  })

  test('reports every wrong option at once', () => {
    expect(
      faultPaths(backing({ ...one, asset: 'dai', tolerates: 'much' as '1', grace: { for: 'soon' as '1m', upTo: '0%' } }), scope),
    ).toEqual(['asset', 'tolerates', 'grace.for', 'grace.upTo'])
    expect(
      faultPaths(
        backing({
          ...one,
          reserves: [
            { asset: 'dai', heldBy: at(vault) },
            { asset: 'locked', heldBy: at(vault) },
          ],
        }),
        scope,
      ),
    ).toEqual(['reserves[0].asset', 'reserves[1].heldBy'])
    expect(faultPaths(backing({ ...one, supply: { read: supply, decimals: 1.5 }, reserves: [] }), scope)).toEqual([
      'supply.decimals',
      'reserves',
    ])
    expect(faultPaths(backing({ ...one, on: 'moon' }), scope)).toEqual(['on'])
    expect(faultPaths(backing({ ...one, reserves: { asset: 'locked', heldBy: { address: vault, chain: 'far' } } }), scope)).toEqual(['lag'])
  })
})

test('a rate on another chain than what it values is refused', () => {
  const elsewhere: Read<bigint> = { ...rate, chain: 'far' }
  expect(faultPaths(backing({ ...one, supply: { read: supply, decimals: 18, rate: { read: elsewhere, decimals: 18 } } }), scope)).toEqual([
    'supply.rate.read',
  ])
})

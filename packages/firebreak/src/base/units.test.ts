import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dollars, durationMs, frequency, hourlyCost, sharePpm, tokens } from './units.ts'

describe('units', () => {
  it('are read as people write them', () => {
    expect([durationMs('90s'), durationMs('10m'), durationMs('1.5h'), durationMs('2d')]).toEqual([90_000, 600_000, 5_400_000, 172_800_000])
    expect([sharePpm('5%'), sharePpm('0.25%'), sharePpm('0.0001%'), sharePpm('100%')]).toEqual([50_000n, 2_500n, 1n, 1_000_000n])
    expect([dollars('$1,200.50'), dollars('$0.9998'), hourlyCost('$500/h')]).toEqual([
      12005n * 10n ** 17n,
      9998n * 10n ** 14n,
      500n * 10n ** 18n,
    ])
    expect([frequency('2/day'), frequency('10/week')]).toEqual([
      { count: 2, perMs: 86_400_000 },
      { count: 10, perMs: 604_800_000 },
    ])
    expect([tokens('1,250.5', 6), tokens('0.05', 18), tokens('3', 0)]).toEqual([1_250_500_000n, 5n * 10n ** 16n, 3n])
  })

  it.each(['', '5', 'm', '-5m', '0m', '5 m', '5min', '1e3s', '5m '])('%o is no duration', (text) =>
    expect(durationMs(text)).toBeUndefined(),
  )
  it.each(['', '5', '%', '-5%', '5 %', '0.00001%', '5%%'])('%o is no share', (text) => expect(sharePpm(text)).toBeUndefined())
  it.each(['', '5', '$', '$-5', '$ 5', '$.5', '$5/h', '$1.0000000000000000001'])('%o is no amount of dollars', (text) =>
    expect(dollars(text)).toBeUndefined(),
  )
  it.each(['', '2', '2/', '/day', '0/day', '2/month', '1.5/day'])('%o is no frequency', (text) => expect(frequency(text)).toBeUndefined())
  it.each(['$5', '$5/d', '5/h', '/h'])('%o is no cost per hour', (text) => expect(hourlyCost(text)).toBeUndefined())

  it('keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.integer({ min: 0, max: 36 }), (amount, decimals) => {
        const digits = amount.toString().padStart(decimals + 1, '0')
        const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
        expect(tokens(text, decimals)).toBe(amount)
        if (decimals > 0) expect(tokens(`${text}1`, decimals)).toBeUndefined()
      }),
    )
  })
})

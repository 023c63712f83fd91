import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef } from '../../test/support/moments.ts'
import { bumped, capWei, feesFor, ladder, outdoing, tipAbove } from './fees.ts'

const wei = fc.bigInt({ min: 0n, max: 10n ** 15n })
const headAt = (baseFee: bigint) => ({ ...blockRef(1), baseFee })
const money = fc.bigInt({ min: 0n, max: 10n ** 24n })

describe('the ladder', () => {
  test('rises from rung to rung', () => {
    for (const [i, rung] of ladder.entries()) expect(rung).toBeGreaterThan(i === 0 ? 0n : (ladder[i - 1] ?? 0n))
  })

  test("gives the first rung that beats the attacker's tip by an eighth, and the exact figure above the last", () => {
    fc.assert(
      fc.property(wei, (tip) => {
        const ours = tipAbove(tip)
        expect(ours * 8n).toBeGreaterThan(tip * 9n)
        const lower = ladder.filter((rung) => rung < ours)
        for (const rung of lower) expect(rung * 8n).toBeLessThanOrEqual(tip * 9n + 8n)
        if (tip * 9n < (ladder.at(-1) ?? 0n) * 8n - 8n) expect(ladder).toContain(ours)
      }),
    )
  })
})

test("fees clear the base fee of five full blocks in a row, and the attacker's own cap", () => {
  fc.assert(
    fc.property(wei, wei, wei, (baseFee, tip, feeToBeat) => {
      const fees = feesFor(tip, headAt(baseFee), feeToBeat)
      expect(fees.maxTip).toBe(tip)
      expect(fees.maxFee).toBeGreaterThanOrEqual((baseFee * 9n ** 5n) / 8n ** 5n + tip)
      expect(fees.maxFee).toBeGreaterThan(feeToBeat > 0n ? feeToBeat : -1n)
    }),
  )
})

test('a replacement raises both fees by at least a tenth, whatever they were, and clears the base fee of now', () => {
  fc.assert(
    fc.property(wei, wei, wei, (maxFee, maxTip, baseFee) => {
      const next = bumped({ maxFee, maxTip }, headAt(baseFee))
      expect(next.maxFee * 10n).toBeGreaterThan(maxFee * 11n - 1n)
      expect(next.maxTip * 10n).toBeGreaterThan(maxTip * 11n - 1n)
      expect(next.maxFee).toBeGreaterThan(maxFee)
      expect(next.maxTip).toBeGreaterThan(maxTip)
      expect(next.maxFee).toBeGreaterThanOrEqual(baseFee * 2n + next.maxTip)
    }),
  )
})

describe('the cap', () => {
  test('never touches the reserve, and is never more than the share of what is saved', () => {
    fc.assert(
      fc.property(
        money,
        fc.integer({ min: 0, max: 10_000 }),
        fc.option(money, { nil: undefined }),
        money,
        money,
        (saves, shareBps, coinPrice, balance, reserve) => {
          const cap = capWei(saves, shareBps, coinPrice, balance, reserve)
          expect(cap).toBeGreaterThanOrEqual(0n)
          expect(cap === 0n || cap + reserve <= balance).toBe(true)
          if (coinPrice !== undefined && coinPrice > 0n && saves > 0n)
            expect(cap * coinPrice * 10_000n).toBeLessThanOrEqual(saves * BigInt(shareBps) * 10n ** 18n)
        },
      ),
    )
  })

  test('is what the key can spare where the coin has no price or a person asked', () => {
    expect(capWei(10n ** 18n, 100, undefined, 10n, 3n)).toBe(7n)
    expect(capWei(0n, 100, 10n ** 18n, 10n, 3n)).toBe(7n)
    expect(capWei(0n, 100, 10n ** 18n, 3n, 10n)).toBe(0n)
  })
})

test('a replacement is accepted by nodes and ahead of whoever pays more meanwhile', () => {
  fc.assert(
    fc.property(wei, wei, wei, wei, wei, (maxFee, maxTip, baseFee, tipToBeat, feeToBeat) => {
      const [last, head] = [{ maxFee, maxTip }, headAt(baseFee)]
      const next = outdoing(last, head, tipToBeat, feeToBeat)
      const least = bumped(last, head)
      expect(next.maxFee >= least.maxFee && next.maxTip >= least.maxTip).toBe(true)
      expect(next.maxTip * 8n).toBeGreaterThan(tipToBeat * 9n)
      expect(next.maxFee >= next.maxTip && next.maxFee > (feeToBeat > 0n ? feeToBeat : -1n)).toBe(true)
    }),
  )
})

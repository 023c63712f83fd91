import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coinsText } from '../base/coins.ts'
import type { BlockRef } from '../model/chain.ts'
import { costOfPull, feeCeiling, gasLimitOf, spendable } from './gas.ts'

const head = (baseFee: bigint, gasUsed = 15_000_000n): BlockRef => ({
  chain: 'local',
  number: 1n,
  hash: '0x01',
  parent: '0x00',
  timestamp: 1n,
  baseFee,
  gasLimit: 30_000_000n,
  gasUsed,
  feeRecipient: '0x0000000000000000000000000000000000000000',
  prevRandao: '0x00',
})
const wei = fc.bigInt(0n, 10n ** 24n)

test('a limit is twice what was used and never under 100,000', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 8n), (used) => {
      expect(gasLimitOf(used)).toBe(used < 50_000n ? 100_000n : used * 2n)
    }),
  )
})

test('more gas and a higher base fee never make a pull cheaper', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt(21_000n, 10n ** 7n), { minLength: 1 }), fc.bigInt(0n, 10n ** 12n), (limits, fee) => {
      expect(costOfPull([...limits, 21_000n], head(fee))).toBeGreaterThan(costOfPull(limits, head(fee)))
      expect(costOfPull(limits, head(fee), 10n)).toBeGreaterThanOrEqual(costOfPull(limits, head(fee)))
    }),
  )
})

test('the reserve is never spent', () => {
  fc.assert(
    fc.property(wei, wei, (balance, reserve) => {
      expect(spendable(balance, reserve)).toBe(balance > reserve ? balance - reserve : 0n)
    }),
  )
})

test('the ceiling covers the base fee after so many full blocks', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 1, max: 5 }), (fee, blocks) => {
      let worst = fee
      for (let i = 0; i < blocks; i++) worst = costOfPull([1n], head(worst, 30_000_000n)) - costOfPull([1n], head(0n, 0n))
      expect(feeCeiling(head(fee), blocks)).toBeGreaterThanOrEqual(worst)
    }),
  )
})

test('coins are written without a cut that lies', () => {
  expect([0n, 1n, 10n ** 12n, 10n ** 18n, 12_340_000n * 10n ** 12n, 100n * 10n ** 18n].map(coinsText)).toEqual([
    '0',
    'under 0.000001',
    '0.000001',
    '1',
    '12.34',
    '100',
  ])
})

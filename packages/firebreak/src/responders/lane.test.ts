import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attempt, Intent } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Signer } from './authorities/key.ts'
import { freeNonces, laneOf, outbidding, settleAt, spend, type Lane } from './lane.ts'
import type { Presigned } from './presigned.ts'

const signer: Signer = { address: '0xA000000000000000000000000000000000000001', sign: () => Promise.reject(new Error('not here')) }
const forms: Presigned = { take: () => undefined, prepare: () => Promise.resolve() }
const head: BlockRef = {
  chain: 'local',
  number: 1n,
  hash: '0x01',
  parent: '0x00',
  timestamp: 0n,
  baseFee: 10n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  feeRecipient: signer.address,
  prevRandao: '0x00',
}
const attempt = (maxFee: bigint, maxTip: bigint): Attempt => ({ hash: '0x02', raw: '0x03', maxFee, maxTip })
const intentAt = (nonce: bigint, key = signer.address): Intent => ({
  id: `d#1.0.${nonce}`,
  desire: 'd',
  brake: 'pause',
  call: 0,
  chain: 'local',
  key,
  nonce,
  attempts: [attempt(100n, 50n)],
})
const lane = (nonce: bigint, past: readonly Intent[] = []): Lane => laneOf(signer, forms, { nonce, balance: 1n }, past)

test('an effect that was given up leaves no gap behind', () => {
  // Nonce 5 was signed in an earlier life and never mined; nobody wants it any more.
  expect(freeNonces(lane(5n, [intentAt(5n)]), [], 2)).toEqual([5n, 6n])
})

test('nonces of live effects and of those being signed are taken', () => {
  const one = lane(5n)
  one.reserved.add(6n)
  expect(freeNonces(one, [intentAt(5n), intentAt(8n)], 3)).toEqual([7n, 9n, 10n])
  expect(freeNonces(one, [intentAt(5n, '0xB000000000000000000000000000000000000002')], 1)).toEqual([5n])
})

test('after a reorg the nonce that came back is used again', () => {
  const one = lane(7n)
  settleAt(one, { nonce: 6n, balance: 2n })
  expect(freeNonces(one, [], 1)).toEqual([6n])
  expect(freeNonces(one, [intentAt(6n)], 1)).toEqual([7n])
})

test('whatever takes the nonce of an older form outbids it by more than a tenth, on both fees', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10n ** 12n), fc.bigInt(1n, 10n ** 12n), fc.bigInt(1n, 10n ** 12n), (before, tip, wanted) => {
      const one = lane(0n)
      spend(one, { ...intentAt(3n), attempts: [attempt(before + tip, tip)] })
      const fees = outbidding(one, 3n, { maxFee: wanted + 1n, maxTip: 1n }, head)
      expect(fees.maxFee * 10n).toBeGreaterThanOrEqual((before + tip) * 11n)
      expect(fees.maxTip * 10n).toBeGreaterThanOrEqual(tip * 11n)
      expect(outbidding(one, 4n, { maxFee: wanted, maxTip: 1n }, head)).toEqual({ maxFee: wanted, maxTip: 1n })
    }),
  )
})

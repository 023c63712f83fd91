import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterArming, disarmedOf, isDisarmed, nothingDisarmed, type ArmingOrder } from './arming.ts'

const after = (...orders: readonly ArmingOrder[]) => orders.reduce(afterArming, nothingDisarmed)
const brakes = ['pause', 'freeze', 'cap']

test('one brake, all of them, and all but one', () => {
  expect(disarmedOf(after(), brakes)).toEqual([])
  expect(disarmedOf(after({ order: 'disarm', brake: 'freeze' }), brakes)).toEqual(['freeze'])
  expect(disarmedOf(after({ order: 'disarm', brake: undefined }), brakes)).toEqual(brakes)
  expect(disarmedOf(after({ order: 'disarm', brake: undefined }, { order: 'arm', brake: 'cap' }), brakes)).toEqual(['pause', 'freeze'])
})

test('a brake that did not exist when everything was disarmed is disarmed, too', () => {
  expect(isDisarmed(after({ order: 'disarm', brake: undefined }), 'added later')).toBe(true)
})

test('the last order about a brake is what counts, whatever came before', () => {
  const order = fc.record({
    order: fc.constantFrom('disarm' as const, 'arm' as const),
    brake: fc.option(fc.constantFrom(...brakes), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(order), fc.constantFrom(...brakes), (orders, brake) => {
      const last = orders.findLast((one) => one.brake === undefined || one.brake === brake)
      expect(isDisarmed(after(...orders), brake)).toBe(last?.order === 'disarm')
    }),
  )
})

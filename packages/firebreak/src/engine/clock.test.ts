import fc from 'fast-check'
import { expect, test } from 'vitest'
import { steady } from './clock.ts'

test('goes on from where it was when the given clock is set back', () => {
  let given = 1_000
  const now = steady(() => given)
  given = 1_500
  expect(now()).toBe(1_500)
  given = 100
  expect(now()).toBe(1_500)
  given = 160
  expect(now()).toBe(1_560)
})

test('never goes back, and counts every step forward', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1 }), (said) => {
      let given = said[0] ?? 0
      const now = steady(() => given)
      let [last, before] = [now(), given]
      for (given of said) {
        const at = now()
        expect(at - last).toBe(Math.max(0, given - before))
        ;[last, before] = [at, given]
      }
    }),
  )
})

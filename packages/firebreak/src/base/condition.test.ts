import { expect, test } from 'vitest'
import { probe, told } from '../../test/support/toy.ts'
import type { Wanted } from '../model/brake.ts'
import { conditionHolds } from './condition.ts'

const holds = (wanted: Wanted, value: bigint | undefined) => conditionHolds({ probe: probe('cap'), wanted }, told({ cap: value }))

test('a condition holds when the read says so', () => {
  expect(holds({ kind: 'is', value: 5n }, 5n)).toBe(true)
  expect(holds({ kind: 'is', value: 5n }, 4n)).toBe(false)
  expect(holds({ kind: 'atMost', value: 5n }, 5n)).toBe(true)
  expect(holds({ kind: 'atMost', value: 5n }, 6n)).toBe(false)
  expect(holds({ kind: 'atLeast', value: 5n }, 5n)).toBe(true)
  expect(holds({ kind: 'atLeast', value: 5n }, 4n)).toBe(false)
})

test('a read that failed, or was not asked, is no answer', () => {
  expect(holds({ kind: 'is', value: 0n }, undefined)).toBeUndefined()
  expect(conditionHolds({ probe: probe('cap'), wanted: { kind: 'is', value: 0n } }, told({}))).toBeUndefined()
})

test('numbers compare with bigints, and what is no number is neither more nor less', () => {
  const answers = (value: unknown) => ({ ...probe('cap'), of: () => ({ ok: true as const, value }) })
  expect(conditionHolds({ probe: answers(3), wanted: { kind: 'atMost', value: 5n } }, told({}))).toBe(true)
  expect(conditionHolds({ probe: answers(3), wanted: { kind: 'is', value: 3n } }, told({}))).toBe(true)
  expect(conditionHolds({ probe: answers('3'), wanted: { kind: 'atMost', value: 5n } }, told({}))).toBeUndefined()
  expect(conditionHolds({ probe: answers(true), wanted: { kind: 'is', value: true } }, told({}))).toBe(true)
})

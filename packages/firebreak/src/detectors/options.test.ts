// How options are read, and how amounts, shares and times are said.
import { expect, test } from 'vitest'
import { uintRead, someone } from '../../test/support/moments.ts'
import type { Fault } from '../model/errors.ts'
import { duration, percent, readText, seconds, share, units } from './options.ts'

test('amounts, shares and times are said as people write them', () => {
  expect([units(1_234_567_890n, 6), units(5n, 0), units(1n, 18), units(-1_500n, 3), units(10n ** 24n, 18)]).toEqual([
    '1,234.56789',
    '5',
    '0',
    '-1.5',
    '1,000,000',
  ])
  expect([percent(12_500n), percent(1_000_000n), percent(1n), percent(-30_000n)]).toEqual(['1.25 %', '100 %', '0.0001 %', '-3 %'])
  expect([duration(0), duration(59), duration(5_400), duration(90_061)]).toEqual(['0 s', '59 s', '1 h 30 m', '1 d 1 h'])
})

test('reads are told apart by every argument, structs included', () => {
  const read = uintRead(someone(1), 'balance')
  const texts = [[], [1n], [{ id: 1n }], [{ id: 2n }], [[1n, 2n]]].map((args) => readText({ ...read, args }))
  expect(new Set(texts).size).toBe(texts.length)
})

test('wrong units are faults with a mend, never a number', () => {
  const faults: Fault[] = []
  seconds(faults, 'window', '10 minutes')
  seconds(faults, 'window', '0.5s')
  share(faults, 'above', '5')
  share(faults, 'above', '0%')
  share(faults, 'above', '100%')
  expect(faults.map((fault) => [fault.path, fault.mend.length > 0])).toEqual([
    ['window', true],
    ['window', true],
    ['above', true],
    ['above', true],
    ['above', true],
  ])
})

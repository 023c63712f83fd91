import { expect, test } from 'vitest'
import type { Desire, DesireStatus } from '../model/brake.ts'
import type { Incident } from '../model/incident.ts'
import { statusOf } from './lifecycle.ts'

const incident = { id: 'inc-1', status: 'open', lastSignalAt: 1_000 } as unknown as Incident
const desire = (status: DesireStatus, of = 'inc-1') => ({ incident: of, status }) as unknown as Desire
const quietMs = 600
const at = (now: number, ...desires: readonly Desire[]) => statusOf(incident, desires, now, quietMs)

test('an incident is being contained while a brake is wanted, and contained when all that are wanted hold', () => {
  expect(at(1_000, desire('wanted'))).toBe('containing')
  expect(at(1_000, desire('holding'), desire('wanted'))).toBe('containing')
  expect(at(1_000, desire('holding'))).toBe('contained')
})

test('a reorg that takes a brake back opens the containment again', () => {
  expect(statusOf({ ...incident, status: 'contained' }, [desire('wanted')], 1_000, quietMs)).toBe('containing')
})

test('an incident without a brake closes after the quiet time, one that a brake holds does not', () => {
  expect(at(1_599)).toBe('open')
  expect(at(1_600)).toBe('closed')
  expect(at(1_600, desire('ended'), desire('exhausted'), desire('released'))).toBe('closed')
  expect(at(10 ** 9, desire('holding'))).toBe('contained')
})

test('an incident stays open as long as people are asked about one of its brakes', () => {
  const asked = { ...desire('wanted'), asks: true } as Desire
  expect(at(10 ** 9, asked)).toBe('open')
  expect(at(10 ** 9, { ...asked, status: 'ended' })).toBe('closed')
})

test('brakes of other incidents say nothing, and what is over stays over', () => {
  expect(at(1_000, desire('wanted', 'inc-2'))).toBe('open')
  for (const status of ['closed', 'merged'] as const)
    expect(statusOf({ ...incident, status }, [desire('wanted')], 1_000, quietMs)).toBe(status)
})

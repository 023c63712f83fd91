// Wishes end with the incidents that are remembered no more; what stands, and what people ordered, never does.
import { expect, test } from 'vitest'
import type { Desire, DesireStatus } from '../model/brake.ts'
import type { Incident } from '../model/incident.ts'
import { desiresOf, type Desires } from './desires.ts'

const desire = (id: string, incident: string | undefined, status: DesireStatus): Desire => ({
  id,
  brake: 'pause',
  chain: 'local',
  authority: 'guardian',
  incident,
  owner: 'team',
  since: 0,
  until: 10_000,
  pulls: 1,
  status,
  saves: 0n,
  tipToBeat: 0n,
  feeToBeat: 0n,
})

const keep = (...past: readonly Desire[]): Desires =>
  desiresOf(past, {
    remember: (one, at) => ({ kind: 'release', at, body: { desire: one.id } }),
    released: () => [],
    settle: () => [],
  })

test('what is over goes with its incident', () => {
  const desires = keep(
    desire('old', 'inc-3', 'released'),
    desire('newest', 'inc-399', 'ended'),
    desire('standing', 'inc-4', 'holding'),
    desire('ordered', undefined, 'ended'),
  )
  desires.forget([{ id: 'inc-399' } as Incident])
  expect(desires.all().map((one) => one.id)).toEqual(['newest', 'standing', 'ordered'])
})

test('a new wish ends when our clock and the chain agree that its time is over', () => {
  const desires = keep()
  desires.want(desire('fresh', undefined, 'wanted'), 0)
  expect(desires.expire(1, 100n)).toEqual([])
  expect(desires.expire(10_000, 109n)).toEqual([])
  expect(desires.expire(9_999, 110n)).toEqual([])
  expect(desires.expire(10_000, 110n).map((one) => one.kind)).toEqual(['record', 'unwant'])
  expect(desires.live()).toEqual([])
})

test('a pull takes the place of a release that is under way, not of another pull', () => {
  const desires = keep({ ...desire('undo', undefined, 'wanted'), does: 'undo' }, desire('pull', undefined, 'wanted'))
  desires.endReleases('pause', 1)
  expect(desires.live().map((one) => one.id)).toEqual(['pull'])
})

// Old incidents are forgotten; living ones never are.
import { expect, test } from 'vitest'
import type { Incident, IncidentStatus } from '../model/incident.ts'
import { recent } from './recent.ts'

const incident = (n: number, status: IncidentStatus): Incident => ({
  id: `inc-${n}`,
  chain: 'local',
  status,
  openedAt: n,
  lastSignalAt: n,
  firstBlock: { number: 1n, hash: '0x01' },
  lastBlock: { number: 1n, hash: '0x01' },
  signals: [],
  verdicts: {},
  evidence: {},
  confidence: 0,
  subjects: [],
  actors: [],
  culprits: [],
  mergedInto: undefined,
  prices: {},
  held: [],
  exposure: undefined,
  severity: 0n,
})

test('a few that are over stay, and the list with them', () => {
  const few = Array.from({ length: 150 }, (_, n) => incident(n, 'closed'))
  expect(recent(few)).toBe(few)
})

test('of many that are over the newest hundred stay, and every living one, in order', () => {
  const many = Array.from({ length: 400 }, (_, n) => incident(n, n % 8 === 0 ? 'contained' : n % 3 === 0 ? 'merged' : 'closed'))
  const kept = recent(many)
  expect(kept.filter((one) => one.status === 'contained')).toHaveLength(50)
  const finished = many.filter((one) => one.status !== 'contained')
  expect(kept.filter((one) => one.status !== 'contained')).toEqual(finished.slice(-100))
  expect(kept.map((one) => one.openedAt)).toEqual(kept.map((one) => one.openedAt).toSorted((a, b) => a - b))
})

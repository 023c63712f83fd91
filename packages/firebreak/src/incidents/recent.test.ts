// Old incidents are forgotten; living ones never are.
import { expect, test } from 'vitest'
import type { Desire, DesireStatus } from '../model/brake.ts'
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

const desire = (id: string, of: string | undefined, status: DesireStatus): readonly [string, Desire] => [
  id,
  {
    id,
    brake: 'pause',
    chain: 'local',
    authority: 'guardian',
    incident: of,
    owner: 'team',
    since: 0,
    until: 1,
    pulls: 1,
    status,
    saves: 0n,
    tipToBeat: 0n,
    feeToBeat: 0n,
  },
]

test('a few that are over stay, and the list with them', () => {
  const few = Array.from({ length: 150 }, (_, n) => incident(n, 'closed'))
  expect(recent(few, new Map())).toBe(few)
})

test('of many that are over the newest hundred stay, and every living one, in order', () => {
  const many = Array.from({ length: 400 }, (_, n) => incident(n, n % 8 === 0 ? 'contained' : n % 3 === 0 ? 'merged' : 'closed'))
  const desires = new Map([
    desire('old', 'inc-3', 'released'),
    desire('newest', 'inc-399', 'ended'),
    desire('standing', 'inc-4', 'holding'),
    desire('ordered', undefined, 'ended'),
  ])
  const kept = recent(many, desires)
  expect(kept.filter((one) => one.status === 'contained')).toHaveLength(50)
  expect([...desires.keys()]).toEqual(['newest', 'standing', 'ordered'])
  const finished = many.filter((one) => one.status !== 'contained')
  expect(kept.filter((one) => one.status !== 'contained')).toEqual(finished.slice(-100))
  expect(kept.map((one) => one.openedAt)).toEqual(kept.map((one) => one.openedAt).toSorted((a, b) => a - b))
})

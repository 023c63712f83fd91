import { expect, test } from 'vitest'
import { fakeClock } from '../../test/support/clock.ts'
import type { Receiver } from '../model/voice.ts'
import { escalation, type EscalationOptions } from './escalation.ts'
import type { Message } from './message.ts'

const place = { url: { kind: 'env', name: 'HOOK' }, secret: { kind: 'env', name: 'SECRET' } } as const
const receivers: readonly Receiver[] = [
  {
    ...place,
    name: 'onCall',
    from: 'incident',
    escalate: [
      { afterMs: 300_000, to: 'lead' },
      { afterMs: 900_000, to: 'everybody' },
    ],
  },
  { ...place, name: 'lead', from: 'proposal', escalate: [] },
  { ...place, name: 'everybody', from: 'proposal', escalate: [] },
]

const about = (topic: string, at: number, wants = true): Message => ({
  id: `${topic}@${at}`,
  kind: 'opened',
  level: 'incident',
  at,
  said: `Incident ${topic}.`,
  topic,
  wants,
  incident: topic,
  command: undefined,
  fields: {},
})

function set(clock = fakeClock(), more: Partial<EscalationOptions> = {}) {
  const told: string[] = []
  const one = escalation({
    receivers,
    clock,
    past: [],
    answered: [],
    tell: (to, message) => void told.push(`${to} ${message.id}`),
    onChange: () => {},
    ...more,
  })
  return { clock, one, told, start: clock.now() }
}

test('others are told, one step after the other, when nobody answers', async () => {
  const { clock, one, told, start } = set()
  one.told('onCall', about('inc-1', start))
  await clock.pass(299_000)
  expect(told).toEqual([])
  await clock.pass(2_000)
  expect(told).toEqual([`lead inc-1@${start}-e1`])
  await clock.pass(600_000)
  expect(told).toEqual([`lead inc-1@${start}-e1`, `everybody inc-1@${start}-e2`])
  await clock.pass(10 ** 7)
  expect(told).toHaveLength(2)
})

test('an answer ends it, for good; an incident that is over, too', async () => {
  const { clock, one, told, start } = set()
  one.told('onCall', about('inc-1', start))
  one.told('onCall', about('inc-2', start))
  one.told('onCall', about('inc-10', start))
  one.answer('inc-1')
  one.settle('inc-2')
  one.told('onCall', about('inc-1', start + 1))
  await clock.pass(301_000)
  // Names that only begin alike are another matter.
  expect(told).toEqual([`lead inc-10@${start}-e1`])
})

test('further messages about it show what is newest, and begin no time of their own', async () => {
  const { clock, one, told, start } = set()
  one.told('onCall', about('inc-1', start))
  await clock.pass(200_000)
  one.told('onCall', about('inc-1', start + 200_000))
  await clock.pass(101_000)
  expect(told).toEqual([`lead inc-1@${start + 200_000}-e1`])
})

test('what wants no answer, and whoever has nobody behind them, waits for nobody', async () => {
  const { clock, one, told, start } = set()
  one.told('onCall', about('inc-1', start, false))
  one.told('lead', about('inc-2', start))
  await clock.pass(10 ** 7)
  expect(told).toEqual([])
})

test('a restart goes on waiting from where it was, and what is overdue is told at once', async () => {
  const { one, start } = set()
  one.told('onCall', about('inc-1', start))
  one.told('onCall', about('inc-2', start + 400_000))
  one.answer('inc-3')
  const later = fakeClock(start + 500_000)
  const again = set(later, { past: one.threads(), answered: one.answered() })
  again.one.told('onCall', about('inc-3', start))
  await later.pass(1_000)
  expect(again.told).toEqual([`lead inc-1@${start}-e1`])
  await later.pass(250_000)
  expect(again.told).toContain(`lead inc-2@${start + 400_000}-e1`)
  expect(again.told.join()).not.toContain('inc-3')
})

test('a brake that works again calls off every message about it', async () => {
  const { clock, one, told, start } = set()
  one.told('onCall', about('readiness:pause: it would revert', start))
  one.settle('readiness:pause: ')
  await clock.pass(10 ** 6)
  expect(told).toEqual([])
})

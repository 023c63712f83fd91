// The voice on a real journal, with a clock and receivers of the test: what is told, to whom, once, and after a restart, too.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeClock } from '../../test/support/clock.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import type { SqliteJournal } from '../journal/sqlite/options.ts'
import type { Json, NewEntry } from '../model/journal.ts'
import { listened } from './listened.ts'
import type { Answered } from './post.ts'
import { startVoice, type Line } from './voice.ts'

let folder: string
let journal: SqliteJournal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-voice-'))
  journal = openJournal(join(folder, 'journal'))
})
afterEach(async () => {
  journal.close()
  await rm(folder, { recursive: true, force: true })
})

const line = (name: string, from: Line['from'], escalate: Line['escalate'] = []): Line => ({
  name,
  from,
  escalate,
  url: { kind: 'env', name: 'HOOK' },
  secret: { kind: 'env', name: 'SECRET' },
  to: `http://127.0.0.1/${name}`,
  key: 'sixteen characters',
})
const lines = [line('onCall', 'incident', [{ afterMs: 300_000, to: 'lead' }]), line('lead', 'proposal')]

interface Told {
  readonly to: string
  readonly id: string
  readonly kind: string
  readonly said: string
  readonly command: string | null
}

function life(
  answer: (told: Told, n: number) => Answered | Promise<Answered> = () => ({ ok: true, answer: undefined }),
  clock = fakeClock(),
) {
  const told: Told[] = []
  const bodies: string[] = []
  const answers: string[] = []
  let tries = 0
  const voice = startVoice({
    plan: { name: 'vault', hash: '0x01' },
    lines,
    journal,
    clock,
    redact: (text) => text.replaceAll('hunter2', '[secret]'),
    onAnswer: (message, by, receiver) => void answers.push(`${receiver} ${message.incident} ${by}`),
    trouble: () => {},
    post: async ({ url, body }) => {
      const one: Told = { ...JSON.parse(body), to: url.slice(url.lastIndexOf('/') + 1) }
      const answered = await answer(one, ++tries)
      if (answered.ok) {
        told.push(one)
        bodies.push(body)
      }
      return answered
    },
  })
  const heard = listened(journal, voice.hear)
  return { clock, voice, heard, told, bodies, answers, kinds: (to: string) => told.filter((one) => one.to === to).map((one) => one.kind) }
}

const incident = (status: string, id = 'inc-1', at = 1_000_000): NewEntry => ({
  kind: 'incident',
  at,
  body: {
    id,
    chain: 'local',
    status,
    severity: 5_000n * 10n ** 18n,
    confidence: 0.95,
    verdicts: { drain: 0.95 },
    lastBlock: { number: 7n, hash: '0x07' },
  },
})
const decision = (verdict: string, more: Readonly<Record<string, Json>> = {}): NewEntry => ({
  kind: 'decision',
  at: 1_000_001,
  body: { id: 'dec-1', incident: 'inc-1', verdict, obstacle: null, brakes: ['pause'], why: 'hunter2 was left to people', ...more },
})
const order = (body: Readonly<Record<string, Json>>): NewEntry => ({
  kind: 'order',
  at: 1_000_002,
  body,
  sealed: { by: 'ann@desk', because: 'private' },
})
const started = (armed: boolean): NewEntry => ({ kind: 'started', at: 999_999, body: { armed } })

test('an incident is told from its opening to its end, once each, to whom wants it', async () => {
  const { heard, told, clock, kinds, bodies } = life()
  heard.later([started(true), incident('open'), decision('pull'), incident('containing')])
  for (const [n, status] of ['contained', 'containing', 'contained', 'closed', 'closed'].entries())
    heard.later([incident(status, 'inc-1', 1_000_010 + n)])
  await clock.pass(1_000)
  expect(kinds('onCall')).toEqual(['started', 'opened', 'pull', 'contained', 'lost', 'contained', 'closed'])
  expect(kinds('lead')).toEqual(['lost'])
  const opened = told.find((one) => one.kind === 'opened')
  expect(opened?.said).toBe('Incident inc-1 on local: $5,000 at stake, 95 % sure, by drain.')
  expect(opened?.command).toBe('firebreak incident inc-1')
  expect(new Set(told.map((one) => `${one.to} ${one.id}`)).size).toBe(told.length)
  expect(bodies.join()).not.toContain('hunter2')
})

test('a proposal comes with the command to run, and names nothing secret', async () => {
  const { heard, told, clock, kinds, bodies } = life()
  heard.later([incident('open'), decision('propose', { obstacle: 'rule' })])
  await clock.pass(1_000)
  expect(kinds('lead')).toEqual(['proposal'])
  expect(told.find((one) => one.to === 'lead')).toMatchObject({
    command: 'firebreak pull pause',
    said: 'Firebreak proposes pause against inc-1, and waits for a person: [secret] was left to people.',
  })
  expect(bodies.join()).not.toContain('hunter2')
})

test('disarmed and armed are told, by whom, and not why; a pull while disarmed is told as what it is', async () => {
  const { heard, told, clock, kinds, bodies } = life()
  heard.later([started(true), order({ order: 'disarm' }), incident('open'), decision('pull'), order({ order: 'arm' })])
  await clock.pass(1_000)
  expect(kinds('lead')).toEqual(['disarmed', 'pull', 'armed'])
  expect(told.find((one) => one.kind === 'disarmed')?.said).toBe(
    'DISARMED by ann@desk: of every brake nothing is sent until `firebreak arm`.',
  )
  expect(told.find((one) => one.kind === 'pull')?.said).toContain('people have disarmed pause, and it is not sent')
  expect(bodies.join()).not.toContain('private')
})

test('nobody answers: the lead is told; `ack` keeps it from that', async () => {
  for (const answers of [false, true]) {
    const { heard, clock, kinds } = life()
    const id = `inc-${answers}`
    heard.later([incident('open', id)])
    await clock.pass(200_000)
    if (answers) heard.later([order({ order: 'ack', incident: id })])
    await clock.pass(200_000)
    expect(kinds('lead')).toEqual(answers ? [] : ['opened'])
  }
})

test('a receiver answers for its people, and nobody else is told', async () => {
  const { heard, clock, kinds, answers } = life((one) => ({
    ok: true,
    answer: one.kind === 'opened' ? { ack: true, by: 'ann' } : undefined,
  }))
  heard.later([incident('open')])
  await clock.pass(400_000)
  expect(answers).toEqual(['onCall inc-1 ann'])
  expect(kinds('lead')).toEqual([])
})

test('a receiver that answers everything, also what is said of its answers, has answered once', async () => {
  const { heard, clock, answers } = life(() => ({ ok: true, answer: { ack: true, by: 'a machine' } }))
  heard.later([incident('open')])
  for (let told = 0; told < 5; told++) {
    await clock.pass(10_000)
    // Each answer is recorded as an order, and that is told in its turn.
    if (answers.length > told) heard.later([order({ order: 'ack', incident: 'inc-1' })])
  }
  expect(answers).toEqual(['onCall inc-1 a machine'])
})

test('what was not delivered when the process died is delivered by the next one, in order, with the ids that it had', async () => {
  const first = life(() => ({ ok: false, why: 'HTTP status 500' }))
  first.heard.append([incident('open'), incident('containing')])
  first.heard.append([incident('contained')])
  await first.clock.pass(5_000)
  expect(first.told).toEqual([])
  // Written by a command while nobody ran.
  journal.append([order({ order: 'ack', incident: 'inc-1' })])
  const attempted: string[] = []
  const second = life((one) => {
    attempted.push(one.id)
    return { ok: true, answer: undefined }
  })
  await second.clock.pass(5_000)
  expect(second.kinds('onCall')).toEqual(['opened', 'contained', 'acknowledged'])
  // Dies again: what was taken is not told again.
  journal.flush()
  const third = life()
  await third.clock.pass(1_000)
  expect(third.told).toEqual([])
  third.heard.append([incident('closed')])
  await third.clock.pass(1_000)
  expect(third.kinds('onCall')).toEqual(['closed'])
  expect(new Set(attempted).size).toBe(3)
})

test('one that is new in a plan is told nothing of the past', async () => {
  journal.append([incident('open')])
  const { clock, told, heard, kinds } = life()
  await clock.pass(1_000)
  expect(told).toEqual([])
  heard.append([incident('contained')])
  await clock.pass(1_000)
  expect(kinds('onCall')).toEqual(['contained'])
})

test('whoever writes waits for nothing: a receiver that hangs, and more than anybody can read', async () => {
  let asked = 0
  const { heard, voice, clock } = life(() => {
    asked++
    return new Promise<Answered>(() => {})
  })
  for (let n = 0; n < 30_000; n++)
    voice.hear([
      {
        kind: 'signal',
        at: n,
        body: { watch: `w${n % 50}`, kind: 'x', summary: 's', likelihood: 1, moment: { chain: 'local', block: { number: 1n } } },
      },
    ])
  heard.later([incident('open')])
  // Not one of them was even looked at while they were written.
  expect(asked).toBe(0)
  await clock.pass(1_000)
  expect(asked).toBe(1)
})

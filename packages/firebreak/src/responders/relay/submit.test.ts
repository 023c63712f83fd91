import { expect, test } from 'vitest'
import { blockRef } from '../../../test/support/moments.ts'
import type { Intent } from '../../model/brake.ts'
import type { NewEntry } from '../../model/journal.ts'
import type { Handed, Relay } from './relay.ts'
import { submitting } from './submit.ts'

const intent = (id: string, nonce: bigint, publicFrom: bigint | undefined): Intent => ({
  id,
  desire: id.split('#')[0] ?? '',
  brake: id.split('#')[0] ?? '',
  call: 0,
  chain: 'local',
  key: '0x01',
  nonce,
  attempts: [{ hash: `0x0${nonce}`, raw: `0xf${nonce}`, maxFee: 2n, maxTip: 1n }],
  publicFrom,
})

function scene(live: readonly Intent[], says: Handed = { ok: true }) {
  const [relayed, sent, troubles, entries]: [string[][], string[], string[], NewEntry[]] = [[], [], [], []]
  const state = { head: 10n, quiet: true, armed: true, relay: true, says }
  const relay: Relay = {
    publicAfter: 3,
    send: async (forms) => {
      relayed.push(forms.map(({ raw }) => raw))
      return state.says
    },
    reached: async () => ({ ok: true }),
  }
  const submit = submitting({
    relay,
    node: { send: async (raw) => (sent.push(raw), { kind: 'sent' }) },
    head: () => blockRef(Number(state.head)),
    live: () => live,
    isQuiet: () => state.quiet,
    isUrgent: () => true,
    writeLater: (more) => void entries.push(...more),
    onTrouble: (what) => void troubles.push(what),
    now: () => 1,
    sleep: async () => {},
    current: () => false,
    mayAct: () => state.armed,
  })
  return { submit, state, relayed, sent, troubles, entries }
}

test('until its block comes an effect is the relay’s alone; from then on it goes everywhere', async () => {
  const one = intent('pause#1', 4n, 13n)
  const { submit, state, relayed, sent } = scene([one])
  await submit([one], false)
  expect([relayed, sent]).toEqual([[['0xf4']], []])
  state.head = 12n
  await submit([one], false)
  expect(sent).toEqual([])
  state.head = 13n
  await submit([one], false)
  expect([relayed.length, sent]).toEqual([3, ['0xf4']])
})

test('what comes before it from the same key goes along in order, as far as it is hidden, too', async () => {
  const [before, shown, one] = [intent('freeze#1', 4n, 13n), intent('cap#1', 5n, undefined), intent('pause#1', 6n, 13n)]
  const { submit, relayed, sent } = scene([one, shown, before, { ...intent('other#1', 3n, 13n), key: '0x02' }])
  await submit([one], false)
  expect([relayed, sent]).toEqual([[['0xf4', '0xf6']], []])
})

test('what the relay would not take is public from then on, without asking it to hide it again', async () => {
  const one = intent('pause#1', 4n, 13n)
  const { submit, state, sent, troubles, entries } = scene([one], { ok: false, why: 'refuses' })
  await submit([one], false)
  expect(sent).toEqual(['0xf4'])
  expect(troubles).toEqual(['pause goes to the public mempool at once: the relay refuses'])
  expect(entries.map(({ body }) => body)).toMatchObject([{ to: 'relay', result: 'refused' }, { result: 'sent' }])
  state.says = { ok: true }
  await submit([one], false)
  expect(sent).toEqual(['0xf4', '0xf4'])
})

test('between blocks the relay is not reminded, and the public is not told', async () => {
  const one = intent('pause#1', 4n, 13n)
  const { submit, relayed, sent } = scene([one])
  await submit([one], true)
  expect([relayed, sent]).toEqual([[], []])
})

test('an attack that waits in public takes the secret away', async () => {
  const one = intent('pause#1', 4n, 13n)
  const { submit, state, sent } = scene([one])
  state.quiet = false
  await submit([one], false)
  expect(sent).toEqual(['0xf4'])
})

test('what people disarmed goes nowhere', async () => {
  const { submit, state, relayed, sent } = scene([])
  state.armed = false
  await submit([intent('pause#1', 4n, 13n), intent('freeze#1', 5n, undefined)], false)
  expect([relayed, sent]).toEqual([[], []])
})

test('a relay that fails beside the public way is said once', async () => {
  const one = intent('pause#1', 4n, undefined)
  const { submit, troubles, sent } = scene([one], { ok: false, why: 'is away' })
  await submit([one], false)
  await submit([one], false)
  expect(troubles).toEqual(['it is in the public mempool only: the relay is away'])
  expect(sent).toHaveLength(2)
})

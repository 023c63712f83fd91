import { expect, test } from 'vitest'
import type { Intent } from '../model/brake.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Sent } from '../stages.ts'
import { broadcast } from './broadcast.ts'

const intent: Intent = {
  id: 'd#1.0.0',
  desire: 'd',
  brake: 'pause',
  call: 0,
  chain: 'local',
  key: '0xA000000000000000000000000000000000000001',
  nonce: 0n,
  attempts: [{ hash: '0x02', raw: '0x03', maxFee: 2n, maxTip: 1n }],
}

/** Sends through a node that answers in this order; an error is a lost connection. */
async function send(
  answers: readonly (Sent | Error)[],
  options: { readonly reminder?: boolean; readonly wantedFor?: number; readonly armedFor?: number } = {},
) {
  const entries: NewEntry[] = []
  const troubles: string[] = []
  let asked = 0
  await broadcast(
    intent,
    {
      node: {
        send: async () => {
          const answer = answers[asked++]
          if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often')
          return answer
        },
      },
      writeLater: (more) => void entries.push(...more),
      onTrouble: (what) => void troubles.push(what),
      now: () => 1,
      sleep: () => Promise.resolve(),
      current: () => asked < (options.wantedFor ?? Infinity),
      mayAct: () => asked < (options.armedFor ?? Infinity),
    },
    options.reminder,
  )
  return { asked, results: entries.map((entry) => (entry.body as { result: string }).result), troubles: troubles.length }
}

const lost = new Error('the node cannot be reached')

test('a lost connection is tried again until the node has it', async () => {
  expect(await send([lost, lost, lost, { kind: 'sent' }])).toEqual({ asked: 4, results: ['lost', 'sent'], troubles: 1 })
})

test('a refusal is told and not repeated', async () => {
  expect(await send([{ kind: 'refused', why: 'nonce too low', retry: false }])).toEqual({ asked: 1, results: ['refused'], troubles: 1 })
})

test('nobody waits for what is no longer wanted', async () => {
  expect(await send([lost, lost, lost], { wantedFor: 2 })).toMatchObject({ asked: 2 })
})

test('a reminder is heard only where the node had forgotten', async () => {
  expect(await send([{ kind: 'known' }], { reminder: true })).toEqual({ asked: 1, results: [], troubles: 0 })
  expect(await send([lost], { reminder: true })).toEqual({ asked: 1, results: [], troubles: 0 })
  expect(await send([{ kind: 'sent' }], { reminder: true })).toEqual({ asked: 1, results: ['sent'], troubles: 0 })
})

test('what is disarmed meanwhile is not sent, neither at once nor again', async () => {
  expect(await send([{ kind: 'sent' }], { armedFor: 0 })).toEqual({ asked: 0, results: [], troubles: 0 })
  expect(await send([lost, lost, { kind: 'sent' }], { armedFor: 2 })).toMatchObject({ asked: 2 })
})

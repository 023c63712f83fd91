// Disarmed at any moment before the bytes leave: they do not leave, whatever was on its way.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockRef, chain } from '../../test/support/moments.ts'
import { brake as brakeOf, toyPlan } from '../../test/support/toy.ts'
import type { Desire } from '../model/brake.ts'
import type { NewEntry } from '../model/journal.ts'
import { effects } from './effects.ts'
import { laneOf } from './lane.ts'
import { presigned } from './presigned.ts'
import type { Wanted } from './wanted.ts'

const pause = brakeOf('pause')
const desire: Desire = {
  id: 'd',
  brake: 'pause',
  chain,
  authority: 'guardian',
  incident: 'inc-1',
  owner: 'team',
  since: 0,
  until: 1_000_000,
  pulls: 1,
  status: 'wanted',
  saves: 10n ** 24n,
  tipToBeat: 0n,
  feeToBeat: 0n,
}

/** Signs and sends with a key that takes its time and a node that loses connections, and disarms after so many turns of the loop. */
async function race(disarmAfter: number, signTurns: number, losses: number, again: boolean) {
  let armed = true
  let sent = 0
  let late = 0
  const entries: NewEntry[] = []
  const turns = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await Promise.resolve()
  }
  const one: Wanted = {
    desire,
    brake: pause,
    intents: [],
    former: [],
    pulls: 1,
    receipt: undefined,
    signing: false,
    authority: 'guardian',
    outer: undefined,
    failed: new Set(),
    asked: undefined,
    told: new Map(),
  }
  const signer = {
    address: '0xA000000000000000000000000000000000000001' as const,
    sign: async () => {
      await turns(signTurns)
      return { raw: '0x02' as const, hash: `0x${'1'.repeat(64)}` as const }
    },
  }
  const account = { nonce: 0n, balance: 10n ** 20n }
  const lane = laneOf(
    signer,
    presigned(
      [],
      signer,
      () => 50_000n,
      () => account.balance,
    ),
    account,
    [],
  )
  const act = effects({
    plan: toyPlan({ brakes: [pause] }),
    chain,
    node: {
      send: async () => {
        if (!armed) late++
        sent++
        await turns(2)
        if (sent <= losses) throw new Error('lost')
        return { kind: 'sent' }
      },
    },
    writeDurably: (more) => {
      entries.push(...more)
      return true
    },
    writeLater: () => {},
    mayAct: () => armed,
    onTrouble: () => {},
    now: () => 1,
    sleep: () => turns(3),
    gasOf: () => 50_000n,
    coinPrice: () => undefined,
    head: () => blockRef(12, 1n),
    live: () => one.intents,
    isWanted: () => true,
    isCurrent: () => true,
    desireOf: () => one.desire,
    onUnsigned: async () => {},
  })
  const disarming = turns(disarmAfter).then(() => {
    armed = false
  })
  await act.send(one, lane, [0])
  if (again) {
    await act.push(one, lane, one.intents)
    act.resend(one.intents, true)
  }
  await disarming
  if (again) act.resend(one.intents)
  await act.settled()
  return { sent, late, intents: entries.length }
}

test('nothing is handed to a node after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.nat(8), fc.nat(5), fc.boolean(), async (disarmAfter, signTurns, losses, again) => {
      const { late } = await race(disarmAfter, signTurns, losses, again)
      expect(late).toBe(0)
    }),
  )
})

test('disarmed while it is signed there is no intent either; later it was sent before', async () => {
  expect(await race(0, 8, 0, false)).toEqual({ sent: 0, late: 0, intents: 0 })
  expect(await race(40, 1, 0, false)).toEqual({ sent: 1, late: 0, intents: 1 })
})

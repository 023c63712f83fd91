// Kills the real process at its n-th request and at its n-th journal write: each time the restart finishes the job, and nothing is done twice.
// Every n with CRASH_DEEP=1 (`npm run crash:deep`), a seeded tenth otherwise; CRASH_ONLY='request 41 pending unheard' repeats one case.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/drill/random.ts'
import type { ProxiedCall, Rule } from '../../src/local-chain/rules.ts'
import { expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import type { Firebreak } from './processes.ts'
import { brakeWaits, onStage, rewind, waitingFrom, type Stage } from './run-scene.ts'
import { until } from './until.ts'

interface Case {
  readonly where: 'request' | 'write'
  readonly n: number
  /** What becomes of the attack while we are down: it goes on waiting, or it is mined. */
  readonly attack: 'pending' | 'mined'
  /** Whether the request that we die at still reaches the node. */
  readonly reaches: boolean
}

const deep = process.env['CRASH_DEEP'] === '1'
const seed = process.env['CRASH_SEED'] ?? '1'
const nameOf = ({ where, n, attack, reaches }: Case): string => `${where} ${n} ${attack}${reaches ? '' : ' unheard'}`

type Watch = (call: ProxiedCall) => boolean | void

test('killed anywhere on the public path, the restart finishes the job', { timeout: 3_600_000 }, async () => {
  let watching: Watch | undefined
  // True: the call goes no further.
  const rule: Rule = { before: (call) => (watching?.(call) === true ? { silence: true } : undefined) }
  await onStage({ rules: [rule] }, async (stage) => {
    let snapshot = await stage.scene.rpc.request('evm_snapshot', [])
    const methods: string[] = []
    watching = (call) => void methods.push(call.method)
    const reference = stage.firebreak({ faults: { tellWrites: true } })
    await live(stage, reference)
    expect(await reference.stop()).toBe(0)
    await expectFinished(stage, { where: 'request', n: 0, attack: 'pending', reaches: true })
    const writes = reference.troubles().match(/journal write/g)?.length ?? 0
    expect(writes).toBeGreaterThan(4)
    expect(methods).toContain('eth_sendRawTransaction')

    const failures: string[] = []
    for (const one of chosen(methods, writes)) {
      snapshot = await rewind(stage.scene, snapshot)
      try {
        await crash(stage, one, (watch) => (watching = watch))
      } catch (error) {
        failures.push(`CRASH_ONLY='${nameOf(one)}': ${error instanceof Error ? error.message : String(error)}`)
      }
      if (failures.length > 5) break
    }
    expect(failures).toEqual([])
  })
})

/** All, or a tenth that always has the request that carries the brake. */
function chosen(methods: readonly string[], writes: number): readonly Case[] {
  const both = (n: number, where: Case['where'], reaches: boolean): readonly Case[] =>
    (['pending', 'mined'] as const).map((attack) => ({ where, n, attack, reaches }))
  const upTo = (most: number): readonly number[] => Array.from({ length: most }, (_, i) => i + 1)
  const all = [
    ...upTo(methods.length).flatMap((n) => [...both(n, 'request', true), ...both(n, 'request', false)]),
    ...upTo(writes).flatMap((n) => both(n, 'write', true)),
  ]
  const only = process.env['CRASH_ONLY']
  if (only) return all.filter((one) => nameOf(one) === only)
  if (deep) return all
  const random = seededRandom(`crash ${seed}`)
  const place = ({ where, n }: Case): string => `${where} ${n}`
  const places = random.shuffle([...new Set(all.map(place))])
  const tenth = places.slice(0, Math.ceil(places.length / 10))
  const sending = all.filter((one) => one.where === 'request' && methods[one.n - 1] === 'eth_sendRawTransaction')
  // At each place the attack once waiting and once mined.
  const some = tenth.flatMap((at) =>
    (['pending', 'mined'] as const).map((attack) => random.pick(all.filter((one) => place(one) === at && one.attack === attack))),
  )
  return [...sending, ...some]
}

async function crash(stage: Stage, one: Case, watch: (see: Watch | undefined) => void): Promise<void> {
  const { scene, proxy } = stage
  const before = proxy.count()
  const first = stage.firebreak({ faults: one.where === 'write' ? { dieAtWrite: one.n } : {} })
  const atRequest: Watch = ({ n }) => {
    if (n - before < one.n) return false
    first.kill()
    return !one.reaches || n - before > one.n
  }
  watch(one.where === 'request' ? atRequest : undefined)
  try {
    await live(stage, first)
    // The count varies a little with the timers: a case that lies behind the end has nothing to kill.
    if (first.alive()) await first.stop()
  } finally {
    first.kill()
    await first.exited
    watch(undefined)
  }
  if (one.attack === 'mined') await scene.kit.mine()
  const second = stage.firebreak()
  try {
    await second.says(/ARMED/)
    await finish(stage, second)
    expect(await second.stop()).toBe(0)
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${first.said()}${first.troubles()}\n--- again:\n${second.said()}${second.troubles()}`,
    )
  } finally {
    second.kill()
    await second.exited
  }
  await expectFinished(stage, one)
}

/** The public attack as the reference sees it, as far as the process lives. */
async function live({ scene }: Stage, firebreak: Firebreak): Promise<void> {
  await until('firebreak to watch', () => /ARMED/.test(firebreak.troubles()) || !firebreak.alive())
  await scene.kit.broadcast((await scene.attack()).raw)
  await until('the brake', async () => !firebreak.alive() || (await waitingFrom(scene, scene.guardian.address)).length > 0)
  if (!firebreak.alive()) return
  await scene.kit.mine()
  await until('the receipt', () => !firebreak.alive() || /HOLDS/.test(firebreak.said()))
}

/** Mines only once the brake waits: whoever is too late lets the attack through. */
async function finish({ scene }: Stage, firebreak: Firebreak): Promise<void> {
  const done = (): boolean =>
    existsSync(journalOf(scene)) && recorded(journalOf(scene)).desires.some((desire) => desire.status === 'holding')
  await until(
    'the brake or its receipt',
    async () => done() || (await scene.paused()) || (await waitingFrom(scene, scene.guardian.address)).length > 0,
  )
  while (!done()) {
    if (!firebreak.alive()) throw new Error('firebreak ended')
    if (!(await scene.paused())) {
      await brakeWaits(scene)
      await scene.kit.mine()
    }
    await until('the receipt in the journal', done)
    await sleep(5)
  }
}

async function expectFinished({ scene }: Stage, one: Case): Promise<void> {
  expect(await scene.paused()).toBe(true)
  const acts = await expectOneEffectPerIntent(scene)
  expect(acts.map((act) => act.ok)).toEqual([true])
  const { desires } = recorded(journalOf(scene))
  expect(desires.map((desire) => [desire.brake, desire.status])).toEqual([['pause', 'holding']])
  if (one.attack === 'pending') expect(await scene.held()).toBe(scene.whole)
}

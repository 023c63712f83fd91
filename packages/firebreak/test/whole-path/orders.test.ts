// People's orders to a running instance and to none: taken on, dismissed, disarmed in the middle of an attack, and armed again.
import { expect, test } from 'vitest'
import { answerWith, type Rule } from '../../src/local-chain/rules.ts'
import { cli, cliJson } from '../support/cli.ts'
import { actsOf, expectOneEffectPerIntent, journalOf, recorded } from './facts.ts'
import { brakeWaits, onStage, quiet, waitingFrom, type Stage } from './run-scene.ts'
import type { Scene } from './scene.ts'

const order = (scene: Scene, ...words: readonly string[]) =>
  cli([...words, '--plan', scene.plan], { env: { FIREBREAK_STATE: `${scene.folder}/state`, NO_COLOR: '1' } })
const incidentOf = (scene: Scene): string => String((recorded(journalOf(scene)).of('incident')[0]?.body as { id?: string } | undefined)?.id)
const statuses = (scene: Scene): readonly string[] => recorded(journalOf(scene)).desires.map((one) => one.status)
const attacked = async ({ scene }: Stage): Promise<void> => void (await scene.kit.broadcast((await scene.attack()).raw))

/** Holds every call back until it is let go. */
function gate(matches: (method: string) => boolean): Rule & { readonly open: () => void; readonly reached: () => boolean } {
  let let_go: (() => void) | undefined
  let reached = false
  const opened = new Promise<void>((done) => {
    let_go = done
  })
  return {
    before: async ({ method }) => {
      if (!matches(method)) return undefined
      reached = true
      await opened
      return undefined
    },
    open: () => let_go?.(),
    reached: () => reached,
  }
}

test('disarmed before an attack: decided and recorded, nothing sent; killed and started again it is still disarmed, and armed it sends', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const first = stage.firebreak()
    await first.says(/ARMED/)
    expect(await order(scene, 'disarm', '--because', 'false alarms')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is disarmed'),
    })
    first.kill()
    await first.exited

    const firebreak = stage.firebreak()
    await firebreak.says(/DISARMED by people's order \(every brake; started with --armed/)
    await attacked(stage)
    await firebreak.says(/PULL pause/)
    await firebreak.says(/not sent: people have disarmed pause/)
    await quiet(proxy)
    await scene.kit.mine()
    await quiet(proxy)
    expect(await actsOf(scene)).toEqual([])
    expect(recorded(journalOf(scene)).intents).toEqual([])
    const listed = await cliJson(['incidents', '--plan', scene.plan])
    expect(listed.document).toMatchObject({ disarmed: { all: true, but: [] } })
    expect((await order(scene, 'incident', incidentOf(scene))).out).toContain('not sent: people had disarmed pause')

    // By hand neither: nothing is nothing.
    expect(await order(scene, 'pull', 'pause', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('is disarmed') })
    expect(await actsOf(scene)).toEqual([])

    expect(await order(scene, 'arm')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') })
    const armed = await order(scene, 'arm', '--yes', '--because', 'the watch is right')
    expect(armed).toMatchObject({ code: 0, out: expect.stringContaining('sent with the next block: pause') })
    await scene.kit.mine()
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS pause/)
    expect(await firebreak.stop()).toBe(0)
    expect(await expectOneEffectPerIntent(scene)).toHaveLength(1)
    expect(
      recorded(journalOf(scene))
        .of('order')
        .map((one) => one.body),
    ).toEqual([{ order: 'disarm' }, { order: 'arm' }])
  })
})

test('disarmed while the decision is still being computed: it is made, and not sent', async () => {
  const trials = gate((method) => method === 'eth_simulateV1')
  let hold = false
  const held: Rule = { before: (call, ask) => (hold ? trials.before?.(call, ask) : undefined) }
  await onStage({ rules: [held] }, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    hold = true
    await attacked(stage)
    await quiet(proxy)
    expect(trials.reached()).toBe(true)
    expect(await order(scene, 'disarm', '--all', '--because', 'a planned migration')).toMatchObject({ code: 0 })
    trials.open()
    await firebreak.says(/PULL pause/)
    await quiet(proxy)
    expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
    expect(recorded(journalOf(scene)).intents).toEqual([])
    expect(await firebreak.stop()).toBe(0)
  })
})

test('disarmed while the node refuses our bytes: they are not tried again, not even when it is back', async () => {
  let away = true
  const lost = answerWith((call) => away && call.method === 'eth_sendRawTransaction', { silence: true })
  const gone: Rule = { before: (call, ask) => (away ? lost.before?.(call, ask) : undefined) }
  await onStage({ rules: [gone] }, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await attacked(stage)
    await firebreak.says(/PULL pause/)
    expect(await order(scene, 'disarm', '--brake', 'pause', '--because', 'wrong')).toMatchObject({ code: 0 })
    away = false
    proxy.cut()
    await quiet(proxy)
    await scene.kit.mine(2)
    await quiet(proxy)
    expect(await actsOf(scene)).toEqual([])
    expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
    expect(await firebreak.stop()).toBe(0)
  })
})

test('what waits in the pool when it is disarmed is neither sent again nor outbid', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await attacked(stage)
    await brakeWaits(scene)
    const [ours] = await waitingFrom(scene, scene.guardian.address)
    expect(await order(scene, 'disarm', '--because', 'wrong')).toMatchObject({
      code: 0,
      out: expect.stringContaining('may still be mined: pause'),
    })
    await scene.rpc.request('anvil_dropTransaction', [ours?.['hash']])
    await scene.kit.mine(2)
    await quiet(proxy)
    expect(await actsOf(scene)).toEqual([])
    expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
    expect(recorded(journalOf(scene)).intents.map((one) => one.attempts.length)).toEqual([1])
    expect(await firebreak.stop()).toBe(0)
  })
})

test('an instance in shadow cannot be armed, and says so', async () => {
  await onStage({}, async (stage) => {
    const firebreak = stage.firebreak({ armed: false })
    await firebreak.says(/shadow/)
    expect(await order(stage.scene, 'disarm', '--because', 'a test')).toMatchObject({ code: 0 })
    expect(await order(stage.scene, 'arm')).toMatchObject({ code: 1, err: expect.stringContaining('started without --armed') })
    expect(await firebreak.stop()).toBe(0)
    expect((await order(stage.scene, 'incidents')).err).toContain('DISARMED')
    // Nobody is running: the record takes it, and the next start obeys.
    expect(await order(stage.scene, 'arm')).toMatchObject({ code: 0, out: expect.stringContaining('no instance is running') })
    const again = stage.firebreak()
    await again.says(/vault ARMED/)
  })
})

test('dismissed: the incident closes, the brake stays until people release it, and only another transaction opens it again', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await attacked(stage)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    const incident = incidentOf(scene)
    expect(await order(scene, 'ack', incident)).toMatchObject({ code: 0 })
    expect((await order(scene, 'incidents')).out).toContain('contained, acknowledged')
    expect(await order(scene, 'dismiss', incident)).toMatchObject({ code: 2, err: expect.stringContaining('--because') })
    expect(await order(scene, 'dismiss', 'inc-none', '--because', 'x')).toMatchObject({ code: 1, err: expect.stringContaining(incident) })
    const dismissed = await order(scene, 'dismiss', incident, '--because', 'our own migration')
    expect(dismissed).toMatchObject({ code: 0, out: expect.stringContaining('still on the chain until somebody releases it') })
    await scene.kit.mine(2)
    await quiet(proxy)
    expect(statuses(scene)).toEqual(['ended'])
    expect(await scene.paused()).toBe(true)
    expect((await order(scene, 'incidents')).out).toContain('closed, dismissed')
    expect((await order(scene, 'incident', incident)).out).toMatch(/taken on[\s\S]*dismissed as no attack.*because our own migration/)

    // Released by its owner, and drained by somebody else: that is a new suspicion.
    await scene.kit.broadcast((await scene.call(scene.owner, 'unpause')).raw)
    await scene.kit.mine()
    await quiet(proxy)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/, 2)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('dismissed while nobody runs: the next start does not send what was left', async () => {
  await onStage({}, async (stage) => {
    const { scene, proxy } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await attacked(stage)
    await brakeWaits(scene)
    firebreak.kill()
    await firebreak.exited
    const [ours] = await waitingFrom(scene, scene.guardian.address)
    await scene.rpc.request('anvil_dropTransaction', [ours?.['hash']])
    expect(await order(scene, 'dismiss', incidentOf(scene), '--because', 'no attack')).toMatchObject({ code: 0 })
    const again = stage.firebreak()
    await again.says(/ARMED/)
    await quiet(proxy)
    await scene.kit.mine()
    await quiet(proxy)
    expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
    expect(statuses(scene)).toEqual(['ended'])
    expect(await again.stop()).toBe(0)
  })
})

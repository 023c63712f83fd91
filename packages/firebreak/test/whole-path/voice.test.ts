// The voice of a real run: signed webhooks that survive kill -9, receivers on their bad days, a heartbeat, and checkpoints kept by somebody else.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tamper } from '../../src/journal/for-tests.ts'
import { cli } from '../support/cli.ts'
import { startReceiver, type Received, type ReceiverServer } from '../support/receiver.ts'
import { journalOf, recorded } from './facts.ts'
import { brakeWaits, onStage, type Stage } from './run-scene.ts'
import { until, whileMining } from './until.ts'

const secret = 'a secret that both of us know'
let receiver: ReceiverServer
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const hook = "webhook({ url: env('HOOK'), secret: env('HOOK_SECRET'), from: 'incident' })"
const environment = () => ({ HOOK: `${receiver.url}/hook/secret-path-of-sixteen`, HOOK_SECRET: secret, BEAT: `${receiver.url}/beat` })
const kinds = (): readonly unknown[] => receiver.received().map((one) => one.said?.['kind'])
const started = async (stage: Stage, more: object = {}) => {
  const firebreak = stage.firebreak({ env: environment(), ...more })
  await firebreak.says(/ARMED/)
  return firebreak
}
const attack = async ({ scene }: Stage): Promise<void> => {
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
}

/** The function that the documentation tells receivers to use. */
async function documented(): Promise<(headers: Received['headers'], body: string, secret: string, now?: number) => boolean> {
  const page = await readFile(fileURLToPath(new URL('../../../../docs/voice.md', import.meta.url)), 'utf8')
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-verify-'))
  try {
    const file = join(folder, 'verify.mjs')
    await writeFile(file, code)
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { verify: Awaited<ReturnType<typeof documented>> }
    return loaded.verify
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('told while it happens, signed as documented: forged, altered and old bodies are refused, and nothing secret is in them', async () => {
  const verify = await documented()
  await onStage({ plan: { voice: `{ tell: { onCall: ${hook} } }` } }, async (stage) => {
    receiver.answers((_, n) => ({ status: n <= 2 ? 500 : 200 }))
    const firebreak = await started(stage)
    await attack(stage)
    await stage.scene.kit.mine()
    await firebreak.says(/HOLDS/)
    await until('the containment to be told', () => kinds().includes('contained'))
    expect(await firebreak.stop()).toBe(0)
    const told = receiver.received().filter((_, n) => n >= 2)
    expect(told.map((one) => one.said?.['kind'])).toEqual(['started', 'opened', 'pull', 'contained', 'stopped'])
    expect(
      receiver
        .received()
        .slice(0, 3)
        .map((one) => one.said?.['id']),
    ).toEqual(Array(3).fill(told[0]?.said?.['id']))
    for (const { headers, body } of told) {
      expect(verify(headers, body, secret)).toBe(true)
      expect(verify(headers, body.replace('"version":1', '"version":2'), secret)).toBe(false)
      expect(verify(headers, body, 'another secret, not ours')).toBe(false)
      expect(verify(headers, body, secret, Date.now() + 600_000)).toBe(false)
      expect(verify({}, body, secret)).toBe(false)
      for (const word of ['secret-path-of-sixteen', secret, stage.scene.guardian.privateKey.slice(2), stage.proxy.ipcPath])
        expect(body).not.toContain(word)
    }
    expect(firebreak.said() + firebreak.troubles()).not.toContain('secret-path-of-sixteen')
    expect(firebreak.troubles()).toContain('onCall was not told (HTTP status 500)')
  })
})

test('a receiver that hangs delays nothing; killed before anything was told, the next start tells it all, in order', async () => {
  await onStage({ plan: { voice: `{ tell: { onCall: ${hook} } }` } }, async (stage) => {
    receiver.answers(() => 'hang')
    const firebreak = await started(stage)
    await attack(stage)
    await stage.scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await stage.scene.held()).toBe(stage.scene.whole)
    await until('the record', () => recorded(journalOf(stage.scene)).of('receipt').length === 1)
    firebreak.kill()
    await firebreak.exited
    expect(new Set(kinds())).toEqual(new Set(['started']))

    const before = receiver.received().length
    receiver.answers(() => ({}))
    const again = await started(stage)
    await until('what was left', () => kinds().slice(before).includes('contained'))
    const order = kinds().slice(before)
    expect(order.slice(0, 4)).toEqual(['started', 'opened', 'pull', 'contained'])
    expect(receiver.received()[before]?.said?.['id']).toBe(receiver.received()[0]?.said?.['id'])
    const ids = receiver
      .received()
      .slice(before)
      .map((one) => one.said?.['id'])
    expect(new Set(ids).size).toBe(ids.length)
    expect(await again.stop()).toBe(0)
  })
})

test('an answer counts as `ack`: it is in the record, and the lead is not told', async () => {
  const lead = "webhook({ url: env('LEAD'), secret: env('HOOK_SECRET'), from: 'proposal' })"
  const onCall = hook.replace('})', ", escalate: [{ after: '2s', to: 'lead' }] })")
  for (const answers of [true, false])
    await onStage({ plan: { voice: `{ tell: { onCall: ${onCall}, lead: ${lead} } }` } }, async (stage) => {
      const before = receiver.received().length
      const since = () => receiver.received().slice(before)
      receiver.answers((one) => ({ body: answers && one.said?.['incident'] ? '{"ack":true,"by":"ann"}' : '' }))
      const firebreak = await started(stage, { env: { ...environment(), LEAD: `${receiver.url}/lead` } })
      await attack(stage)
      await until('it to be told', () => since().some((one) => one.said?.['kind'] === 'opened'))
      if (answers) {
        await until('the order', () => recorded(journalOf(stage.scene)).of('order').length === 1)
        await until('others to hear of it', () => since().some((one) => String(one.said?.['said']).startsWith('ann, by onCall has inc-')))
      } else await until('the lead to be told', () => since().some((one) => one.path === '/lead'))
      expect(await firebreak.stop()).toBe(0)
      // Ann's answer to the word that she has answered is no further order.
      expect(recorded(journalOf(stage.scene)).of('order')).toHaveLength(answers ? 1 : 0)
      const toLead = since().filter((one) => one.path === '/lead')
      expect(toLead.length > 0).toBe(!answers)
      if (!answers) expect(toLead[0]?.said).toMatchObject({ kind: 'opened', fields: { escalatedFrom: 'onCall' } })
    })
})

test('the heartbeat beats while blocks are judged, and stops when the node dies, though the process lives', async () => {
  const voice = "{ heartbeat: { url: env('BEAT'), secret: env('HOOK_SECRET'), every: '1s', silentAfter: '3s' } }"
  await onStage({ plan: { voice } }, async (stage) => {
    const { scene } = stage
    const firebreak = await started(stage)
    const beats = () => receiver.received().filter((one) => one.path === '/beat')
    await whileMining(scene.kit, 'two more beats', async () => {
      return beats().length >= 3
    })
    expect(beats().at(-1)?.said).toMatchObject({ kind: 'heartbeat', armed: true, disarmed: 0, chains: [{ chain: 'local' }] })
    const chains = (beats().at(-1)?.said?.['chains'] ?? []) as readonly { readonly block: string }[]
    expect(Number(chains[0]?.block)).toBeGreaterThan(0)
    await scene.anvil().stop()
    let [last, since] = [beats().length, Date.now()]
    await until('silence', () => {
      if (beats().length !== last) [last, since] = [beats().length, Date.now()]
      return Date.now() - since > 3_500
    })
    expect(firebreak.alive()).toBe(true)
  })
})

test('checkpoints that a receiver wrote down show a record that was cut off, and one that was rewritten', async () => {
  const voice = `{ tell: { onCall: ${hook} }, checkpoints: webhook({ url: env('HOOK'), secret: env('HOOK_SECRET') }) }`
  await onStage({ plan: { voice } }, async (stage) => {
    const { scene } = stage
    const firebreak = await started(stage)
    await attack(stage)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)
    const signer = /signed by (0x[0-9a-fA-F]{40})/.exec(firebreak.troubles())?.[1] ?? ''
    expect(kinds().filter((kind) => kind === 'checkpoint').length).toBeGreaterThan(1)

    // All that the receiver did was to write each body on a line.
    const log = join(scene.folder, 'receiver.log')
    await writeFile(
      log,
      receiver
        .received()
        .map((one) => `${one.body}\n`)
        .join(''),
    )
    const journal = journalOf(scene)
    const verify = () => cli(['verify', '--journal', journal, '--against', log, '--signer', signer])
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringMatching(/agrees with \d+ checkpoints/) })
    tamper(journal, 'delete from entries where seq > (select max(seq) - 3 from entries)')
    expect(await cli(['verify', '--journal', journal])).toMatchObject({ code: 0 })
    expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining('its tail was cut off') })

    // Begun anew, with a life of its own: a record that is whole, and not the one that was signed.
    await rm(join(scene.folder, '.firebreak'), { recursive: true, force: true })
    const other = await started(stage)
    expect(await other.stop()).toBe(0)
    expect(await verify()).toMatchObject({ code: 1, out: expect.stringMatching(/belongs to another journal/) })
  })
})

test('what is wrong with a voice is told at the start, without its addresses', async () => {
  await onStage({ plan: { voice: `{ tell: { onCall: ${hook} } }` } }, async (stage) => {
    const firebreak = stage.firebreak({ env: { HOOK: 'hooks.example/secret-path-of-sixteen', HOOK_SECRET: 'short' } })
    await firebreak.exited
    expect(firebreak.troubles()).toMatch(
      /voice\.tell\.onCall\.url: is not an address \(not shown\)[\s\S]*voice\.tell\.onCall\.secret: is too short/,
    )
    expect(firebreak.troubles()).not.toContain('secret-path')
  })
})

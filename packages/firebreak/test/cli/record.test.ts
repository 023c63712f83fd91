// The commands that read and mend the record, on a journal that a real run wrote: incidents, incident, verify, accept, replay.
import { readFile, writeFile, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatCheckpoint, makeCheckpoint } from '../../src/journal/checkpoint.ts'
import { tamper } from '../../src/journal/for-tests.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { cli, cliJson } from '../support/cli.ts'
import { startFirebreak } from '../whole-path/processes.ts'
import { startScene, type Scene } from '../whole-path/scene.ts'
import { until } from '../whole-path/until.ts'

let scene: Scene
let [journal, recording] = ['', '']
let attackHash = ''
const env = (): Readonly<Record<string, string>> => ({ SCENE_RPC: scene.anvil().ipcPath, GUARDIAN_KEY: scene.guardian.privateKey })

beforeAll(async () => {
  scene = await startScene()
  journal = join(scene.folder, 'run.journal')
  recording = join(scene.folder, 'run.recording')
  const firebreak = startFirebreak(scene, { endpoint: scene.anvil().ipcPath, journal, record: recording })
  try {
    await firebreak.says(/ARMED/)
    const { raw, hash } = await scene.attack()
    attackHash = hash
    await scene.kit.broadcast(raw)
    await firebreak.says(/PULL/)
    await until('the brake in the mempool', async () => JSON.stringify(await scene.rpc.request('txpool_status', [])).includes('0x2'))
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await firebreak.stop()).toBe(0)
  } finally {
    firebreak.kill()
  }
})
afterAll(() => scene?.stop())

/** A field of a document, by its path: what is not there is an error. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((inside: unknown, key) => (inside as Readonly<Record<string | number, unknown>>)[key], value)
}

describe('firebreak incidents', () => {
  it('lists them in a line each, and in JSON', async () => {
    const { code, out } = await cli(['incidents', '--journal', journal])
    expect(code).toBe(0)
    expect(out.trim().split('\n')).toHaveLength(2)
    expect(out).toMatch(/inc-\w+ .*contained .*pause holding/)
    const { document } = await cliJson(['incidents', '--journal', journal])
    expect(at(document, 'incidents')).toMatchObject([
      { status: 'contained', watches: ['drain'], brakes: [{ brake: 'pause', status: 'holding' }], confidence: expect.any(Number) },
    ])
  })

  it('reads while an instance runs, and finds the journal beside the plan', async () => {
    const running = startFirebreak(scene, { endpoint: scene.anvil().ipcPath, armed: false })
    try {
      await running.says(/shadow/)
      const { code, out } = await cli(['incidents', '--plan', scene.plan])
      expect({ code, out }).toEqual({ code: 0, out: 'no incidents\n' })
    } finally {
      await running.stop()
    }
  })

  it('says where to begin when there is no journal', async () => {
    const { code, err } = await cli(['incidents', '--journal', join(scene.folder, 'none.journal')])
    expect(code).toBe(2)
    expect(err).toContain('mend:')
  })
})

describe('firebreak incident', () => {
  it('tells everything in order: signal, decision, comparison, intent, sent, receipt', async () => {
    const { document } = await cliJson(['incidents', '--journal', journal])
    const id = String(at(document, 'incidents', 0, 'id'))
    const { code, out } = await cli(['incident', id, '--journal', journal])
    expect(code).toBe(0)
    const places = [
      /SIGNAL drain/,
      /PULL pause, proven/,
      /wanted pause by guardian/,
      /intent: about to send pause/,
      /simulated +leaves to lose/,
      /sent pause/,
      /HOLDS pause, read back at block/,
    ].map((one) => out.search(one))
    expect(places).not.toContain(-1)
    expect(out).toContain(attackHash)
    expect(out).toMatch(/◀ pulled/)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThan(120)

    const story = await cliJson(['incident', id, '--journal', journal])
    expect(at(story.document, 'incident', 'id')).toBe(id)
    expect((at(story.document, 'steps') as readonly { kind: string }[]).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['signal', 'decision', 'comparison', 'desire', 'intent', 'broadcast', 'receipt', 'status']),
    )
  })

  it('names the incidents that there are when the id is wrong', async () => {
    const { code, err } = await cli(['incident', 'inc-nope', '--journal', journal])
    expect(code).toBe(2)
    expect(err).toMatch(/it has inc-/)
  })
})

describe('firebreak incident of something that lasts', () => {
  it('keeps its first signal, and tells what was said at every block once', async () => {
    const path = join(scene.folder, 'lasting.journal')
    const written = openJournal(path)
    const source = openJournal(journal, { readOnly: true })
    const entries = [...source.read()]
    source.close()
    const [signal, incident] = [entries.find((one) => one.kind === 'signal'), entries.find((one) => one.kind === 'incident')]
    if (!signal || !incident) throw new Error('the run had an incident')
    const ids: string[] = []
    const moment = at(signal.body, 'moment') as object
    for (let i = 0; i < 150; i++) {
      const id = `0x${i.toString(16).padStart(64, '0')}`
      ids.push(id)
      const times = { at: signal.at + i * 1_000 }
      const summary = i === 0 ? 'it began with this' : 'it lasts'
      written.append([
        { kind: 'signal', ...times, body: { ...(signal.body as object), id, summary, moment: { ...moment, kind: 'block' } } as never },
        { kind: 'incident', ...times, body: { ...(incident.body as object), signals: ids.slice(-100) } as never },
      ])
    }
    written.close()
    const id = String(at(incident.body, 'id'))
    const { out } = await cli(['incident', id, '--journal', path], { env: { NO_COLOR: '1' } })
    expect(out.match(/it began with this/g)).toHaveLength(1)
    expect(out.match(/it lasts/g)).toHaveLength(1)
    expect(out).toContain('said 148 more times, the last at +')
    const { document } = await cliJson(['incident', id, '--journal', path])
    expect((at(document, 'steps') as { kind: string }[]).filter((step) => step.kind === 'signal')).toHaveLength(150)
  })
})

describe('firebreak verify', () => {
  it('ends with 0 for what was written, and agrees with a checkpoint', async () => {
    const account = privateKeyToAccount(scene.owner.privateKey)
    const reader = openJournal(journal, { readOnly: true })
    const file = join(scene.folder, 'checkpoints.jsonl')
    await writeFile(file, `${formatCheckpoint(await makeCheckpoint(reader, account, 7))}\n`)
    reader.close()
    const whole = await cli(['verify', '--journal', journal, '--against', file, '--signer', account.address])
    expect(whole.code).toBe(0)
    expect(whole.out).toMatch(/whole: \d+ entries/)
    expect(whole.out).toContain('agrees with 1 checkpoint')

    const cut = join(scene.folder, 'cut.journal')
    await copyFile(journal, cut)
    tamper(cut, 'delete from entries where seq = (select max(seq) from entries)')
    expect(await cli(['verify', '--journal', cut])).toMatchObject({ code: 0 })
    const shown = await cliJson(['verify', '--journal', cut, '--against', file])
    expect(shown.code).toBe(1)
    expect(at(shown.document, 'problems')).toMatchObject([{ kind: 'cut' }])
    const stranger = await cli(['verify', '--journal', journal, '--against', file, '--signer', scene.attacker.address])
    expect(stranger.code).toBe(1)
    expect(stranger.out).toContain('not a trusted signer')
  })

  it('ends with 1 and says which entry was changed', async () => {
    const changed = join(scene.folder, 'changed.journal')
    await copyFile(journal, changed)
    tamper(changed, `update entries set line = replace(line, '"armed":true', '"armed":false') where seq = 2`)
    const { code, out } = await cli(['verify', '--journal', changed])
    expect(code).toBe(1)
    expect(out).toMatch(/entry 2 changed/)
  })

  it('ends with 2 where there is nothing to verify', async () => {
    expect(await cli(['verify', '--journal', join(scene.folder, 'none.journal')])).toMatchObject({ code: 2 })
    expect(await cli(['verify', '--journal', journal, '--against', scene.plan])).toMatchObject({ code: 2 })
    expect(await cli(['verify', '--journal', journal, '--signer', '0x12'])).toMatchObject({ code: 2 })
  })
})

describe('firebreak accept', () => {
  it('shows the difference, refuses another hash, and lets the changed plan run', async () => {
    const plan = join(scene.folder, 'changed.plan.ts')
    await writeFile(
      plan,
      (await readFile(scene.plan, 'utf8'))
        .replace("falsePauseCosts: '$100/h'", "falsePauseCosts: '$250/h'")
        .replace("atMost: '4/day'", "atMost: '2/day'"),
    )
    const base = ['accept', '--plan', plan, '--journal', journal]

    const shown = await cli(base)
    expect(shown.code).toBe(1)
    expect(shown.out).toMatch(/~ brakes\.pause\.costPerHour: \$100\n +→ \$250/)
    expect(shown.out).toMatch(/To let it take effect: firebreak accept 0x[0-9a-f]{64}/)
    const hash = /firebreak accept (0x[0-9a-f]{64})/.exec(shown.out)?.[1] ?? ''

    const refused = await cli(['run', '--plan', plan, '--journal', journal], { env: env() })
    expect(refused.code).toBe(2)
    expect(refused.err).toContain(`firebreak accept ${hash}`)

    expect(await cli([...base, `0x${'1'.repeat(64)}`])).toMatchObject({ code: 2 })
    expect((await cliJson([...base, hash])).document).toMatchObject({ accepted: true, hash })
    expect(await cli(base)).toMatchObject({ code: 0 })
    const running = startFirebreak({ ...scene, plan }, { endpoint: scene.anvil().ipcPath, armed: false, journal })
    await running.says(/shadow/)
    expect(await running.stop()).toBe(0)
    expect(await cli(['verify', '--journal', journal])).toMatchObject({ code: 0 })
  })

  it('is refused with a clear word while an instance runs', async () => {
    const other = join(scene.folder, 'busy.journal')
    const running = startFirebreak(scene, { endpoint: scene.anvil().ipcPath, armed: false, journal: other })
    try {
      await running.says(/shadow/)
      const plan = join(scene.folder, 'again.plan.ts')
      await writeFile(plan, (await readFile(scene.plan, 'utf8')).replace("'$100/h'", "'$101/h'"))
      const hash = /accept (0x[0-9a-f]{64})/.exec((await cli(['accept', '--plan', plan, '--journal', other])).out)?.[1] ?? ''
      const { code, err } = await cli(['accept', hash, '--plan', plan, '--journal', other])
      expect(code).toBe(2)
      expect(err).toMatch(/an instance is running.*\n.*stop it/)
    } finally {
      await running.stop()
    }
  })
})

describe('firebreak replay', () => {
  it('repeats every decision byte for byte', async () => {
    const { code, out } = await cli(['replay', recording, '--plan', scene.plan], { env: env() })
    expect(code).toBe(0)
    expect(out).toMatch(/PULL pause, proven/)
    expect(out).toMatch(/identical: \d+ inputs, \d+ decisions?, byte for byte/)
    const { document } = await cliJson(['replay', recording, '--plan', scene.plan])
    expect(document).toMatchObject({ identical: true, decisions: [{ verdict: 'pull', brakes: ['pause'] }] })
  })

  it('ends with 1 where an input was changed so that something else comes out', async () => {
    const changed = join(scene.folder, 'changed.recording')
    const lines = (await readFile(recording, 'utf8')).split('\n')
    const place = lines.findIndex((line) => line.includes('"kind":"pending"'))
    await writeFile(changed, lines.filter((_, i) => i !== place).join('\n'))
    const { code, out } = await cli(['replay', changed, '--plan', scene.plan])
    expect({ code, said: /DIFFERS at line \d+/.test(out) }).toEqual({ code: 1, said: true })
  })

  it('ends with 2 for another plan, another file, and a line that is none', async () => {
    const plan = join(scene.folder, 'other.plan.ts')
    await writeFile(plan, (await readFile(scene.plan, 'utf8')).replace("'$100/h'", "'$999/h'"))
    expect(await cli(['replay', recording, '--plan', plan])).toMatchObject({ code: 2 })
    expect(await cli(['replay', scene.plan, '--plan', scene.plan])).toMatchObject({ code: 2 })
    expect(await cli(['replay', join(scene.folder, 'none'), '--plan', scene.plan])).toMatchObject({ code: 2 })
    const broken = join(scene.folder, 'broken.recording')
    await writeFile(broken, `${(await readFile(recording, 'utf8')).split('\n')[0]}\n{}\n`)
    expect(await cli(['replay', broken, '--plan', scene.plan])).toMatchObject({ code: 2 })
    await writeFile(broken, '')
    expect(await cli(['replay', broken, '--plan', scene.plan])).toMatchObject({ code: 2 })
  })
})

// `firebreak drill` and `firebreak demo` as processes: the JSON of a drill, its recording, several at once, and drills with faults.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-drill-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('firebreak drill', () => {
  it('prints the public attack as one document, and records it so that it replays byte for byte', async () => {
    const recording = join(folder, 'public.recording')
    const { code, document } = await cliJson(['drill', 'empty-market', '--variant', 'public', '--seed', '2', '--record', recording], {
      cwd: root,
    })
    expect(code).toBe(0)
    expect(document).toEqual({
      drill: 'empty-market',
      variant: 'public',
      seed: 2,
      detected: { by: expect.arrayContaining(['kelpDust']), blocks: 0, ms: expect.any(Number) },
      decision: {
        pulled: ['pauseKelpMints'],
        proof: 'proven',
        candidates: expect.arrayContaining([{ brakes: ['pauseKelpMints'], residualUsd: 0, costUsd: 80 }]),
      },
      contained: { block: expect.any(Number), beforeAttack: true },
      lostUsd: 0,
      lostUsdWithoutFirebreak: expect.any(Number),
      predictedLossUsd: expect.any(Number),
      falseActions: 0,
    })

    const plan = join(root, 'drills', 'empty-market', 'plan.ts')
    const again = await cliJson(['replay', recording, '--plan', plan], { cwd: root })
    expect(again.code).toBe(0)
    expect(again.document).toMatchObject({ identical: true, decisions: [{ verdict: 'pull', brakes: ['pauseKelpMints'] }] })
    for (const file of [recording, `${recording}.deployment.json`])
      expect(await readFile(file, 'utf8')).not.toMatch(/privateKey|GUARDIAN_KEY"\s*:/)
  })

  it('says apart what both rounds take in one block, and tells the private attack’s containment by its place', async () => {
    const { code, document, err } = await cliJson(['drill', 'empty-market', '--variant', 'private'], { cwd: root })
    expect(code).toBe(0)
    expect(document).toMatchObject({ contained: { beforeAttack: false }, falseActions: 0 })
    expect(err).toMatch(/apart: with both rounds in one block.* \$[\d,]+ are lost instead of \$[\d,]+/)
  })

  it('has a decision and no act where nobody attacks', async () => {
    const { document } = await cliJson(['drill', join(root, 'drills', 'empty-market'), '--variant', 'grief'], { cwd: root })
    expect(document).toMatchObject({
      detected: null,
      contained: null,
      lostUsd: 0,
      falseActions: 0,
      decision: { pulled: [], proof: 'unproven', candidates: [] },
    })
  })

  it('runs several, in processes of their own, and prints a table', async () => {
    const { code, out } = await cli(['drill', 'empty-market', '--variant', 'public', '--seeds', '2'], { cwd: root })
    expect(code).toBe(0)
    expect(out).toMatch(/empty-market +public +2 of 2 +\$0 /)
    expect(out).toContain('2 passed, 0 failed')
  })

  it('fails with the command that repeats it when the plan has no brake that helps', async () => {
    const copy = await copied('useless', (plan) =>
      plan
        .replace(/\.automatically\(\{ atMost: '4\/day' \}\)/, ".propose('pauseAllBorrows')")
        .replace(/\.pull\([^)]*\)\s*\.propose\('pauseAllBorrows'\)/, ".propose('pauseAllBorrows').to('guardian')"),
    )
    const { code, out, err } = await cli(['drill', copy, '--variant', 'public', '--seeds', '1'], { cwd: root })
    expect({ code, err }).toMatchObject({ code: 1 })
    expect(out).toMatch(/FAILED .*\n {2}repeat it: npx firebreak drill .*useless --variant public --seed 1/)
  })

  it.each([
    ['a name that nobody knows', ['drill', 'no-such-drill']],
    ['neither a drill nor --all', ['drill']],
    ['a variant that is none', ['drill', 'empty-market', '--variant', 'loud']],
    ['a seed that is no number', ['drill', 'empty-market', '--seed', 'x']],
    ['a recording of several', ['drill', 'empty-market', '--seeds', '2', '--record', 'x']],
  ])('ends with 2 for %s', async (_, args) => {
    const { code, err, out } = await cli(args, { cwd: root })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toContain('    at ')
  })

  it.each([
    ['throws when it is read', `throw new Error('oops')`, 'oops'],
    ['is not a drill', `export default 7`, 'not a drill'],
    ['lacks fields', `export default { name: 'x', about: 'y', plan: 'plan.ts' }`, 'scene'],
    ['names a plan that is not there', `export default { name: 'x', about: 'y', plan: 'other.ts', scene: () => {} }`, 'other.ts'],
    [
      'has a scene that fails',
      `export default { name: 'x', about: 'y', plan: 'plan.ts', scene: () => { throw new Error('no ground') } }`,
      'no ground',
    ],
    [
      'has a scene that gives nothing',
      `export default { name: 'x', about: 'y', plan: 'plan.ts', scene: async () => undefined }`,
      'its scene gave nothing',
    ],
    ['does not parse', `export default {`, 'drill.ts'],
  ])('ends with 2 and a mend when a drill %s', async (name, text, said) => {
    const own = join(folder, name.replaceAll(' ', '-'))
    await mkdir(own, { recursive: true })
    await writeFile(join(own, 'drill.ts'), text)
    await writeFile(join(own, 'plan.ts'), 'export default () => {}')
    const { code, err } = await cli(['drill', own])
    expect({ code, err }).toMatchObject({ code: 2 })
    expect(err).toContain(said)
    expect(err).toContain('mend:')
  })

  it('loads from any folder', async () => {
    const copy = await copied('elsewhere', (plan) => plan)
    expect((await cliJson(['drill', join(copy), '--variant', 'public'], { cwd: root })).code).toBe(0)
  })

  /** The drill in a folder of its own, outside of the repository. */
  async function copied(name: string, change: (plan: string) => string): Promise<string> {
    const place = join(folder, name)
    for (const part of ['empty-market', 'shared']) await cp(join(root, 'drills', part), join(place, part), { recursive: true })
    await cp(join(root, 'drills', 'packages.ts'), join(place, 'packages.ts'))
    const own = join(place, name)
    await cp(join(place, 'empty-market'), own, { recursive: true })
    const plan = join(own, 'plan.ts')
    await writeFile(plan, change(await readFile(plan, 'utf8')))
    return own
  }
})

describe('firebreak demo', () => {
  it('tells the story within 80 columns and without colour in a pipe', async () => {
    const { code, out } = await cli(['demo'], { cwd: root })
    expect(code).toBe(0)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    // oxlint-disable-next-line no-control-regex
    expect(out).not.toMatch(/\x1b/)
    expect(out).toMatch(/│ brake ✓ {3}attack ✗ │/)
    expect(out).toMatch(/pauseKelpMints .*\$0 .*◀/)
  })

  it('prints one document with --json', async () => {
    const { code, document } = await cliJson(['demo'], { cwd: root })
    expect(code).toBe(0)
    expect(document).toMatchObject({ public: { lostUsd: 0 }, private: { contained: { beforeAttack: false } } })
  })

  it('says clearly that the registry cannot be reached', async () => {
    const { code, err } = await cli(['demo', '--json'], {
      cwd: folder,
      env: { npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(folder, 'npm'), npm_config_fetch_retries: '0' },
    })
    expect(code).toBe(2)
    expect(err + '').not.toContain('    at ')
  })
})

describe('firebreak', () => {
  it('says where to begin when it is called with nothing, and knows no other words', async () => {
    const nothing = await cli([])
    expect(nothing).toMatchObject({ code: 0, err: '' })
    expect(nothing.out).toContain('firebreak demo')
    expect((await cli(['nonsense'])).code).toBe(2)
    expect((await cli(['--version'])).code).toBe(0)
  })

  it.each(['demo', 'init', 'check', 'run', 'pull', 'release', 'accept', 'incidents', 'incident', 'verify', 'replay', 'drill'])(
    '%s --help has an example and --json',
    async (name) => {
      const { code, out } = await cli([name, '--help'])
      expect(code).toBe(0)
      expect(out).toContain(`$ firebreak ${name}`)
      expect(out).toContain('--json')
    },
  )
})

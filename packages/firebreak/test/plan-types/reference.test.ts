// The plan reference is true: its plans type-check and resolve, its wrong plan gets the output that is printed there, and its defaults are the code's.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { knownSecrets } from '../../src/base/secrets.ts'
import { explain, type Io } from '../../src/cli/io.ts'
import type { PlanDefinition } from '../../src/plan/define.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { encoders } from './settle.ts'

const workspace = fileURLToPath(new URL('../../../../', import.meta.url))
const text = readFileSync(join(workspace, 'docs/plan-reference.md'), 'utf8')
/** A complete plan says in its first line what its file is called. */
const plans = [...text.matchAll(/^```ts\n\/\/ (\S+\.plan\.ts)\n[\s\S]*?^```$/gm)].map(([block, name]) => ({
  name: name ?? '',
  source: block.slice('```ts\n'.length, -'```'.length),
}))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-reference-'))
  symlinkSync(join(workspace, 'node_modules'), join(folder, 'node_modules'), 'dir')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(workspace, 'tsconfig.json'), include: ['*.plan.ts'], exclude: [] }),
  )
  for (const { name, source } of plans) writeFileSync(join(folder, name), source)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a command prints to people when this happens. */
function printed(error: unknown): string {
  const lines: string[] = []
  const io: Io = {
    json: false,
    secrets: knownSecrets(),
    say: () => {},
    document: () => {},
    note: (line) => void lines.push(line),
    paint: (_style, word) => word,
  }
  explain(error, io)
  return lines.join('\n')
}

/** The text block that begins with this command, without the command. */
function outputOf(command: string): string {
  const block = new RegExp(`^\`\`\`text\\n\\$ ${command.replace(/[.$]/g, '\\$&')}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(text)
  return block?.[1] ?? `no output of ${command} in the document`
}

async function resolved(name: string) {
  const { definition, sources } = await loadPlan(join(folder, name))
  return { definition, ...resolvePlan(definition, encoders, sources) }
}

/** The cells of the defaults in a section's first table, by field. */
function defaultsIn(heading: string): Readonly<Record<string, unknown>> {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` +\|[^|]*\| `([^`|]+)` +\|/gm)]
  return Object.fromEntries(rows.map(([, field, value = '']) => [field, /^\d+$/.test(value) ? Number(value) : value.replaceAll("'", '')]))
}

describe('the plan reference', () => {
  it('has a small plan, a wrong one and one with everything', () => {
    expect(plans.map(({ name }) => name)).toEqual(['firebreak.plan.ts', 'wrong.plan.ts', 'everything.plan.ts'])
  })

  it('has plans that type-check, and one that gets the errors which are shown', { timeout: 60_000 }, async () => {
    const tsc = join(workspace, 'node_modules/typescript/bin/tsc')
    const run = promisify(execFile)(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder })
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    expect(stdout.trimEnd()).toBe(outputOf('tsc -p . --pretty false'))
  })

  it.each(['firebreak.plan.ts', 'everything.plan.ts'])('has a %s that resolves without a warning', async (name) => {
    const { plan, warnings } = await resolved(name)
    expect(warnings).toEqual([])
    expect(plan.hash).toMatch(/^0x[0-9a-f]{64}$/)
  })

  it('shows the faults of the wrong plan as they are told', async () => {
    const error: unknown = await resolved('wrong.plan.ts').catch((caught: unknown) => caught)
    expect(printed(error)).toBe(outputOf('firebreak check --plan wrong.plan.ts'))
  })

  it('states the defaults that the code has', async () => {
    const { definition, plan } = await resolved('firebreak.plan.ts')
    const [bounds, brake] = [defaultsIn('Bounds'), defaultsIn('Brakes')]
    expect(Object.keys(bounds)).toEqual(['tolerates', 'untested', 'priceWindow', 'spend', 'keepGas', 'quiet'])
    expect(Object.keys(brake)).toEqual(['lasts', 'atMostPulls'])
    const spelledOut = { ...definition, bounds, brakes: { pauseVault: { ...definition.brakes['pauseVault'], ...brake } } }
    // What the document says is text; the resolver checks it.
    const same = resolvePlan(spelledOut as PlanDefinition, encoders).plan
    expect([same.bounds, same.brakes[0]?.lastsMs, same.brakes[0]?.atMostPulls]).toEqual([
      plan.bounds,
      plan.brakes[0]?.lastsMs,
      plan.brakes[0]?.atMostPulls,
    ])
  })

  it('links only to files and headings that are there', () => {
    const headingsOf = (page: string): readonly string[] =>
      [...page.matchAll(/^#{2,4} (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [file = '', heading] = target.split('#')
      const page = file === '' ? text : readFileSync(join(workspace, 'docs', file), 'utf8')
      if (heading !== undefined) expect(headingsOf(page), target).toContain(heading)
    }
  })
})

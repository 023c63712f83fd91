// The launcher under an older Node, and without any newer one: it starts again, and nobody can tell, or says how to mend it.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const scratch = mkdtempSync(join(tmpdir(), 'firebreak-launcher-'))
const launcher = join(scratch, 'bin', 'firebreak.mjs')
const older = olderNode()
if (older === undefined) console.log('skipped: the launcher under an older Node, because every Node on this machine is 24 or later')

/** Stands in for the command line: says what it was given, then does what the first argument asks. */
const program = `
import { DatabaseSync } from 'node:sqlite'
new DatabaseSync(':memory:').close()
const [what, detail]: string[] = process.argv.slice(2)
console.log(JSON.stringify({ major: Number(process.versions.node.split('.')[0]), argv: process.argv.slice(2) }))
if (what === 'exit') process.exitCode = Number(detail)
if (what === 'stdin') for await (const chunk of process.stdin) process.stdout.write(chunk)
if (what === 'wait') {
  process.on('SIGTERM', () => { console.log('told to end'); process.exit(5) })
  setInterval(() => undefined, 1000)
}
if (what === 'die') process.kill(process.pid, 'SIGKILL')
`

beforeAll(() => {
  cpSync(join(root, 'packages/firebreak/bin'), join(scratch, 'bin'), { recursive: true })
  mkdirSync(join(scratch, 'src/cli'), { recursive: true })
  mkdirSync(join(scratch, 'node_modules'))
  writeFileSync(join(scratch, 'src/cli/main.ts'), program)
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules/node'), join(scratch, 'node_modules/node'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.skipIf(older === undefined)('the launcher, called with an older Node', () => {
  test('starts again on Node 24 with the same arguments, and quietly', () => {
    const run = launch(['check', '--plan', 'a b.ts'])
    expect(JSON.parse(run.stdout)).toEqual({ major: 24, argv: ['check', '--plan', 'a b.ts'] })
    expect(run.stderr).toBe('')
  })

  test('passes the exit code on', () => {
    expect(launch(['exit', '2']).status).toBe(2)
    expect(launch(['exit', '0']).status).toBe(0)
  })

  test('passes stdin on', () => {
    expect(launch(['stdin'], { input: 'yes\n' }).stdout).toContain('yes')
  })

  test('ends by the signal that ended the program', () => {
    expect(launch(['die']).signal).toBe('SIGKILL')
  })

  test('passes SIGTERM on and lets the program end in its own way', async () => {
    const child = spawn(older ?? '', [launcher, 'wait'], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const chunk of child.stdout) {
      // Once it has said something it listens.
      if (said === '') setTimeout(() => child.kill('SIGTERM'), 100)
      said += String(chunk)
    }
    expect(said).toContain('told to end')
    expect(child.exitCode ?? (await new Promise((resolve) => child.on('exit', resolve)))).toBe(5)
  })

  test('takes the Node that FIREBREAK_NODE names', () => {
    expect(JSON.parse(launch([], { FIREBREAK_NODE: process.execPath }).stdout).major).toBe(24)
  })

  test('says how to mend it when FIREBREAK_NODE is too old or does not start', () => {
    for (const wrong of [older ?? '', join(scratch, 'no-such-node')]) {
      const run = launch([], { FIREBREAK_NODE: wrong })
      expect(run.status).toBe(2)
      expect(run.stderr).toMatch(/needs Node 24[\s\S]*mend:/)
    }
  })

  test('says how to mend it when there is no newer Node', () => {
    rmSync(join(scratch, 'node_modules/node'))
    try {
      const run = launch(['check'])
      expect(run.status).toBe(2)
      expect(run.stderr).toMatch(/needs Node 24[\s\S]*mend:/)
      expect(run.stdout).toBe('')
    } finally {
      symlinkSync(join(root, 'node_modules/node'), join(scratch, 'node_modules/node'))
    }
  })
})

test('the launcher, called with Node 24, runs the program in the same process', () => {
  const run = spawnSync(process.execPath, [launcher, 'exit', '3'], { env: cleanEnv(), encoding: 'utf8' })
  expect([run.status, run.stderr]).toEqual([3, ''])
  expect(JSON.parse(run.stdout).major).toBe(24)
})

function launch(args: readonly string[], { input, ...env }: { readonly input?: string; readonly FIREBREAK_NODE?: string } = {}) {
  return spawnSync(older ?? '', [launcher, ...args], {
    env: { ...cleanEnv(), ...env },
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  })
}

/** Without what vitest and npm add for their own children. */
function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, FIREBREAK_NODE: _node, ...env } = process.env
  return env
}

/** A Node of the machine's own that is too old for us. */
function olderNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      const major = Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 24)
      return major >= 18 && major < 24
    })
}

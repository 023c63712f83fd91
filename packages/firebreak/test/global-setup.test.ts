// A run whose tests leave a process behind fails, and the process is ended; one that tidies up passes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

// Below the repository, so that vitest is found; not named *.test.ts, so that the ordinary run does not pick it up.
const root = join(import.meta.dirname, '..', '..', '..')
const scratch = mkdtempSync(join(root, 'node_modules', '.left-over-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const starts = (args: string) => `
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
test('starts a process', () => {
  const child = spawn('sleep', ['600'], ${args})
  writeFileSync(${JSON.stringify(join(scratch, 'pid'))}, String(child.pid))
  child.unref()
`

describe.skipIf(process.platform !== 'linux')('the global setup', () => {
  test('fails a run that leaves an orphan behind, and ends it', () => {
    const run = runWith(`${starts(`{ detached: true, stdio: 'ignore' }`)} })`)
    expect(run.status).not.toBe(0)
    expect(run.stderr).toMatch(/left 1 process[\s\S]*sleep 600/)
    expect(alive(Number(readFileSync(join(scratch, 'pid'), 'utf8')))).toBe(false)
  })

  test('lets a run pass that ends what it starts', () => {
    const run = runWith(`${starts(`{ stdio: 'ignore' }`)} child.kill() })`)
    expect([run.status, run.stderr]).toEqual([0, ''])
  })
})

function runWith(source: string) {
  writeFileSync(join(scratch, 'one.check.ts'), source)
  const setup = JSON.stringify(join(import.meta.dirname, 'global-setup.ts'))
  writeFileSync(
    join(scratch, 'vitest.config.ts'),
    `export default { test: { globalSetup: [${setup}], include: ['one.check.ts'], pool: 'forks' } }`,
  )
  return spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], { cwd: scratch, encoding: 'utf8' })
}

function alive(pid: number): boolean {
  try {
    // A process that has ended stays listed until its parent asks; its command line is empty by then.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}

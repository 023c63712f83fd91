// `npm test`: the checks, then every test; ends with one line `N passed, N failed`. Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChecks } from './checks.ts'
import { seconds, summary, type TestReport } from './summary.ts'

const started = performance.now()
const checks = await runChecks()
const { report, failure } = runTests(process.argv.slice(2))
if (failure !== undefined) console.log(failure)

const { lines, passed, failed } = summary(checks, report, failure)
for (const line of lines.slice(0, -1)) console.log(line)
console.log(`total ${seconds(performance.now() - started)}\n`)
console.log(lines.at(-1))
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function runTests(args: readonly string[]): { readonly report: TestReport | undefined; readonly failure: string | undefined } {
  const scratch = mkdtempSync(join(tmpdir(), 'firebreak-test-'))
  const file = join(scratch, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const run = spawnSync('vitest', ['run', ...reporters, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    })
    const report = readReport(file)
    if (report === undefined)
      return { report, failure: `vitest ended without a report (${run.error?.message ?? run.signal ?? `exit code ${run.status}`})` }
    // Errors outside of any test: an unhandled rejection, a process left running, a test file that does not load.
    const outside = run.status !== 0 && report.numFailedTests === 0
    return {
      report,
      failure: outside ? `every test passed, but vitest found errors outside of them: see above (exit code ${run.status})` : undefined,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function readReport(file: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

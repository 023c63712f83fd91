// `npm test`: the checks, then every test; ends with one line `N passed, N failed`. Arguments go to vitest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChecks } from './checks.ts'
import { passOn } from './pass-on.ts'
import { seconds, summary, type TestReport } from './summary.ts'

const started = performance.now()
const checks = await runChecks()
const { report, failure } = await runTests(process.argv.slice(2))
if (failure !== undefined) console.log(failure)

const { lines, passed, failed } = summary(checks, report, failure)
for (const line of lines.slice(0, -1)) console.log(line)
console.log(`total ${seconds(performance.now() - started)}\n`)
console.log(lines.at(-1))
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

async function runTests(
  args: readonly string[],
): Promise<{ readonly report: TestReport | undefined; readonly failure: string | undefined }> {
  const scratch = mkdtempSync(join(tmpdir(), 'firebreak-test-'))
  const file = join(scratch, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const run = await passOn('vitest', ['run', ...reporters, ...args])
    const report = readReport(file)
    if (report === undefined)
      return { report, failure: `vitest ended without a report (${run.error ?? run.signal ?? `exit code ${run.code}`})` }
    // Errors outside of any test: an unhandled rejection, a process left running, a test file that does not load.
    const outside = run.code !== 0 && report.numFailedTests === 0
    return {
      report,
      failure: outside ? `every test passed, but vitest found errors outside of them: see above (exit code ${run.code})` : undefined,
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

// Counts a test run and words its end: the slowest files, what failed, and the line that everything ends with.
import type { CheckResult } from './checks.ts'

/** The part of vitest's JSON report that is read here. */
export interface TestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly startTime: number
    readonly endTime: number
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const slowest = 10

/** A check counts as one test; so does a test file that does not load, and an error outside of any test. */
export function summary(checks: readonly CheckResult[], report: TestReport | undefined, failure: string | undefined) {
  const files = report?.testResults ?? []
  const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'))
  const failedChecks = checks.filter((check) => !check.passed)
  const failedTests = report?.numFailedTests ?? 0
  const outside = failure !== undefined && broken.length === 0 ? 1 : 0

  const passed = checks.length - failedChecks.length + (report?.numPassedTests ?? 0)
  const failed = failedChecks.length + failedTests + broken.length + outside
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)

  const named = [
    ...failedChecks.map((check) => `  check: ${check.name}`),
    ...broken.map((file) => `  ${short(file.name)}: does not load`),
    ...files.flatMap((file) =>
      file.assertionResults.filter((test) => test.status === 'failed').map((test) => `  ${short(file.name)}: ${test.fullName}`),
    ),
    ...(outside === 1 ? [`  ${failure}`] : []),
  ]
  const lines = [
    ...slowestFiles(files),
    ...(named.length > 0 ? ['failed:', ...named, ''] : []),
    `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ]
  return { lines, passed, failed }
}

function slowestFiles(files: TestReport['testResults']): readonly string[] {
  if (files.length === 0) return []
  const longest = files.toSorted((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime)).slice(0, slowest)
  return [
    `slowest of ${files.length} test files:`,
    ...longest.map((file) => `  ${seconds(file.endTime - file.startTime).padStart(8)}  ${short(file.name)}`),
    '',
  ]
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function short(path: string): string {
  const root = process.cwd()
  return path.startsWith(root) ? path.slice(root.length + 1) : path
}

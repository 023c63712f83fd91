// The last line has to be right even when a run goes wrong in ways that no test reports.
import { describe, expect, test } from 'vitest'
import { summary, type TestReport } from './summary.ts'

const checks = [
  { name: 'lint', passed: true },
  { name: 'types', passed: true },
]

describe('summary', () => {
  test('counts tests and checks alike', () => {
    expect(end(summary(checks, report({ passed: 3 }), undefined))).toEqual(['5 passed, 0 failed', 5, 0])
  })

  test('mentions skipped tests only when there are some', () => {
    expect(end(summary(checks, report({ passed: 3, skipped: 2 }), undefined))[0]).toBe('5 passed, 0 failed, 2 skipped')
  })

  test('names what failed', () => {
    const run = summary([{ name: 'lint', passed: false }], report({ passed: 1, failed: 1 }), undefined)
    expect(end(run)).toEqual(['1 passed, 2 failed', 1, 2])
    expect(run.lines).toContain('  check: lint')
    expect(run.lines).toContain('  a.test.ts: failing 0')
  })

  test('counts a test file that does not load, once', () => {
    const broken: TestReport = { ...report({ passed: 1 }), testResults: [file('b.test.ts', 'failed', [])] }
    expect(end(summary(checks, broken, 'errors outside of tests'))).toEqual(['3 passed, 1 failed', 3, 1])
  })

  test('counts errors outside of any test, and a run without a report', () => {
    expect(end(summary(checks, report({ passed: 1 }), 'a process was left running'))).toEqual(['3 passed, 1 failed', 3, 1])
    expect(end(summary(checks, undefined, 'vitest ended without a report'))).toEqual(['2 passed, 1 failed', 2, 1])
  })

  test('lists the ten slowest files, slowest first', () => {
    const files = Array.from({ length: 12 }, (_, index) => file(`${index}.test.ts`, 'passed', [], index * 1000))
    const { lines } = summary(checks, { ...report({ passed: 1 }), testResults: files }, undefined)
    expect(lines.slice(0, 2)).toEqual(['slowest of 12 test files:', '    11.0 s  11.test.ts'])
    expect(lines.filter((line) => line.includes('.test.ts'))).toHaveLength(10)
  })
})

function end({ lines, passed, failed }: ReturnType<typeof summary>) {
  return [lines.at(-1), passed, failed]
}

function report({ passed = 0, failed = 0, skipped = 0 }): TestReport {
  const tests = Array.from({ length: failed }, (_, index) => ({ status: 'failed', fullName: `failing ${index}` }))
  return {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    testResults: [file('a.test.ts', failed > 0 ? 'failed' : 'passed', tests)],
  }
}

function file(name: string, status: string, assertionResults: TestReport['testResults'][number]['assertionResults'], took = 10) {
  return { name, status, startTime: 0, endTime: took, assertionResults }
}

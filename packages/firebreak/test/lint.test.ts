// Proves that the linter's import rules catch what they should: each folder of lint-fixtures breaks one of them, `allowed` none.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const fixtures = join(import.meta.dirname, 'lint-fixtures')
const scratch = mkdtempSync(join(tmpdir(), 'firebreak-lint-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the linter', () => {
  test('catches an import from a higher level', () => {
    expect(lint('upward')).toEqual([['model/noun.ts', 'firebreak(import-direction)', 'model is below engine and may not import from it']])
  })

  test('catches one stage importing another, for types only as well', () => {
    expect(lint('sideways')).toEqual([
      ['detectors/outflow.ts', 'firebreak(import-direction)', expect.stringContaining('detectors and incidents are on one level')],
    ])
  })

  test('catches a folder that has no place yet', () => {
    expect(lint('unplaced')).toEqual([['misc/thing.ts', 'firebreak(import-direction)', expect.stringContaining('misc has no level')]])
  })

  test('catches ways around: re-exports, dynamic imports, the package by its own name, files outside src', () => {
    expect(lint('around').map(([file, rule]) => [file, rule])).toEqual([
      ['chain/by-name.ts', 'firebreak(import-direction)'],
      ['chain/dynamic.ts', 'firebreak(import-direction)'],
      ['chain/outside.ts', 'firebreak(import-direction)'],
      ['chain/re-export.ts', 'firebreak(import-direction)'],
    ])
  })

  test('catches a cycle of values', () => {
    expect(lint('value-cycle').map(([file, rule]) => [file, rule])).toEqual([
      ['model/egg.ts', 'import(no-cycle)'],
      ['model/hen.ts', 'import(no-cycle)'],
    ])
  })

  test('catches a cycle of types alone', () => {
    expect(lint('type-cycle').map(([file, rule]) => [file, rule])).toEqual([
      ['model/egg.ts', 'import(no-cycle)'],
      ['model/hen.ts', 'import(no-cycle)'],
    ])
  })

  test('lets imports from lower levels and tests beside the code pass', () => {
    expect(lint('allowed')).toEqual([])
  })
})

/** The faults that the project's own configuration finds in a fixture: file below src, rule, message. */
function lint(fixture: string): readonly (readonly [string, string, string])[] {
  const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'))
  // The same rules; only the line that keeps the fixtures out of the ordinary run is left out.
  const plugins = config.jsPlugins.map((path: string) => join(root, path))
  const path = join(scratch, 'oxlintrc.json')
  writeFileSync(path, JSON.stringify({ ...config, jsPlugins: plugins, ignorePatterns: [] }))
  const run = spawnSync(process.execPath, [join(root, 'node_modules/oxlint/bin/oxlint'), '--config', path, '--format=json', '.'], {
    cwd: join(fixtures, fixture),
    encoding: 'utf8',
  })
  const report = JSON.parse(run.stdout)
  return report.diagnostics
    .map((fault: { filename: string; code: string; message: string }) => [
      fault.filename.replaceAll('\\', '/').replace(/^.*?src\//, ''),
      fault.code,
      fault.message,
    ])
    .toSorted((a: readonly string[], b: readonly string[]) => String(a).localeCompare(String(b)))
}

// Every command with missing, wrong and unknown words, in a folder without a plan: exit code 2, the mend, and with --json one document.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'

const nowhere = mkdtempSync(join(tmpdir(), 'firebreak-nowhere-'))
afterAll(() => rmSync(nowhere, { recursive: true, force: true }))

const faults = { error: { faults: [{ path: expect.any(String), wrong: expect.any(String), mend: expect.any(String) }] } }
const commands = [
  'init',
  'check',
  'run',
  'pull',
  'release',
  'ack',
  'dismiss',
  'disarm',
  'arm',
  'accept',
  'approve',
  'incidents',
  'incident',
  'verify',
  'replay',
  'drill',
]

describe.each(commands)('firebreak %s', (name) => {
  test('without its words, and with one that nobody knows', async () => {
    const [bare, asked, unknown] = await Promise.all([
      cli([name], { cwd: nowhere }),
      cliJson([name], { cwd: nowhere }),
      cliJson([name, '--no-such-option'], { cwd: nowhere }),
    ])
    expect(bare).toMatchObject({ code: 2, out: '' })
    expect(bare.err).toMatch(/mend:|--help/)
    expect([asked.code, unknown.code]).toEqual([2, 2])
    expect(asked.document).toEqual(faults)
    expect(unknown.document).toEqual(faults)
    for (const { out, err } of [bare, asked, unknown]) expect(`${out}${err}`).not.toMatch(/^\s+at |node:internal/m)
  })
})

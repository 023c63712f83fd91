// When `npm run …` installs again, and when it leaves things alone.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packagedNode, whatIsMissing } from './installed.mjs'
import type { LockEntry } from './lockfile.ts'

const zod = 'node_modules/zod'
const wanted: Readonly<Record<string, LockEntry>> = {
  '': {},
  'node_modules/node': { version: '24.0.0', integrity: 'sha512-n' },
  [zod]: { version: '4.0.0', integrity: 'sha512-z' },
  'node_modules/mine': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
  'node_modules/other': { version: '1.0.0', optional: true, os: ['plan9'], cpu: [process.arch] },
}

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'firebreak-installed-'))
  write('package-lock.json', wanted)
  const { 'node_modules/other': _other, ...installed } = wanted
  write('node_modules/.package-lock.json', installed)
  for (const path of Object.keys(installed)) mkdirSync(join(root, path), { recursive: true })
  mkdirSync(dirname(packagedNode(root)), { recursive: true })
  writeFileSync(packagedNode(root), '#!/bin/sh\necho v24.0.0\n')
  chmodSync(packagedNode(root), 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe.skipIf(process.platform === 'win32')('whatIsMissing', () => {
  test('is nothing when all is as the lockfile says', () => {
    expect(whatIsMissing(root)).toBeUndefined()
  })

  test('is nothing when more is installed than wanted, or an integrity is known that the lockfile does not have', () => {
    const mine = { ...wanted['node_modules/mine'], integrity: 'sha512-m' }
    write('node_modules/.package-lock.json', { ...wanted, 'node_modules/mine': mine, 'node_modules/extra': { version: '1.0.0' } })
    expect(whatIsMissing(root)).toBeUndefined()
  })

  test('sees a fresh clone', () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    expect(whatIsMissing(root)).toMatch('nothing is installed')
  })

  test('sees a package that was deleted', () => {
    rmSync(join(root, zod), { recursive: true })
    expect(whatIsMissing(root)).toMatch('node_modules/zod is missing')
  })

  test('sees a lockfile that has moved on: another version, other content, a new package', () => {
    write('package-lock.json', { ...wanted, [zod]: { ...wanted[zod], version: '4.0.1' } })
    expect(whatIsMissing(root)).toMatch('node_modules/zod is 4.0.0, not 4.0.1')
    write('package-lock.json', { ...wanted, [zod]: { ...wanted[zod], integrity: 'sha512-y' } })
    expect(whatIsMissing(root)).toMatch('node_modules/zod')
    write('package-lock.json', { ...wanted, 'packages/a/node_modules/new': { version: '1.0.0' } })
    expect(whatIsMissing(root)).toMatch('packages/a/node_modules/new is missing')
  })

  test('sees a Node that was never unpacked, because install scripts were off', () => {
    rmSync(packagedNode(root))
    expect(whatIsMissing(root)).toMatch('has no Node 24.0.0')
  })
})

function write(path: string, packages: Readonly<Record<string, LockEntry>>): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), JSON.stringify({ packages }))
}

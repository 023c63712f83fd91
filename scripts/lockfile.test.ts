// The lockfile has to install on every system and from every registry.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { entriesWithAddress, missingEntries } from './lockfile.ts'

describe('package-lock.json', () => {
  const lockfile = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'))

  test('has the optional packages of every system (mend: npm run lockfile)', () => {
    expect(Object.keys(missingEntries(lockfile))).toEqual([])
  })

  test('names no registry', () => {
    expect(entriesWithAddress(lockfile)).toEqual([])
  })
})

describe('missingEntries', () => {
  test('reads the system from the name', () => {
    const optionalDependencies = {
      '@a/b-linux-x64-musl': '1.0.0',
      '@a/b-darwin-amd64': '1.0.0',
      '@a/b-android-arm-eabi': '1.0.0',
      there: '1.0.0',
    }
    const packages = { 'node_modules/b': { dev: true, optionalDependencies }, 'node_modules/there': { version: '1.0.0' } }
    expect(missingEntries({ packages })).toEqual({
      'node_modules/@a/b-linux-x64-musl': { version: '1.0.0', os: ['linux'], cpu: ['x64'], libc: ['musl'], dev: true, optional: true },
      'node_modules/@a/b-darwin-amd64': { version: '1.0.0', os: ['darwin'], cpu: ['x64'], dev: true, optional: true },
      'node_modules/@a/b-android-arm-eabi': { version: '1.0.0', os: ['android'], cpu: ['arm'], dev: true, optional: true },
    })
  })

  test('refuses to guess', () => {
    expect(() => missingEntries({ packages: { a: { optionalDependencies: { fast: '1.0.0' } } } })).toThrow()
  })
})

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filesInTar } from './tar.ts'

/** What the system's own tar makes of these files. */
function archived(files: ReadonlyMap<string, Uint8Array>, format: 'ustar' | 'pax'): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-tar-'))
  try {
    for (const [path, body] of files) {
      mkdirSync(join(folder, 'in', dirname(path)), { recursive: true })
      writeFileSync(join(folder, 'in', path), body)
    }
    mkdirSync(join(folder, 'in'), { recursive: true })
    symlinkSync('/etc/passwd', join(folder, 'in', 'link'))
    return execFileSync('tar', [`--format=${format}`, '-c', '-C', join(folder, 'in'), 'link', ...files.keys()], { maxBuffer: 2 ** 26 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `package/${parts.map((part) => `d${part}`).join('/')}/file`)

describe('reading a tar archive', () => {
  it.each(['ustar', 'pax'] as const)('gives back every regular file of a %s archive, and nothing else', (format) => {
    fc.assert(
      fc.property(fc.dictionary(path, fc.uint8Array({ maxLength: 1_500 }), { maxKeys: 4, noNullPrototype: true }), (files) => {
        const given = new Map(Object.entries(files))
        const read = filesInTar(archived(given, format))
        expect([...read.keys()].sort()).toEqual([...given.keys()].sort())
        for (const [key, body] of given) expect([...(read.get(key) ?? [])]).toEqual([...body])
      }),
      { numRuns: 15 },
    )
  })

  it('reads paths that are too long for the old format', () => {
    const long = `package/${'a-long-folder-name/'.repeat(12)}file.json`
    expect([...filesInTar(archived(new Map([[long, new Uint8Array([1])]]), 'pax')).keys()]).toEqual([long])
  })

  it('says so when the archive was cut off', () => {
    const whole = archived(new Map([['package/file', new Uint8Array(2_000)]]), 'ustar')
    expect(() => filesInTar(whole.subarray(0, 1_500))).toThrow(RangeError)
  })
})

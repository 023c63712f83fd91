import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '../model/errors.ts'
import { openPackage, type PinnedPackage } from './package-tarball.ts'

const folder = mkdtempSync(join(tmpdir(), 'firebreak-package-'))
const artifact = { abi: [{ type: 'function', name: 'answer', inputs: [], outputs: [], stateMutability: 'view' }], bytecode: '0x6001' }
let registry: Server
let url: string
let tarball: Buffer
let fetches = 0
const before = { ...process.env }

/** A registry of one package on this machine; npm is the real one. */
beforeAll(async () => {
  const source = join(folder, 'source', 'package')
  mkdirSync(source, { recursive: true })
  writeFileSync(join(source, 'package.json'), JSON.stringify({ name: '@firebreak-test/artifacts', version: '1.2.3' }))
  writeFileSync(join(source, 'Answer.json'), JSON.stringify(artifact))
  writeFileSync(join(source, 'Abstract.json'), JSON.stringify({ ...artifact, bytecode: '0x' }))
  tarball = execFileSync('tar', ['-cz', '-C', join(folder, 'source'), 'package'])
  registry = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) {
      fetches++
      response.end(tarball)
      return
    }
    const dist = { tarball: `${url}/artifacts-1.2.3.tgz`, integrity: hashOf(tarball) }
    const version = { name: '@firebreak-test/artifacts', version: '1.2.3', dist }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: version.name, 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }))
  })
  await new Promise<void>((done) => registry.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
})
afterAll(() => {
  registry?.close()
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(folder, 'cache-'))
  fetches = 0
  process.env['npm_config_registry'] = url
  process.env['npm_config_cache'] = mkdtempSync(join(folder, 'npm-'))
})

const hashOf = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`
const pinned = (): PinnedPackage => ({ name: '@firebreak-test/artifacts', version: '1.2.3', integrity: hashOf(tarball) })

describe('a package taken as its tarball alone', () => {
  it('is fetched once, kept, and read without being installed', async () => {
    const first = await openPackage(pinned(), cache)
    expect(first.artifact('Answer.json')).toEqual(artifact)
    expect(readdirSync(cache)).toEqual(['firebreak-test-artifacts-1.2.3.tgz'])
    process.env['npm_config_registry'] = 'http://127.0.0.1:9'
    expect((await openPackage(pinned(), cache)).paths).toContain('Answer.json')
    expect(fetches).toBe(1)
  })

  it('is refused when its hash is another, and nothing is kept', async () => {
    const wrong = { ...pinned(), integrity: hashOf(new Uint8Array([1])) }
    await expect(openPackage(wrong, cache)).rejects.toThrow(UserError)
    expect(readdirSync(cache)).toEqual([])
  })

  it('is fetched again when the kept file was cut off or changed', async () => {
    writeFileSync(join(cache, 'firebreak-test-artifacts-1.2.3.tgz'), tarball.subarray(0, 40))
    expect((await openPackage(pinned(), cache)).artifact('Answer.json')).toEqual(artifact)
    expect(hashOf(readFileSync(join(cache, 'firebreak-test-artifacts-1.2.3.tgz')))).toBe(pinned().integrity)
  })

  it('may be wanted by several at once', async () => {
    const opened = await Promise.all([1, 2, 3].map(() => openPackage(pinned(), cache)))
    for (const one of opened) expect(one.artifact('Answer.json')).toEqual(artifact)
    expect(readdirSync(cache)).toEqual(['firebreak-test-artifacts-1.2.3.tgz'])
  })

  it('says what to do when nobody answers', async () => {
    process.env['npm_config_registry'] = 'http://127.0.0.1:9'
    process.env['npm_config_fetch_retries'] = '0'
    const error: unknown = await openPackage(pinned(), cache).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UserError)
    const fault = error instanceof UserError ? error.faults[0] : undefined
    expect(fault?.wrong).toContain('ECONNREFUSED')
    expect(fault?.mend).toContain('firebreak-test-artifacts-1.2.3.tgz')
  })

  it('names a file that is not there, and one that cannot be deployed', async () => {
    const opened = await openPackage(pinned(), cache)
    expect(() => opened.text('Nowhere.json')).toThrow(UserError)
    expect(() => opened.artifact('Abstract.json')).toThrow(UserError)
  })
})

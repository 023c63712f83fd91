import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../model/errors.ts'
import { openKeystore, writeKeystore } from './keystore.ts'
import { resolveSecret } from './secrets.ts'

const password = 'correct horse battery'
const key = `0x${'c0ffee11'.repeat(8)}` as const
let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'firebreak-secrets-'))
  const put = (name: string, text: string, mode = 0o600): void => {
    writeFileSync(join(directory, name), text)
    chmodSync(join(directory, name), mode)
  }
  put('url', 'https://node.example/key\n')
  put('open', 'seen by all', 0o644)
  put('empty', ' \n')
  put('key.json', writeKeystore(key, password, 1024))
  put('broken.json', '{"version":3,"crypto":{"kdf":"md5"}}')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a secret', () => {
  const places = () => ({ env: { NAME: ' value ', PASSWORD: password, WRONG: 'wrong password here' }, directory })

  it('comes from the environment, a file or a keystore', () => {
    expect(resolveSecret({ kind: 'env', name: 'NAME' }, places())).toBe('value')
    expect(resolveSecret({ kind: 'file', path: 'url' }, places())).toBe('https://node.example/key')
    expect(resolveSecret({ kind: 'keystore', path: 'key.json', password: { kind: 'env', name: 'PASSWORD' } }, places())).toBe(key)
  })

  it('in a file that others can read brings a warning', () => {
    const said: string[] = []
    resolveSecret({ kind: 'file', path: 'open' }, { ...places(), warn: (text) => said.push(text) })
    resolveSecret({ kind: 'file', path: 'url' }, { ...places(), warn: (text) => said.push(text) })
    expect(said).toEqual(['file open can be read by other users of this machine: chmod 600 open'])
  })

  it.each([
    ['env NOTHING', { kind: 'env', name: 'NOTHING' }],
    ['file gone', { kind: 'file', path: 'gone' }],
    ['file empty', { kind: 'file', path: 'empty' }],
    ['keystore broken.json', { kind: 'keystore', path: 'broken.json', password: { kind: 'env', name: 'PASSWORD' } }],
    ['keystore key.json', { kind: 'keystore', path: 'key.json', password: { kind: 'env', name: 'WRONG' } }],
    ['env NOTHING', { kind: 'keystore', path: 'key.json', password: { kind: 'env', name: 'NOTHING' } }],
  ] as const)('that cannot be had is a fault at %s, without the secret', (path, ref) => {
    let caught: unknown
    try {
      resolveSecret(ref, places())
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(UserError)
    expect(caught).toMatchObject({ faults: [{ path }] })
    for (const secret of [password, 'wrong password here', key.slice(2)]) expect(String(caught)).not.toContain(secret)
  })
})

describe('a keystore', () => {
  it('opens the two examples of the specification', () => {
    const common = { cipher: 'aes-128-ctr', version: 3 }
    const pbkdf2 = {
      crypto: {
        cipher: common.cipher,
        cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
        ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
        kdf: 'pbkdf2',
        kdfparams: { c: 262144, dklen: 32, prf: 'hmac-sha256', salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd' },
        mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
      },
      version: 3,
    }
    const scrypt = {
      crypto: {
        cipher: common.cipher,
        cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
        ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
        kdf: 'scrypt',
        kdfparams: { dklen: 32, n: 262144, p: 8, r: 1, salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19' },
        mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
      },
      version: 3,
    }
    const expected = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
    expect(openKeystore(JSON.stringify(pbkdf2), 'testpassword')).toEqual({ ok: true, key: expected })
    expect(openKeystore(JSON.stringify(scrypt), 'testpassword')).toEqual({ ok: true, key: expected })
  })

  it('gives back what was written, and only to the right password', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (bytes, word) => {
        const secret = `0x${Buffer.from(bytes).toString('hex')}` as const
        const text = writeKeystore(secret, word, 2)
        expect(openKeystore(text, word)).toEqual({ ok: true, key: secret })
        expect(openKeystore(text, `${word}x`)).toEqual({ ok: false, why: 'wrong password' })
        expect(text).not.toContain(secret.slice(2))
      }),
      { numRuns: 30 },
    )
  })

  it('that asks for all memory is refused', () => {
    const greedy = JSON.parse(writeKeystore(key, password, 2)) as { crypto: { kdfparams: { n: number } } }
    greedy.crypto.kdfparams.n = 2 ** 30
    expect(openKeystore(JSON.stringify(greedy), password)).toEqual({ ok: false, why: 'not a keystore' })
  })
})

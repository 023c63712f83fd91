import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../../model/errors.ts'
import { KeyInUse, lockKeys, type KeyOnChain } from './key-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-locks-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = (more: Partial<KeyOnChain> = {}): KeyOnChain => ({
  authority: 'guardian',
  address: '0x00000000000000000000000000000000000000A1',
  chainId: 1,
  genesis: `0x${'ab'.repeat(32)}`,
  ...more,
})

test('one writer per key and chain', () => {
  const { release } = lockKeys(folder, [key()])
  expect(() => lockKeys(folder, [key()])).toThrow(KeyInUse)
  for (const other of [
    key({ chainId: 2 }),
    key({ genesis: `0x${'cd'.repeat(32)}` }),
    key({ address: '0x00000000000000000000000000000000000000A2' }),
  ])
    lockKeys(folder, [other]).release()
  release()
  lockKeys(folder, [key()]).release()
})

test('all keys or none', () => {
  const second = key({ address: '0x00000000000000000000000000000000000000A2' })
  const { release } = lockKeys(folder, [second])
  expect(() => lockKeys(folder, [key(), second])).toThrow(KeyInUse)
  lockKeys(folder, [key()]).release()
  release()
})

test('two authorities with one key are one writer', () => {
  lockKeys(folder, [key(), key({ authority: 'again' })]).release()
})

test('a folder that cannot be used is said, with the way out', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => lockKeys(join(file, 'keys'), [key()])).toThrow(UserError)
  expect(() => lockKeys(join(file, 'keys'), [key()])).toThrow(/FIREBREAK_STATE/)
})

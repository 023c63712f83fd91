// The key of a journal: made once, for its owner alone, and refused when it is none.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { UserError } from '../model/errors.ts'
import { checkCheckpoint, makeCheckpoint } from './checkpoint.ts'
import { temporaryFolder } from './for-tests.ts'
import { makeSigner, signerFile, signerOf } from './signer.ts'
import { openJournal } from './sqlite/journal.ts'

test('is made at first use, stays the same, and signs what can be checked', async () => {
  using folder = temporaryFolder()
  const file = signerFile(folder.file())
  // A start that died while it made one.
  writeFileSync(`${file}.new`, '0x12')
  makeSigner(folder.file())
  const key = readFileSync(file, 'utf8')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  makeSigner(folder.file())
  expect(readFileSync(file, 'utf8')).toBe(key)

  const journal = openJournal(folder.file())
  const checkpoint = await makeCheckpoint(journal, signerOf(key.trim(), file), 7)
  journal.close()
  expect(checkCheckpoint(checkpoint)).toBe(true)
  expect(checkCheckpoint({ ...checkpoint, seq: 1 })).toBe(false)
})

test.each(['', '0x12', `0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`])('%s is no key, and is not repeated in the error', (key) => {
  const refused = (): unknown => signerOf(key, 'run.journal.signer')
  expect(refused).toThrow(UserError)
  if (key !== '') expect(refused).not.toThrow(key)
})

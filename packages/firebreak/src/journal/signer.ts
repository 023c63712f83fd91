// The journal's own identity: a key in a file beside it that signs checkpoints and nothing else. It is no brake's key.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { UserError } from '../model/errors.ts'
import { isHash } from './chain.ts'
import type { CheckpointSigner } from './checkpoint.ts'

export const signerFile = (journal: string): string => `${journal}.signer`

/** Makes the key at first use, readable by its owner only. To be called by the journal's one writer; throws where there is no room. */
export function makeSigner(journal: string): void {
  const file = signerFile(journal)
  if (existsSync(file)) return
  // Whole or not at all: half a key would stop the next start.
  const making = `${file}.new`
  rmSync(making, { force: true })
  const descriptor = openSync(making, 'wx', 0o600)
  try {
    writeSync(descriptor, `${generatePrivateKey()}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(making, file)
}

/** `key` is what the signer's file says. */
export function signerOf(key: string, file: string): CheckpointSigner {
  try {
    if (isHash(key)) return privateKeyToAccount(key)
  } catch {
    // Not every number is a key.
  }
  throw new UserError({
    path: file,
    wrong: 'is not the key that this journal’s checkpoints are signed with',
    mend: 'put it back from a copy, or move it away: the next run makes another one, with an address of its own',
  })
}

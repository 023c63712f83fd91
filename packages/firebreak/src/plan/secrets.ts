// Fetches a secret from where a plan says that it is found; what goes wrong is said without the secret.
import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { SecretRef } from '../model/brake.ts'
import { UserError } from '../model/errors.ts'
import { openKeystore } from './keystore.ts'

/** Where secrets are looked for, handed in: nothing here reads the process's own environment. */
export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The plan's folder: relative paths start here. */
  readonly directory: string
  /** Told when a file with a secret can be read by others. */
  readonly warn?: (text: string) => void
}

/** @example resolveSecret(authority.secret, { env: process.env, directory: sources.directory }) */
export function resolveSecret(ref: SecretRef, places: SecretPlaces): string {
  switch (ref.kind) {
    case 'env':
      return fromEnv(ref.name, places)
    case 'file':
      return fromFile(ref.path, places)
    case 'keystore':
      return fromKeystore(ref.path, ref.password, places)
    default:
      return ref satisfies never
  }
}

/** How a secret's place is written in messages: `env OUR_NODE`, `file rpc-url`. */
function placeOf(ref: SecretRef): string {
  return `${ref.kind} ${ref.kind === 'env' ? ref.name : ref.path}`
}

function fromEnv(name: string, places: SecretPlaces): string {
  const value = places.env[name]?.trim()
  if (value) return value
  const wrong = value === undefined ? 'the environment variable is not set' : 'the environment variable is empty'
  throw new UserError({ path: `env ${name}`, wrong, mend: `set it: export ${name}=…` })
}

function fromFile(path: string, places: SecretPlaces): string {
  const value = read('file', path, places).trim()
  if (value !== '') return value
  throw new UserError({ path: `file ${path}`, wrong: 'the file is empty', mend: 'put the secret into it, and nothing else' })
}

function fromKeystore(path: string, password: SecretRef, places: SecretPlaces): string {
  const text = read('keystore', path, places)
  const opened = openKeystore(text, resolveSecret(password, places))
  if (opened.ok) return opened.key
  if (opened.why === 'wrong password') {
    throw new UserError({
      path: `keystore ${path}`,
      wrong: `the password from ${placeOf(password)} does not open it`,
      mend: 'set the password that the keystore was written with',
    })
  }
  throw new UserError({
    path: `keystore ${path}`,
    wrong: 'is not a keystore of version 3',
    mend: "write one with 'cast wallet import' or 'geth account import'",
  })
}

function read(kind: 'file' | 'keystore', path: string, places: SecretPlaces): string {
  const full = isAbsolute(path) ? path : join(places.directory, path)
  try {
    const text = readFileSync(full, 'utf8')
    // Group and others; Windows reports no such bits.
    if (process.platform !== 'win32' && (statSync(full).mode & 0o077) !== 0) {
      places.warn?.(`${kind} ${path} can be read by other users of this machine: chmod 600 ${path}`)
    }
    return text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    const wrong = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`
    throw new UserError({ path: `${kind} ${path}`, wrong, mend: 'correct the path: relative ones start at the folder of the plan' })
  }
}

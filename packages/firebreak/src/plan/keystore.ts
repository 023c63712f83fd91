// Opens and writes encrypted keys: Web3 secret storage, version 3, as geth, foundry and clef write it.
import * as Keystore from 'ox/Keystore'
import { z } from 'zod'
import type { Hex } from '../model/hex.ts'

const hex = (bytes?: number) => z.string().regex(bytes === undefined ? /^([0-9a-fA-F]{2})*$/ : new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`))
/** scrypt takes 128·n·r bytes, and the file comes from outside: more than a gigabyte is refused. */
const scryptParameters = z
  .object({ n: z.number().int().min(2), r: z.number().int().min(1), p: z.number().int().min(1).max(16), dklen: z.literal(32), salt: hex() })
  .refine(({ n, r }) => 128 * n * r <= 1 << 30)
const pbkdf2Parameters = z.object({
  c: z.number().int().min(1).max(10_000_000),
  prf: z.literal('hmac-sha256'),
  dklen: z.literal(32),
  salt: hex(),
})

const sealed = { cipher: z.literal('aes-128-ctr'), cipherparams: z.object({ iv: hex(16) }), ciphertext: hex(32), mac: hex(32) }
const keystoreFile = z.object({
  version: z.literal(3),
  id: z.string().default(''),
  crypto: z.discriminatedUnion('kdf', [
    z.object({ kdf: z.literal('scrypt'), kdfparams: scryptParameters, ...sealed }),
    z.object({ kdf: z.literal('pbkdf2'), kdfparams: pbkdf2Parameters, ...sealed }),
  ]),
})

/** Why a keystore could not be opened; never says anything of what is in it. */
export type Opened = { readonly ok: true; readonly key: Hex } | { readonly ok: false; readonly why: 'not a keystore' | 'wrong password' }

export function openKeystore(text: string, password: string): Opened {
  const parsed = keystoreFile.safeParse(jsonOf(text))
  if (!parsed.success) return { ok: false, why: 'not a keystore' }
  const { crypto } = parsed.data
  // The two kinds are told apart for the type alone, which couples the derivation with its parameters.
  const store = crypto.kdf === 'scrypt' ? { ...parsed.data, crypto } : { ...parsed.data, crypto }
  try {
    return { ok: true, key: Keystore.decrypt(store, Keystore.toKey(store, { password })) }
  } catch {
    return { ok: false, why: 'wrong password' }
  }
}

/** Encrypts a private key. `cost` is scrypt's n; the default is the one that geth uses. */
export function writeKeystore(key: Hex, password: string, cost: number = 1 << 18): string {
  const [derived, options] = Keystore.scrypt({ password, n: cost, r: 8, p: 1 })
  return `${JSON.stringify(Keystore.encrypt(key, derived, options), null, 2)}\n`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Opens and writes encrypted keys: Web3 secret storage, version 3, as geth, foundry and clef write it.
import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto'
import { keccak256 } from 'ox/Hash'
import { z } from 'zod'
import type { Hex } from '../model/hex.ts'

const hex = (bytes?: number) => z.string().regex(bytes === undefined ? /^(0x)?([0-9a-fA-F]{2})*$/ : new RegExp(`^(0x)?[0-9a-fA-F]{${bytes * 2}}$`))
/** scrypt takes 128·n·r bytes, and the file comes from outside: more than a gigabyte is refused. */
const scryptParameters = z
  .object({ n: z.number().int().min(2), r: z.number().int().min(1), p: z.number().int().min(1).max(16), dklen: z.literal(32), salt: hex() })
  .refine(({ n, r }) => 128 * n * r <= 1 << 30)
const pbkdf2Parameters = z.object({ c: z.number().int().min(1).max(10_000_000), prf: z.literal('hmac-sha256'), dklen: z.literal(32), salt: hex() })

const sealed = { cipher: z.literal('aes-128-ctr'), cipherparams: z.object({ iv: hex(16) }), ciphertext: hex(32), mac: hex(32) }
const keystoreFile = z.object({
  version: z.literal(3),
  crypto: z.discriminatedUnion('kdf', [
    z.object({ kdf: z.literal('scrypt'), kdfparams: scryptParameters, ...sealed }),
    z.object({ kdf: z.literal('pbkdf2'), kdfparams: pbkdf2Parameters, ...sealed }),
  ]),
})
type Crypto = z.infer<typeof keystoreFile>['crypto']

/** Why a keystore could not be opened; never says anything of what is in it. */
export type Opened = { readonly ok: true; readonly key: Hex } | { readonly ok: false; readonly why: 'not a keystore' | 'wrong password' }

export function openKeystore(text: string, password: string): Opened {
  const parsed = keystoreFile.safeParse(jsonOf(text))
  if (!parsed.success) return { ok: false, why: 'not a keystore' }
  const { crypto } = parsed.data
  const derived = derive(crypto, password)
  const ciphertext = bytes(crypto.ciphertext)
  if (!timingSafeEqual(mac(derived, ciphertext), bytes(crypto.mac))) return { ok: false, why: 'wrong password' }
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), bytes(crypto.cipherparams.iv))
  return { ok: true, key: `0x${Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('hex')}` }
}

/** Encrypts a private key with scrypt. `cost` is scrypt's n; the default is the one that geth uses. */
export function writeKeystore(key: Hex, password: string, cost: number = 1 << 18): string {
  const kdfparams = { n: cost, r: 8, p: 1, dklen: 32 as const, salt: randomBytes(32).toString('hex') }
  const iv = randomBytes(16)
  const derived = derive({ kdf: 'scrypt', kdfparams }, password)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(bytes(key)), cipher.final()])
  const crypto = {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: iv.toString('hex') },
    ciphertext: ciphertext.toString('hex'),
    kdf: 'scrypt',
    kdfparams,
    mac: mac(derived, ciphertext).toString('hex'),
  }
  return `${JSON.stringify({ version: 3, id: randomUUID(), crypto }, null, 2)}\n`
}

type Derivation = Pick<Extract<Crypto, { kdf: 'scrypt' }>, 'kdf' | 'kdfparams'> | Pick<Extract<Crypto, { kdf: 'pbkdf2' }>, 'kdf' | 'kdfparams'>

function derive(crypto: Derivation, password: string): Buffer {
  if (crypto.kdf === 'pbkdf2') return pbkdf2Sync(password, bytes(crypto.kdfparams.salt), crypto.kdfparams.c, 32, 'sha256')
  const { n, r, p, salt } = crypto.kdfparams
  return scryptSync(password, bytes(salt), 32, { N: n, r, p, maxmem: 128 * r * (n + p + 16) })
}

function mac(derived: Buffer, ciphertext: Buffer): Buffer {
  return Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), { as: 'Bytes' }))
}

function bytes(text: string): Buffer {
  return Buffer.from(text.replace(/^0x/, ''), 'hex')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

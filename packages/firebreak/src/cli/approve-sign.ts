// How an owner signs: with a keystore here, or with a wallet elsewhere whose signature is brought in. Whatever it is, it has to be an owner's, over this hash.
import { readFileSync } from 'node:fs'
import { concatHex, getAddress, keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { UserError } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import { openKeystore } from '../plan/keystore.ts'
import { recovered } from '../responders/authorities/safe-signatures.ts'
import type { Io } from './io.ts'

export interface OwnSignature {
  readonly owner: Address
  readonly signature: Hex
}

/** `keystore:<file>`, with its password in an environment variable; `env:<NAME>` for local use. */
export function keyFrom(
  signer: string,
  passwordFrom: string,
  io: Io,
): { readonly address: Address; readonly sign: (hash: Hex) => Promise<Hex> } {
  const [kind, place] = [signer.slice(0, signer.indexOf(':')), signer.slice(signer.indexOf(':') + 1)]
  const key = kind === 'keystore' ? fromKeystore(place, passwordFrom, io) : kind === 'env' ? fromEnv(place) : undefined
  if (key === undefined)
    throw fault(
      '--signer',
      'names no place of a key',
      'write keystore:<file>, remote:<NAME>, or env:<NAME> for local use; for a wallet see --typed-data',
    )
  io.secrets.add(key)
  const privateKey = (key.startsWith('0x') ? key : `0x${key}`) as Hex
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw fault('--signer', 'refers to something that is no private key', 'correct it')
  const account = privateKeyToAccount(privateKey)
  return { address: getAddress(account.address), sign: (hash) => account.sign({ hash }) }
}

function fromKeystore(file: string, passwordFrom: string, io: Io): string {
  const password = process.env[passwordFrom]
  if (!password)
    throw fault(
      '--password',
      `the environment variable ${passwordFrom} is not set`,
      `put the keystore's password into it, or name another variable`,
    )
  io.secrets.add(password)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw fault('--signer', `the keystore ${file} cannot be read`, 'correct the path')
  }
  const opened = openKeystore(text, password)
  if (opened.ok) return opened.key
  throw fault(
    '--signer',
    opened.why === 'wrong password' ? 'the password does not open the keystore' : `${file} is no keystore of version 3`,
    'correct it',
  )
}

function fromEnv(name: string): string {
  const key = process.env[name]
  if (!key) throw fault('--signer', `the environment variable ${name} is not set`, `set it: export ${name}=…`)
  return key.trim()
}

/** A wallet's signature in the form that a Safe reads; some write the parity as 0 or 1, some sign the hash as a message. */
export function broughtIn(text: string, hash: Hex, owners: readonly Address[]): OwnSignature {
  if (!/^0x[0-9a-fA-F]{130}$/.test(text)) throw fault('--signature', 'is not a signature of 65 bytes', 'give it as 0x and 130 hex digits')
  const [r, s, v] = [BigInt(`0x${text.slice(2, 66)}`), BigInt(`0x${text.slice(66, 130)}`), Number.parseInt(text.slice(130), 16)]
  const parity = v === 27 || v === 28 ? v - 27 : v === 31 || v === 32 ? v - 31 : v
  const asMessage = keccak256(concatHex([toHex('\x19Ethereum Signed Message:\n32'), hash]))
  for (const [digest, add] of [
    [hash, 27],
    [asMessage, 31],
  ] as const) {
    const owner = recovered(digest, r, s, parity)
    if (owner && owners.includes(owner)) return { owner, signature: `${text.slice(0, 130)}${(parity + add).toString(16)}` as Hex }
  }
  const signer = recovered(hash, r, s, parity)
  throw fault(
    '--signature',
    signer ? `is not by an owner over this proposal: over this hash it would be by ${signer}` : 'is no signature at all',
    'sign exactly the typed data of this proposal, on this chain, with the key of an owner',
  )
}

export const fault = (path: string, wrong: string, mend: string): UserError => new UserError({ path, wrong, mend })

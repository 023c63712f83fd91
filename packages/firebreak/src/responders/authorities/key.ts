// A hot key: signs restricting calls, ahead of time where it can. The key itself stays in this closure and is never printed.
import { signRecoverable } from 'tiny-secp256k1'
import { bytesToHex, hexToBytes, serializeTransaction, type Hex as ViemHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { keccak256 } from 'viem/utils'
import { UserError } from '../../model/errors.ts'
import type { Address, Hex } from '../../model/hex.ts'

export interface Unsigned {
  readonly to: Address
  readonly data: Hex
  readonly nonce: bigint
  readonly gas: bigint
  readonly maxFee: bigint
  readonly maxTip: bigint
}

export interface Signer {
  readonly address: Address
  readonly sign: (unsigned: Unsigned) => Promise<{ readonly raw: Hex; readonly hash: Hex }>
  /** A signer that is not this process: why it is away at present, and what it takes. */
  readonly elsewhere?: { readonly failing: () => string | undefined; readonly takesMs: () => number | undefined }
}

/** `expected` is the plan's address: a key that does not belong to it is refused before anything else happens. */
export function keySigner(secret: string, expected: Address, chainId: number, where: string): Signer {
  const privateKey = (secret.startsWith('0x') ? secret : `0x${secret}`) as ViemHex
  const fault = (wrong: string): UserError =>
    new UserError({ path: where, wrong, mend: 'give a private key of 64 hex digits, or a keystore file' })
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw fault('what it refers to is not a private key')
  let address: Address
  try {
    address = privateKeyToAccount(privateKey).address
  } catch {
    throw fault('what it refers to is not a usable private key')
  }
  if (address !== expected)
    throw new UserError({
      path: where,
      wrong: `the key belongs to ${address}, the plan says ${expected}`,
      mend: 'correct the address in the plan or the key that it refers to',
    })
  const key = hexToBytes(privateKey)
  return {
    address,
    sign: async (unsigned) => {
      const transaction = {
        type: 'eip1559',
        chainId,
        to: unsigned.to,
        data: unsigned.data,
        nonce: Number(unsigned.nonce),
        gas: unsigned.gas,
        maxFeePerGas: unsigned.maxFee,
        maxPriorityFeePerGas: unsigned.maxTip,
      } as const
      // A form of every brake is signed for each block: in JavaScript that was the largest part of what an armed run computes.
      const { signature, recoveryId } = signRecoverable(keccak256(serializeTransaction(transaction), 'bytes'), key)
      const [r, s] = [bytesToHex(signature.subarray(0, 32)), bytesToHex(signature.subarray(32))]
      const raw = serializeTransaction(transaction, { r, s, yParity: recoveryId & 1 })
      return { raw, hash: keccak256(raw) }
    },
  }
}

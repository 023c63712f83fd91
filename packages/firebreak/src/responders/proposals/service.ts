// Speaks with a Safe transaction service: what the owners' own wallets show and sign. Its word counts for nothing that the chain does not confirm.
import { getAddress } from 'viem'
import { z } from 'zod'
import { UserError } from '../../model/errors.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { Approval } from '../authorities/safe-signatures.ts'
import { messageOf, type SafeTx } from '../authorities/safe-tx.ts'

export interface Service {
  /** Everything that is proposed for a nonce, with the confirmations so far. */
  readonly atNonce: (safe: Address, nonce: bigint) => Promise<readonly Offered[]>
  /** Proposes and confirms in one: a service takes proposals only from owners and their delegates. */
  readonly propose: (safe: Address, tx: SafeTx, hash: Hex, sender: Address, signature: Hex) => Promise<void>
  readonly confirm: (hash: Hex, signature: Hex) => Promise<void>
}

export interface Offered {
  readonly hash: Hex
  readonly approvals: readonly Approval[]
}

const listShape = z.object({
  results: z
    .array(
      z.object({
        safeTxHash: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
        isExecuted: z.boolean().nullish(),
        confirmations: z
          .array(
            z.object({
              owner: z.string(),
              signature: z
                .string()
                .regex(/^0x([0-9a-fA-F]{2})*$/)
                .nullish(),
            }),
          )
          .max(200)
          .nullish(),
      }),
    )
    .max(200),
})

const patienceMs = 5_000
const largest = 2_000_000

export function transactionService(url: string, key: string | undefined): Service {
  const base = url.replace(/\/+$/, '')
  const request = async (path: string, body?: unknown): Promise<unknown> => {
    let answer: Response
    try {
      answer = await fetch(`${base}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
        redirect: 'error',
      })
    } catch (error) {
      throw fault(`cannot be reached (${error instanceof Error ? error.name : 'no reason'})`, 'check its URL, and whether it runs')
    }
    const text = await answer.text()
    if (text.length > largest) throw fault('answered with more than it should', 'is this the right URL?')
    if (!answer.ok)
      throw fault(`refused (${answer.status}): ${plain(text)}`, 'see what it says; a service takes signatures only from owners')
    return text === '' ? undefined : JSON.parse(text)
  }
  return {
    atNonce: async (safe, nonce) => {
      const list = listShape.safeParse(
        await request(`/api/v2/safes/${getAddress(safe)}/multisig-transactions/?nonce=${nonce}&executed=false`),
      )
      if (!list.success)
        throw fault('answered with something that is no list of transactions', 'is this the URL of a Safe transaction service?')
      return list.data.results.flatMap(({ safeTxHash, isExecuted, confirmations }) =>
        isExecuted
          ? []
          : [
              {
                hash: safeTxHash.toLowerCase() as Hex,
                approvals: (confirmations ?? []).flatMap(({ owner, signature }) =>
                  signature ? [{ from: `the service, for ${owner}`, signature: signature as Hex }] : [],
                ),
              },
            ],
      )
    },
    propose: async (safe, tx, hash, sender, signature) => {
      const { gasToken, refundReceiver, ...rest } = messageOf(tx)
      await request(`/api/v2/safes/${getAddress(safe)}/multisig-transactions/`, {
        safe: getAddress(safe),
        ...rest,
        gasToken,
        refundReceiver,
        contractTransactionHash: hash,
        sender: getAddress(sender),
        signature,
        origin: 'Firebreak',
      })
    },
    confirm: async (hash, signature) => {
      await request(`/api/v1/multisig-transactions/${hash}/confirmations/`, { signature })
    },
  }
}

const fault = (wrong: string, mend: string): UserError => new UserError({ path: 'the transaction service', wrong, mend })

/** Somebody else's words, short and without anything that a terminal would obey. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)

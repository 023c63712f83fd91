// A proposal as people get it: a document that says everything that its hash depends on, so that a signer's tool need not believe the rest.
import { getAddress, isAddress } from 'viem'
import { z } from 'zod'
import type { Address, Hex } from '../../model/hex.ts'
import { safeHashes, type SafeTx } from '../authorities/safe-tx.ts'

const hex = (bytes?: number) =>
  z.custom<Hex>(
    (text) => typeof text === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(text) && (bytes === undefined || text.length === 2 + bytes * 2),
  )
const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }))
  .transform((text): Address => getAddress(text))
const amount = z.union([z.string().regex(/^\d{1,78}$/), z.number().int().min(0)]).transform((text) => BigInt(text))
/** A refund or a bound would change the hash, and nobody of us ever asks for one. */
const zero = z.union([z.literal('0'), z.literal(0)])
const noAddress = z.union([z.literal('0x0000000000000000000000000000000000000000'), z.null()])

const proposalShape = z.object({
  version: z.literal(1),
  id: hex(32),
  plan: z.object({ name: z.string(), hash: z.string() }),
  chain: z.string(),
  chainId: z.number().int(),
  authority: z.string(),
  safe: address,
  brake: z.string(),
  does: z.enum(['pull', 'release']),
  desire: z.string(),
  at: z.number(),
  says: z.string(),
  notes: z.array(z.string()),
  transaction: z.object({
    to: address,
    value: amount,
    data: hex(),
    operation: z.union([z.literal(0), z.literal(1)]),
    safeTxGas: zero,
    baseGas: zero,
    gasPrice: zero,
    gasToken: noAddress,
    refundReceiver: noAddress,
    nonce: amount,
  }),
})

export type Proposal = Readonly<z.infer<typeof proposalShape>>

export const txOf = ({ transaction: { to, value, data, operation, nonce } }: Proposal): SafeTx => ({ to, value, data, operation, nonce })

/** A file that says one thing and hashes to another is no proposal. */
export function readProposal(text: string): Proposal | { readonly wrong: string } {
  let parsed: ReturnType<typeof proposalShape.safeParse>
  try {
    parsed = proposalShape.safeParse(JSON.parse(text))
  } catch {
    return { wrong: 'is no JSON' }
  }
  if (!parsed.success) return { wrong: `is no proposal of this version: ${parsed.error.issues[0]?.path.join('.') ?? ''}` }
  const { id, chainId, safe } = parsed.data
  const hash = safeHashes(txOf(parsed.data), { chainId, safe }).safeTx
  return hash === id.toLowerCase() ? parsed.data : { wrong: `calls itself ${id}, and what it says hashes to ${hash}` }
}

export function proposalText(proposal: Proposal): string {
  const { transaction } = proposal
  const words = { ...transaction, value: transaction.value.toString(), nonce: transaction.nonce.toString() }
  return `${JSON.stringify({ ...proposal, transaction: words }, null, 2)}\n`
}

const signatureShape = z.object({
  proposal: hex(32),
  chainId: z.number().int().optional(),
  signer: address.optional(),
  signature: hex(),
  at: z.number().optional(),
  /** Why somebody signed what could not be shown. */
  blindReason: z.string().max(2_000).optional(),
})

export type Signed = Readonly<z.infer<typeof signatureShape>>

export function readSignature(text: string): Signed | undefined {
  try {
    return signatureShape.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

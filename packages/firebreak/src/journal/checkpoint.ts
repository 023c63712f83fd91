// Signed heads of the chain, kept elsewhere: a cut-off tail or a rewritten journal cannot match them.
import { PersonalMessage, Secp256k1, Signature } from 'ox'
import { z } from 'zod'
import { canonicalHash } from '../base/canonical.ts'
import { UserError } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Checkpoint } from '../model/journal.ts'
import type { Head } from './chain.ts'

/** As much of a viem account as is needed. */
export interface CheckpointSigner {
  readonly address: Address
  readonly signMessage: (parameters: { readonly message: { readonly raw: Hex } }) => Promise<Hex>
}

/** @example const line = formatCheckpoint(await makeCheckpoint(journal, privateKeyToAccount(key), Date.now())) */
export async function makeCheckpoint(
  journal: { readonly id: Hex; readonly head: () => Head },
  signer: CheckpointSigner,
  at: number,
): Promise<Checkpoint> {
  const { seq, hash } = journal.head()
  const said = { version: 1, journal: journal.id, seq, hash, at, signer: signer.address } as const
  return { ...said, signature: await signer.signMessage({ message: { raw: digest(said) } }) }
}

/** True when the named signer signed exactly this. Whether that signer is trusted is for the caller to say. */
export function checkCheckpoint(checkpoint: Checkpoint): boolean {
  try {
    const payload = PersonalMessage.getSignPayload(digest(checkpoint))
    const address = Secp256k1.recoverAddress({ payload, signature: Signature.fromHex(checkpoint.signature) })
    return address.toLowerCase() === checkpoint.signer.toLowerCase()
  } catch {
    // Not a signature at all.
    return false
  }
}

function digest({ version, journal, seq, hash, at, signer }: Omit<Checkpoint, 'signature'>): Hex {
  return canonicalHash({ at, hash, journal, seq, signer, version })
}

/** One line of a checkpoint file, without the line break. */
export function formatCheckpoint({ version, journal, seq, hash, at, signer, signature }: Checkpoint): string {
  return JSON.stringify({ version, journal, seq, hash, at, signer, signature })
}

const hex = (bytes: number) => z.templateLiteral(['0x', z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`))])
const form = z.strictObject({
  version: z.literal(1),
  journal: hex(32),
  seq: z.int().nonnegative(),
  hash: hex(32),
  at: z.number(),
  signer: hex(20),
  signature: hex(65),
})

/** All lines of a checkpoint file, or of a log of what a webhook was sent; every wrong line is reported at once. */
export function parseCheckpoints(text: string, file: string): readonly Checkpoint[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), path: `${file} line ${index + 1}` }))
  const read = lines
    .filter(({ line }) => line !== '')
    .map(({ line, path }) => ({ path, value: unpacked(jsonOr(line)) }))
    .filter(({ value }) => value !== otherMessage)
    .map(({ path, value }) => ({ path, result: form.safeParse(value) }))
  const faults = read.flatMap(({ path, result }) => {
    if (result.success) return []
    const wrong = result.error.issues.map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`).join('; ')
    return [{ path, wrong: `is not a checkpoint (${wrong})`, mend: 'give the file that checkpoints were written to, unchanged' }]
  })
  if (faults.length > 0) throw new UserError(faults)
  return read.flatMap(({ result }) => (result.success ? [result.data] : []))
}

const otherMessage = Symbol('a message of another kind')

/** A webhook's receiver writes down whole bodies: those that hold no checkpoint say nothing here. */
function unpacked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return value
  return value.kind === 'checkpoint' && 'checkpoint' in value ? value.checkpoint : otherMessage
}

function jsonOr(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

// Says whether a journal is what was written: every hash, every link, every private value, and every checkpoint kept elsewhere.
import { UserError } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Checkpoint } from '../model/journal.ts'
import { checkChain } from './check-chain.ts'
import type { Problem } from './check-chain.ts'
import { checkCheckpoint } from './checkpoint.ts'
import { DamagedJournal, NotAJournal } from './errors.ts'
import { overflowPath, readOverflow } from './overflow.ts'
import { openReadable } from './sqlite/readable.ts'
import type { Readable } from './sqlite/readable.ts'

export interface VerifyOptions {
  readonly checkpoints?: readonly Checkpoint[]
  /** Whose checkpoints count. Without it any signer's do, and the report is only as good as the file they came in. */
  readonly signers?: readonly Address[]
}

export interface Verification {
  readonly ok: boolean
  readonly journal: Hex | undefined
  readonly entries: number
  readonly lastHash: Hex | undefined
  /** Entries in the overflow file that are not in the chain yet. */
  readonly waiting: number
  /** Private fields that were forgotten on purpose. Their commitments still stand. */
  readonly redacted: readonly { readonly seq: number; readonly field: string }[]
  readonly problems: readonly Problem[]
}

/**
 * Never writes to the journal. Throws a UserError where there is nothing to verify: no file, or one of a newer version.
 * @example verifyJournal('firebreak.journal', { checkpoints: parseCheckpoints(text, file) }).ok
 */
export function verifyJournal(path: string, options: VerifyOptions = {}): Verification {
  const problems: Problem[] = []
  const opened = openOr(path, problems)
  if (!opened) return { ok: false, journal: undefined, entries: 0, lastHash: undefined, waiting: 0, redacted: [], problems }
  try {
    const { checkpoints = [], signers } = options
    const chain = checkChain(opened.database, new Set(checkpoints.map(({ seq }) => seq)), problems)
    for (const checkpoint of checkpoints) compare(checkpoint, chain, signers, problems)
    const waiting = countWaiting(path, chain.journal, chain.restored, problems)
    const { journal, entries, lastHash, redacted } = chain
    return { ok: problems.length === 0, journal, entries, lastHash, waiting, redacted, problems }
  } finally {
    opened.close()
  }
}

function compare(
  checkpoint: Checkpoint,
  chain: ReturnType<typeof checkChain>,
  signers: readonly Address[] | undefined,
  problems: Problem[],
): void {
  const { seq, journal, hash, signer } = checkpoint
  const say = (kind: Problem['kind'], wrong: string): void =>
    void problems.push({ kind, seq, wrong: `checkpoint of entry ${seq}: ${wrong}` })
  if (!checkCheckpoint(checkpoint)) return say('signature', `was not signed by ${signer}`)
  if (signers && !signers.some((known) => known.toLowerCase() === signer.toLowerCase()))
    return say('signature', `${signer} is not a trusted signer`)
  if (chain.journal !== undefined && journal !== chain.journal)
    return say('foreign', 'belongs to another journal, or this one was begun anew')
  if (chain.lastSeq === undefined || seq > chain.lastSeq)
    return say('cut', `the journal ends at entry ${chain.lastSeq ?? 'none'}: its tail was cut off`)
  if (chain.wanted.get(seq) !== hash) say('rewritten', 'the entry is not the one that was signed: the journal was rewritten')
}

function countWaiting(path: string, journal: Hex | undefined, restored: ReadonlySet<unknown>, problems: Problem[]): number {
  if (journal === undefined) return 0
  try {
    const records = readOverflow(overflowPath(path), journal).filter(({ record }) => !restored.has(record))
    // The entry that tells of the gap comes into being when the record enters the chain.
    return records.reduce((count, { entries }) => count + entries.length - 1, 0)
  } catch (error) {
    problems.push({ kind: 'unreadable', seq: undefined, wrong: reason(error) })
    return 0
  }
}

function openOr(path: string, problems: Problem[]): Readable | undefined {
  try {
    return openReadable(path)
  } catch (error) {
    if (error instanceof UserError && !(error instanceof NotAJournal || error instanceof DamagedJournal)) throw error
    problems.push({ kind: 'unreadable', seq: undefined, wrong: reason(error) })
    return undefined
  }
}

function reason(error: unknown): string {
  if (error instanceof UserError) return error.faults.map(({ path, wrong }) => `${path}: ${wrong}`).join('; ')
  return error instanceof Error ? error.message : 'unknown failure'
}

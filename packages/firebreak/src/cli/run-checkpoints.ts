// The checkpoints of a run: signed heads of its journal, appended to a file that is best kept out of this machine's reach.
import { appendFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Effect } from '../engine/inputs.ts'
import type { Context } from '../engine/context.ts'
import { formatCheckpoint, makeCheckpoint, type CheckpointSigner } from '../journal/checkpoint.ts'
import { keepCheckpoints, type Checkpoints } from '../journal/checkpoints.ts'
import { makeSigner, signerFile, signerOf } from '../journal/signer.ts'
import type { SqliteJournal } from '../journal/sqlite/options.ts'
import { UserError } from '../model/errors.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Io } from './io.ts'
import type { OpenPlan } from './open-plan.ts'

export interface CheckpointsOf {
  /** Where they go; undefined for nowhere. */
  readonly file: string | undefined
  readonly journal: Pick<SqliteJournal, 'id' | 'head' | 'path'>
  readonly secret: OpenPlan['secret']
  readonly io: Pick<Io, 'note'>
  readonly context: Pick<Context, 'now' | 'trouble'>
}

export interface RunCheckpoints {
  /** For the record: whose signatures count. */
  readonly entries: (at: number) => readonly NewEntry[]
  /** From here on the journal says that we run. */
  readonly begin: () => void
  readonly onEffects: (effects: readonly Effect[]) => void
  readonly stop: () => Promise<void>
}

export function checkpointsOf({ file, journal, secret, io, context }: CheckpointsOf): RunCheckpoints | undefined {
  if (file === undefined) return undefined
  const signer = signerFor(file, journal.path, secret, context.trouble)
  if (!signer) return undefined

  let isTorn = false
  const write = async (): Promise<void> => {
    const line = formatCheckpoint(await makeCheckpoint(journal, signer, context.now()))
    try {
      // Opened each time, so that a file that was moved away or a disk that came back is no trouble for long.
      await appendFile(file, `${isTorn ? '\n' : ''}${line}\n`, { flush: true })
      isTorn = false
    } catch (error) {
      isTorn = true
      throw error
    }
  }

  const known = new Map<string, Incident['status']>()
  const isTurn = (entry: { readonly kind: string; readonly body: unknown }): boolean => {
    if (entry.kind === 'desire') return true
    if (entry.kind !== 'incident') return false
    // Our own entries have the shapes that we wrote.
    const { id, status } = entry.body as Incident
    const changed = known.get(id) !== status
    known.set(id, status)
    return changed
  }

  let checkpoints: Checkpoints | undefined
  return {
    entries: (at) => [{ kind: 'note', at, body: { said: 'checkpoints are signed', signer: signer.address } }],
    begin: () => {
      io.note(`checkpoints go to ${file}, signed by ${signer.address}`)
      checkpoints = keepCheckpoints({ write, after: afterUnref, trouble: context.trouble })
    },
    onEffects: (effects) => {
      // Every entry is looked at: each may change what is known.
      const turns = effects.flatMap((effect) => (effect.kind === 'record' ? effect.entries.filter(isTurn) : []))
      if (turns.length > 0) checkpoints?.changed()
    },
    stop: async () => checkpoints?.stop(),
  }
}

/** Undefined, and said, when there is no room for a key: a full disk is no reason not to watch. */
function signerFor(file: string, journal: string, secret: OpenPlan['secret'], trouble: Context['trouble']): CheckpointSigner | undefined {
  const key = signerFile(journal)
  if ([journal, key].includes(resolve(file)))
    throw new UserError({ path: '--checkpoints', wrong: `'${file}' is the journal itself or its key`, mend: 'name a file of its own' })
  try {
    makeSigner(journal)
  } catch (error) {
    trouble(`there will be no checkpoints: no key for them could be made (${error instanceof Error ? error.message : String(error)})`)
    return undefined
  }
  return signerOf(secret({ kind: 'file', path: key }), key)
}

function afterUnref(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

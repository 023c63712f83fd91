// The checkpoints of a run: signed heads of its journal, appended to a file that is best kept out of this machine's reach, and sent to a webhook.
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
  /** Where they go: neither for nowhere. */
  readonly file: string | undefined
  readonly hook?: ((line: string) => Promise<void>) | undefined
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

export function checkpointsOf({ file, hook, journal, secret, io, context }: CheckpointsOf): RunCheckpoints | undefined {
  if (file === undefined && hook === undefined) return undefined
  const signer = signerFor(file, journal.path, secret, context.trouble)
  if (!signer) return undefined

  const next = async (): Promise<string> => formatCheckpoint(await makeCheckpoint(journal, signer, context.now()))
  let isTorn = false
  const write = async (to: string): Promise<void> => {
    const line = await next()
    try {
      // Opened each time, so that a file that was moved away or a disk that came back is no trouble for long.
      await appendFile(to, `${isTorn ? '\n' : ''}${line}\n`, { flush: true })
      isTorn = false
    } catch (error) {
      isTorn = true
      throw error
    }
  }

  const known = new Map<string, Incident['status']>()
  const isTurn = (entry: { readonly kind: string; readonly body: unknown }): boolean => {
    if (entry.kind === 'desire' || entry.kind === 'order') return true
    if (entry.kind !== 'incident') return false
    // Our own entries have the shapes that we wrote.
    const { id, status } = entry.body as Incident
    const changed = known.get(id) !== status
    known.set(id, status)
    return changed
  }

  /** One for each place: a receiver that is away keeps nothing from the file. */
  let places: readonly Checkpoints[] = []
  return {
    entries: (at) => [{ kind: 'note', at, body: { said: 'checkpoints are signed', signer: signer.address } }],
    begin: () => {
      io.note(`checkpoints go to ${[...(file ? [file] : []), ...(hook ? ['a webhook'] : [])].join(' and ')}, signed by ${signer.address}`)
      const times = { after: afterUnref, trouble: context.trouble }
      places = [
        ...(file === undefined ? [] : [keepCheckpoints({ ...times, write: () => write(file) })]),
        ...(hook === undefined ? [] : [keepCheckpoints({ ...times, write: async () => hook(await next()) })]),
      ]
    },
    onEffects: (effects) => {
      // Every entry is looked at: each may change what is known.
      const turns = effects.flatMap((effect) => (effect.kind === 'record' ? effect.entries.filter(isTurn) : []))
      if (turns.length > 0) for (const place of places) place.changed()
    },
    stop: async () => {
      await Promise.all(places.map((place) => place.stop()))
    },
  }
}

/** Undefined, and said, when there is no room for a key: a full disk is no reason not to watch. */
function signerFor(
  file: string | undefined,
  journal: string,
  secret: OpenPlan['secret'],
  trouble: Context['trouble'],
): CheckpointSigner | undefined {
  const key = signerFile(journal)
  if (file !== undefined && [journal, key].includes(resolve(file)))
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

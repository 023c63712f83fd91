// Says when a checkpoint is due: at the start, soon after something changed, from time to time, and at the end.

/** Changes within this time share a checkpoint, which also leaves the hot path and the journal's group behind. */
const soonMs = 1_000
/** A change puts the next one off by `soonMs` at most: together no more than ten minutes. */
const regularlyMs = 10 * 60_000 - soonMs
/** How long the end waits for a disk that does not answer. */
const patienceMs = 5_000

export interface CheckpointTimes {
  /** Signs and writes one; only one at a time is asked for. */
  readonly write: () => Promise<void>
  /** Runs something later and gives back how to call it off. */
  readonly after: (ms: number, run: () => void) => () => void
  /** A checkpoint that cannot be written is said and tried again at the next occasion. */
  readonly trouble: (what: string) => void
}

export interface Checkpoints {
  /** Something happened that a checkpoint should cover. Returns at once. */
  readonly changed: () => void
  /** Writes the last one. Never rejects, and waits for a dead disk only so long. */
  readonly stop: () => Promise<void>
}

/** @example const checkpoints = keepCheckpoints({ write, after, trouble }); checkpoints.changed(); await checkpoints.stop() */
export function keepCheckpoints({ write, after, trouble }: CheckpointTimes): Checkpoints {
  let isDue = false
  let stopped = false
  let cancel: (() => void) | undefined
  let writing: Promise<void> | undefined

  const writeOne = async (): Promise<void> => {
    isDue = false
    try {
      await write()
    } catch (error) {
      trouble(`no checkpoint was written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const begin = (): void => {
    cancel = undefined
    writing = writeOne().then(() => {
      writing = undefined
      if (!stopped) wait()
    })
  }
  const wait = (): void => {
    cancel?.()
    cancel = after(isDue ? soonMs : regularlyMs, begin)
  }
  begin()

  return {
    changed: () => {
      if (stopped || isDue) return
      isDue = true
      // While one is written, its end sees to the next.
      if (!writing) wait()
    },
    stop: async () => {
      if (stopped) return
      stopped = true
      cancel?.()
      let giveUp: (() => void) | undefined
      const tooLate = new Promise<'late'>((done) => {
        giveUp = after(patienceMs, () => done('late'))
      })
      const last = (async () => {
        await writing
        await writeOne()
      })()
      if ((await Promise.race([last, tooLate])) === 'late') trouble('the last checkpoint was not written: the disk does not answer')
      giveUp?.()
    },
  }
}

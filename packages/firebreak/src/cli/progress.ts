// Says that long work is still going on: one line that counts on a terminal, a line now and then elsewhere, nothing under a second.
import type { Io } from './io.ts'

export interface Progress {
  /** What is being done now. */
  readonly now: (what: string) => void
  readonly done: () => void
}

const quietMs = 1_000
const betweenLinesMs = 5_000

/** @example const progress = progressOf(io, 'building the scene'); …; progress.done() */
export function progressOf(io: Pick<Io, 'note'>, first: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = Date.now()
  let what = first
  let saidAt = started
  let shown = false
  const say = (): void => {
    const ms = Date.now() - started
    const text = `… ${what} (${Math.round(ms / 1_000)} s)`
    if (stream.isTTY) {
      stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`)
      shown = true
    } else if (Date.now() - saidAt >= betweenLinesMs) {
      io.note(text)
      saidAt = Date.now()
    }
  }
  const timer = setInterval(() => void (Date.now() - started >= quietMs && say()), 500)
  timer.unref()
  return {
    now: (next) => {
      what = next
    },
    done: () => {
      clearInterval(timer)
      if (shown) stream.write('\r\x1b[2K')
    },
  }
}

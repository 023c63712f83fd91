// `firebreak run --restart`: starts the run as a process of its own, and again whenever it ends without having been asked to.
import { spawn } from 'node:child_process'
import type { ExitCode, Io } from './io.ts'

const firstPauseMs = 500
const longestPauseMs = 30_000
/** A run that lasted this long was well: the next pause is short again. */
const wellMs = 60_000

/** Said by a run that watches: from then on nothing that it ends with is a person's to mend first, not even a node that is away. */
export const watchingNow = 'watching'

/** Ends with the run's own exit code. What a person has to mend before it can watch at all is not tried again. */
export async function supervise(args: readonly string[], io: Io): Promise<ExitCode> {
  let stopping = false
  let child: ReturnType<typeof spawn> | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stopping = true
      child?.kill(signal)
    })
  let pauseMs = firstPauseMs
  let watched = false
  for (;;) {
    const began = Date.now()
    // The channel closes with this process, however it ends: the run stops with it.
    const started = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
    child = started
    started.on('message', (said) => {
      watched ||= said === watchingNow
    })
    const ended = await new Promise<{ readonly code: number | null; readonly signal: string | null }>((done) => {
      started.once('exit', (code, signal) => done({ code, signal }))
      started.once('error', () => done({ code: null, signal: null }))
    })
    if (ended.code === 0) return 0
    if (!watched && (ended.code === 1 || ended.code === 2)) return ended.code
    if (stopping) return 0
    if (Date.now() - began > wellMs) pauseMs = firstPauseMs
    io.note(
      `${io.paint('red', 'restart')} the run ended (${ended.signal ?? `exit code ${ended.code}`}); starting again in ${pauseMs / 1_000} s`,
    )
    await new Promise((done) => setTimeout(done, pauseMs))
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    if (stopping) return 0
  }
}

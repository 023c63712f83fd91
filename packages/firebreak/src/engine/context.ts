// The real clock and timers, handed to the engine so that nothing in it reaches for them by itself.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Context {
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly every: (ms: number, run: () => void) => () => void
  /** For people, never for decisions. */
  readonly trouble: (what: string) => void
}

export function realContext(trouble: (what: string) => void): Context {
  return {
    now: () => Date.now(),
    sleep: async (ms) => {
      await sleep(ms)
    },
    every: (ms, run) => {
      const timer = setInterval(run, ms)
      timer.unref()
      return () => clearInterval(timer)
    },
    trouble,
  }
}

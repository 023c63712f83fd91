// Test support: a clock that stands still until a test moves it.
export interface FakeClock {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  readonly random: () => number
  /** Runs what is due on the way, and lets what it began come to rest. */
  readonly pass: (ms: number) => Promise<void>
}

export function fakeClock(start = 1_000_000): FakeClock {
  let now = start
  let timers: readonly { readonly at: number; readonly run: () => void }[] = []
  const rest = (): Promise<void> => new Promise((done) => void setImmediate(done))
  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers = [...timers, timer]
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    random: () => 0.5,
    pass: async (ms) => {
      const end = now + ms
      await rest()
      for (;;) {
        const [next] = timers.toSorted((a, b) => a.at - b.at)
        if (!next || next.at > end) break
        timers = timers.filter((one) => one !== next)
        now = Math.max(now, next.at)
        next.run()
        await rest()
      }
      now = end
    },
  }
}

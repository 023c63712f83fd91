// The watchdog of a run: its settings, and what it says of detectors that are slow or were left out.
import type { Engine } from '../engine.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { leftOutFile } from '../watchdog/left-out.ts'
import { startWatchdog, type Watchdog } from '../watchdog/watchdog.ts'
import type { Io } from './io.ts'

/** Far beyond what a detector may take, far below what an attack needs. */
const blockedMs = 3_000
const slowMs = 100
export const defaultMegabytes = '2048'

export interface RunWatchdog extends Pick<Watchdog, 'plan' | 'stop'> {
  /** From here on there is an engine that can hear of it. */
  readonly begin: (engine: Engine) => void
}

export function watchdogOf(plan: ResolvedPlan, journal: string, maxMemory: string, io: Io): RunWatchdog {
  const megabytes = Number(maxMemory)
  if (!Number.isSafeInteger(megabytes) || megabytes < 128)
    throw new UserError({ path: '--max-memory', wrong: `is '${maxMemory}'`, mend: 'give whole megabytes, at least 128' })
  let running: Engine | undefined
  const tell = (watch: string, wrong: string): void => {
    const chain = plan.watches.find((one) => one.name === watch)?.detector.chain ?? plan.chains[0]?.name ?? ''
    io.note(`${io.paint('yellow', 'trouble')} the watch ${watch} ${wrong}`)
    running?.submit({ kind: 'rot', at: Date.now(), chain, what: `the watch ${watch}`, wrong })
  }
  const dog = startWatchdog({
    plan,
    leftOut: leftOutFile(journal),
    blockedMs,
    mostBytes: megabytes * 1_048_576,
    slowMs,
    // Said when the loop is free again: the detector is on the way to a decision.
    onSlow: (watch, ms) => void setImmediate(() => tell(watch, `took ${Math.round(ms)} ms for one moment`)),
  })
  return {
    ...dog,
    begin: (engine) => {
      running = engine
      dog.weigh(() => engine.states())
      for (const { watch, why } of dog.leftOut)
        tell(watch, `is left out, because it ${why}; mend it (a changed plan starts with it again), or delete ${leftOutFile(journal)}`)
    },
  }
}

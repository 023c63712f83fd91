// Watches the program itself: code of a plan runs in process, so one detector that blocks or eats the memory would blind all others.
import { serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { leaveOut } from '../base/leave-out.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { readLeftOut, type LeftOut } from './left-out.ts'
import { marked } from './marks.ts'
import { beat, runs, type Heavy, type Heaviest, type Watched } from './shared.ts'

export interface WatchdogOptions {
  readonly plan: ResolvedPlan
  /** Where watches that ended the process are noted. */
  readonly leftOut: string
  readonly blockedMs: number
  readonly mostBytes: number
  /** A detector that takes longer than this is named. */
  readonly slowMs: number
  readonly onSlow: (watch: string, ms: number) => void
}

export interface Watchdog {
  /** The plan to run: the same, with every detector under watch. */
  readonly plan: ResolvedPlan
  /** Watches that an earlier life was ended for: they are not run. */
  readonly leftOut: readonly LeftOut[]
  /** States of the detectors, in the plan's order: asked when memory runs short, to name the one that keeps the most. */
  readonly weigh: (states: () => readonly unknown[]) => void
  readonly stop: () => Promise<void>
}

const beatMs = 50
/** One that is slow is named once in this time. */
const sayAgainMs = 3_600_000

export function startWatchdog({ plan, blockedMs, mostBytes, slowMs, onSlow, leftOut: file }: WatchdogOptions): Watchdog {
  const numbers = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const watches = plan.watches.map((one) => one.name)
  const workerData: Watched = { numbers, plan: plan.hash, watches, blockedMs, mostBytes, leftOut: file }
  const thread = new Worker(new URL('thread.ts', import.meta.url), { workerData, name: 'watchdog' })
  thread.unref()
  const beating = setInterval(() => void Atomics.add(numbers, beat, 1), beatMs)
  beating.unref()

  let states: () => readonly unknown[] = () => []
  thread.on('message', ({ kind }: Heavy) => {
    const answer: Heaviest = { kind: 'heaviest', watch: watches[heaviest(states())] }
    if (kind === 'heavy') thread.postMessage(answer)
  })

  const leftOut = readLeftOut(file, plan.hash)
  const saidAt = new Map<string, number>()
  return {
    plan: marked(leaveOut(plan, new Set(leftOut.map((one) => one.watch))), {
      running: (place) => void Atomics.store(numbers, runs, place),
      took: (watch, ms) => {
        if (ms <= slowMs) return
        const now = performance.now()
        if (now - (saidAt.get(watch) ?? Number.NEGATIVE_INFINITY) < sayAgainMs) return
        saidAt.set(watch, now)
        onSlow(watch, ms)
      },
      now: () => performance.now(),
    }),
    leftOut,
    weigh: (of) => void (states = of),
    stop: async () => {
      clearInterval(beating)
      await thread.terminate()
    },
  }
}

/** The place of the largest state; -1 where there is none. */
function heaviest(states: readonly unknown[]): number {
  const sizes = states.map((state) => serialize(state).byteLength)
  return sizes.indexOf(Math.max(0, ...sizes))
}

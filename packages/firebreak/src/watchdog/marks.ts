// Wraps a plan's detectors so that the watchdog knows which one is running, and for how long each took.
import type { Detector } from '../model/detector.ts'
import type { Moment } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'

export interface Marks {
  /** A detector begins (its place in the plan, from 1) or ends (0). */
  readonly running: (place: number) => void
  readonly took: (watch: string, ms: number) => void
  readonly now: () => number
}

/** The same plan, for the core a different list of detectors: its hash and names stay. */
export function marked(plan: ResolvedPlan, marks: Marks): ResolvedPlan {
  return {
    ...plan,
    watches: plan.watches.map((watch, i) => ({ ...watch, detector: timed(watch.detector, watch.name, i + 1, marks) })),
  }
}

function timed(detector: Detector, name: string, place: number, { running, took, now }: Marks): Detector {
  const during = <result>(run: () => result): result => {
    const began = now()
    running(place)
    try {
      return run()
    } finally {
      running(0)
      took(name, now() - began)
    }
  }
  return {
    ...detector,
    needs: (state) => during(() => detector.needs(state)),
    step: (state, moment: Moment) => during(() => detector.step(state, moment)),
  }
}

// What is said once: a signal by its id, evidence that repeats itself from block to block, and a detector that fails.
import type { Moment } from '../model/moment.ts'
import type { Signal } from '../model/signal.ts'
import type { Judged } from './reach.ts'

/** Signals remembered at most; the oldest go first. */
const mostHeard = 20_000

export interface Once {
  /** Signals come again after a restart or a reorg back: recorded once, by their id. */
  readonly unheard: (signals: readonly Signal[]) => readonly Signal[]
  /** What is only evidence and says the same as in the block before is not said again. */
  readonly fresh: (moment: Moment, findings: Judged['findings']) => Judged['findings']
  readonly newFailures: (failures: Judged['failures']) => Judged['failures']
}

export function once(known: Iterable<string>): Once {
  const heard = new Set(known)
  const failing = new Set<string>()
  const repeated = new Map<string, ReadonlySet<string>>()
  return {
    unheard: (signals) => {
      const news = signals.filter((signal) => !heard.has(signal.id))
      for (const signal of signals) heard.add(signal.id)
      for (const id of heard) {
        if (heard.size <= mostHeard) break
        heard.delete(id)
      }
      return news
    },
    fresh: (moment, findings) => {
      if (moment.kind !== 'block') return findings
      const before = repeated.get(moment.chain)
      const now = new Set(findings.flatMap((one) => (one.finding.weight === 'evidence' ? [`${one.watch}|${one.finding.summary}`] : [])))
      repeated.set(moment.chain, now)
      return findings.filter((one) => one.finding.weight === 'verdict' || !before?.has(`${one.watch}|${one.finding.summary}`))
    },
    newFailures: (failures) => {
      const news = failures.filter((failure) => !failing.has(failure.watch))
      for (const failure of failures) failing.add(failure.watch)
      return news
    },
  }
}

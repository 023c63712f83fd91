// A detector of one's own: many large borrows in a short time, as a market shows them while it is being emptied.
import { detector } from 'firebreak'
import type { EventRef } from 'firebreak'

export interface BurstOptions {
  /** Amounts from here on are large. */
  readonly large: bigint
  readonly moreThan: number
  readonly withinSeconds: bigint
}

/** Use it like any other watch: `burst: borrowBurst(pool.event('Borrow'), { large: 10_000n * 10n ** 6n, moreThan: 5, withinSeconds: 600n })` */
export const borrowBurst = (borrows: EventRef<{ readonly amount: bigint }>, { large, moreThan, withinSeconds }: BurstOptions) =>
  detector({
    kind: 'borrow burst',
    logs: { borrows },
    options: { large, moreThan, withinSeconds },
    start: [] as readonly bigint[],
    step: (times, now, { block: { timestamp } }) => {
      const news = now.borrows.filter(({ args }) => args.amount >= large)
      if (news.length === 0) return { state: times }
      const recent = [...times.filter((time) => time > timestamp - withinSeconds), ...news.map(() => timestamp)].slice(-1_000)
      const summary = `${recent.length} large borrows within ${withinSeconds} s; ${moreThan} may be`
      return {
        state: recent,
        findings: recent.length > moreThan ? [{ likelihood: 0.6, summary, culprits: news.map(({ log }) => log.tx) }] : [],
      }
    },
  })

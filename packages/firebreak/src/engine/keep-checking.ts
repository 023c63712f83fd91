// Repeats the readiness check while a plan runs: on connections of its own, one at a time, and never in the way of an incident.
import type { Report } from '../readiness/report.ts'
import { changesBetween, type Change } from '../readiness/rot.ts'

export interface KeepCheckingOptions {
  /** Blocks between two checks; 0 for none at all. */
  readonly everyBlocks: number
  readonly check: () => Promise<Report>
  /** What changed since the last check; at the first one, what is not as it should be. */
  readonly onReport: (report: Report, changes: readonly Change[], first: boolean) => void
  readonly trouble: (what: string) => void
}

export interface KeepChecking {
  readonly onBlock: (chain: string, number: bigint) => void
  /** Resolves when no check is under way. */
  readonly settled: () => Promise<void>
  readonly stop: () => Promise<void>
}

export function keepChecking({ everyBlocks, check, onReport, trouble }: KeepCheckingOptions): KeepChecking {
  const checkedAt = new Map<string, bigint>()
  let last: Report | undefined
  let working: Promise<void> | undefined
  let stopped = false

  const once = async (): Promise<void> => {
    try {
      let report = await check()
      // One bad answer of a node is no rot: what seems to have changed has to be so twice.
      if (changesBetween(last, report).length > 0) report = await check()
      if (stopped) return
      const changes = changesBetween(last, report)
      const first = last === undefined
      last = report
      onReport(report, changes, first)
    } catch (error) {
      trouble(`the readiness check could not be made: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return {
    onBlock: (chain, number) => {
      if (everyBlocks <= 0 || stopped || working) return
      const before = checkedAt.get(chain)
      if (before !== undefined && number >= before && number - before < BigInt(everyBlocks)) return
      checkedAt.set(chain, number)
      // After whatever this block makes the engine do.
      working = new Promise<void>((done) => void setImmediate(done)).then(once).finally(() => {
        working = undefined
      })
    },
    settled: async () => working,
    stop: async () => {
      stopped = true
      await working
    },
  }
}

// Gas limits of the brakes' calls, as the last readiness check measured them.
import { gasName } from '../responders/effects.ts'
import { unmeasuredGas } from '../readiness/gas.ts'
import type { RouteReport } from '../readiness/report.ts'

export interface GasTable {
  readonly of: (brake: string, call: number) => bigint
  readonly learn: (routes: ReadonlyMap<string, readonly RouteReport[]>) => void
}

/** What was not measured, or fails in simulation, is sent with room for a wide pause. */
export function gasTable(): GasTable {
  const limits = new Map<string, readonly bigint[]>()
  return {
    of: (brake, call) => limits.get(brake)?.[call] ?? unmeasuredGas,
    learn: (routes) => {
      for (const [brake, [first]] of routes) {
        if (first && first.gasLimits.length > 0) limits.set(brake, first.gasLimits)
        if (first?.undo?.kind === 'works') limits.set(gasName(brake, 'undo'), first.undo.gasLimits)
      }
    },
  }
}

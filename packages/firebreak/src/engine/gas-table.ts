// Gas limits of the brakes' calls, as the last readiness check measured them.
import { unmeasuredGas } from '../readiness/gas.ts'
import type { RouteReport } from '../readiness/report.ts'
import { gasName } from '../responders/wanted.ts'

export interface GasTable {
  readonly of: (brake: string, call: number) => bigint
  readonly learn: (routes: ReadonlyMap<string, readonly RouteReport[]>) => void
}

/** What was not measured, or fails in simulation, is sent with room for a wide pause. */
export function gasTable(): GasTable {
  const limits = new Map<string, readonly bigint[]>()
  // Whatever is signed ahead is signed anew when a limit changes: small changes are within the room that a limit leaves.
  const learn = (name: string, measured: readonly bigint[]): void => {
    const known = limits.get(name)
    const near = measured.every((limit, i) => limit <= (known?.[i] ?? 0n) && limit * 2n >= (known?.[i] ?? 0n))
    if (measured.length > 0 && !near) limits.set(name, measured)
  }
  return {
    of: (brake, call) => limits.get(brake)?.[call] ?? unmeasuredGas,
    learn: (routes) => {
      for (const [brake, all] of routes) {
        const first = all.find((route) => route.takes === undefined)
        if (first) learn(brake, first.gasLimits)
        for (const route of all) if (route.takes !== undefined) learn(gasName(brake, undefined, route.authority), route.gasLimits)
        if (first?.undo?.kind === 'works') learn(gasName(brake, 'undo'), first.undo.gasLimits)
      }
    },
  }
}

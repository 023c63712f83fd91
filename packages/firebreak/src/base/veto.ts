// Fills a veto in: with an operation that has to be stopped it is a brake like any other.
import type { Brake, Desire, Veto } from '../model/brake.ts'
import type { Probe } from '../model/call.ts'
import type { Stop } from '../model/forecast.ts'
import type { ResolvedPlan } from '../model/plan.ts'

export function filled(veto: Veto, stop: Stop): Brake {
  const { stops: _, ...same } = veto
  return {
    ...same,
    calls: [stop.call],
    holds: { probe: wordProbe(stop.holds), wanted: { kind: 'is', value: stop.holds.is } },
    undo: [],
    lever: undefined,
  }
}

/** The brake that a desire is about; for a veto, with what it stops. */
export function brakeFor(plan: ResolvedPlan, { brake, stop }: Pick<Desire, 'brake' | 'stop'>): Brake | undefined {
  const veto = stop && plan.vetoes?.find((one) => one.name === brake)
  return veto && stop ? filled(veto, stop) : plan.brakes.find((one) => one.name === brake)
}

/** The detector reads the same under the same key: no second request is made. */
export function wordProbe({ key, to, data, label }: Stop['holds']): Probe<bigint> {
  return {
    key,
    to,
    data,
    label,
    of: ({ answers }) => {
      const answer = answers.get(key)
      if (!answer) return { ok: false, why: 'not read at this moment' }
      if (!answer.ok || answer.data.length < 66) return { ok: false, why: 'it could not be read' }
      return { ok: true, value: BigInt(answer.data.slice(0, 66)) }
    },
  }
}

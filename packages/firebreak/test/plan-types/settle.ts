// Settles a plan with the real codec; tests of the plan language share it.
import { balanceProbe } from '../../src/chain/codec/balance-read.ts'
import { encodeRead } from '../../src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../src/chain/codec/event-probe.ts'
import { UserError, type Fault } from '../../src/model/errors.ts'
import { resolvePlan, type Encoders } from '../../src/plan/resolve.ts'
import { samplePlan } from './sample.ts'

export const encoders: Encoders = { encodeRead, encodeWrite, encodeEvent, balanceProbe }

/** The faults of a plan that plain JavaScript or a cast let through. */
export function faultsOf(plan: unknown): readonly Fault[] {
  try {
    resolvePlan(plan as typeof samplePlan, encoders)
  } catch (error) {
    if (error instanceof UserError) return error.faults
    throw error
  }
  return []
}

/** The sample with one section changed. */
export function changed(section: keyof typeof samplePlan, change: object): object {
  return { ...samplePlan, [section]: { ...(samplePlan[section] as object), ...change } }
}

/** The sample with its brake `pausePool` changed. */
export function withBrake(change: object): object {
  return changed('brakes', { pausePool: { ...samplePlan.brakes.pausePool, ...change } })
}

// What the parts of the resolver share while one plan is settled.
import type { Calls, Encoders, NameOf } from './calls.ts'
import type { Chains } from './chains.ts'
import type { Report } from './report.ts'

export interface Context {
  readonly report: Report
  /** Things worth saying that do not stop the plan. */
  readonly warn: Report
  readonly chains: Chains
  readonly calls: Calls
  readonly encoders: Encoders
  readonly nameOf: NameOf
}

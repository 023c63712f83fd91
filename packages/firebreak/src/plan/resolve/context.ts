// What the parts of the resolver share while one plan is settled.
import type { Address } from '../../model/hex.ts'
import type { Calls, Encoders } from './calls.ts'
import type { Chains } from './chains.ts'
import type { Report } from './report.ts'

export interface Context {
  readonly report: Report
  /** Things worth saying that do not stop the plan. */
  readonly warn: Report
  readonly chains: Chains
  readonly calls: Calls
  readonly encoders: Encoders
  /** The plan's name of an address, or the address itself. */
  readonly nameOf: (address: Address) => string
}

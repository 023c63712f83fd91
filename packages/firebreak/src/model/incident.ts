// Signals that belong together, with a lifecycle.
import type { Address, Hex } from './hex.ts'
import type { Dollars } from './money.ts'

/** open: being judged · containing: a brake is wanted · contained: it holds · closed: nothing new for long, or a person said so · merged: part of another. */
export type IncidentStatus = 'open' | 'containing' | 'contained' | 'closed' | 'merged'

export interface Incident {
  readonly id: string
  readonly chain: string
  readonly status: IncidentStatus
  readonly openedAt: number
  readonly lastSignalAt: number
  /** The block of the first signal: trusted prices end before it. */
  readonly firstBlock: { readonly number: bigint; readonly hash: Hex }
  readonly lastBlock: { readonly number: bigint; readonly hash: Hex }
  readonly signals: readonly Hex[]
  /** Names of the watches that spoke: a verdict opens an incident, evidence only raises it. */
  readonly verdicts: Readonly<Record<string, number>>
  readonly evidence: Readonly<Record<string, number>>
  readonly confidence: number
  readonly subjects: readonly Address[]
  readonly actors: readonly Hex[]
  /** The transactions behind it, oldest first. */
  readonly culprits: readonly Hex[]
  readonly mergedInto: string | undefined
  /** Trusted dollars per whole token, by asset, from blocks before the first signal. */
  readonly prices: Readonly<Record<string, Dollars>>
  /** Balances before the first signal, in the order of the plan's holdings: what a loss is counted from. Null where unknown. */
  readonly held: readonly (bigint | null)[]
  /** As of the last change; absent while no balance is known. */
  readonly exposure: Exposure | undefined
  /** Dollars at stake: what is lost so far and what can still be lost. */
  readonly severity: Dollars
}

/** What can still be lost, and how fast. */
export interface Exposure {
  /** Net of what came in, since before the first signal. */
  readonly lost: Dollars
  readonly atRisk: Dollars
  readonly perMinute: Dollars
  readonly byAsset: readonly {
    readonly asset: string
    readonly holder: Address
    readonly amount: bigint
    readonly dollars: Dollars | undefined
  }[]
}

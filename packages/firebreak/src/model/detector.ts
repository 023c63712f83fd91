// A detector is a reducer over moments; a watch is its description in a plan, before names and addresses are settled.
import type { EncodedCall, EventRef, LogProbe, Probe, Read, Write } from './call.ts'
import type { Fault } from './errors.ts'
import type { Forecast } from './forecast.ts'
import type { Address, Hex } from './hex.ts'
import type { Moment } from './moment.ts'
import type { Amount, Asset, Holding } from './money.ts'

/** What a detector says; the engine adds which watch said it, when, and about which moment. */
export interface Finding {
  /** The contracts that the finding is about. */
  readonly subjects: readonly Address[]
  /** 0 to 1. */
  readonly likelihood: number
  /** Evidence raises the likelihood of others and never opens an incident by itself. */
  readonly weight: 'verdict' | 'evidence'
  /** One sentence for a person. */
  readonly summary: string
  /** Plain values behind the sentence; bigints allowed. */
  readonly evidence: Readonly<Record<string, string | number | bigint | boolean>>
  /** What seems lost or about to be; empty when the detector cannot tell. */
  readonly loss: readonly Amount[]
  /** Transactions that seem to be the cause; none means nobody in this moment, undefined that the detector cannot tell who. */
  readonly culprits: readonly `0x${string}`[] | undefined
}

/** What a detector wants to be in the next moment; may grow with what it has seen. */
export interface Needs {
  readonly reads: readonly Probe[]
  readonly logs: readonly LogProbe[]
  /** Contracts of which the call trees of mined transactions are wanted; keep the same array while they are the same. */
  readonly frames?: readonly Address[]
  /** What governance may do, to be tried in simulation: everybody is asked what they would say of it. */
  readonly forecasts?: readonly Forecast[]
}

/** `State` is plain data (bigints, arrays, objects; no functions), so that it can be saved and shared between branches. */
export interface Detector<State = unknown> {
  readonly kind: string
  readonly chain: string
  /** Contracts that this detector is about: a waiting transaction that touches one of them is worth judging. */
  readonly subjects: readonly Address[]
  /** Tokens whose every transfer is worth judging, because what is watched is the token itself; other tokens of assets are not. */
  readonly tokens?: readonly Address[]
  /** Reads on other chains, which come with every moment of this one, as old as those chains' latest blocks are. */
  readonly elsewhere?: readonly { readonly chain: string; readonly reads: readonly Probe[] }[]
  /** Needs that never change, and nothing to say of a moment without any of its logs: it is not called then. */
  readonly sleeps?: boolean
  readonly start: State
  // Methods, so that a Detector<State> is a Detector: whoever holds one hands it back only states that it made itself.
  needs(state: State): Needs
  /** For a pending moment the state that comes back is thrown away. */
  step(state: State, moment: Moment): { readonly state: State; readonly findings: readonly Finding[] }
}

/** What a watch is built with: the plan's assets and holdings, and encoders that are compiled once. */
export interface Scope {
  readonly read: <out>(read: Read<out>) => Probe<out>
  readonly write: (write: Write) => EncodedCall
  readonly event: (event: EventRef) => LogProbe
  /** A word of a contract's storage, whatever its functions say; `what` names it for a person. */
  readonly slot: (at: { readonly chain: string; readonly address: Address }, slot: Hex, what: string) => Probe<Hex>
  /** The plan's asset, by name or by token address. */
  readonly asset: (nameOrToken: string) => Asset | undefined
  /** What the contract holds of the plan's assets. */
  readonly holdings: (holder: Address) => readonly Holding[]
  /** The balance of any asset of the plan at any address. */
  readonly balance: (asset: Asset, holder: Address) => Probe<bigint>
  /** The ERC-20 Transfer events of an asset's token. */
  readonly transfers: (asset: Asset) => LogProbe<{ from: Address; to: Address; value: bigint }>
  /** The plan's name of an address, or the address itself. */
  readonly nameOf: (address: Address) => string
}

/** What `invariant(…)`, `outflow(…)` and a user's own `detector(…)` return. Wrong options come back as faults, all at once. */
export interface Watch {
  readonly kind: string
  /** Canonical options: part of the plan's hash, and what `check` prints. */
  readonly options: Readonly<Record<string, unknown>>
  readonly build: (scope: Scope) => Detector | readonly Fault[]
}

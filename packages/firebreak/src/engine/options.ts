// What an engine is started with.
import type { Transaction } from '../model/chain.ts'
import type { NewEntry } from '../model/journal.ts'
import type { BlockMoment } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Route } from '../model/route.ts'
import type { Signer } from '../responders/authorities/key.ts'
import type { Proposals } from '../responders/proposals/proposals.ts'
import type { Relay } from '../responders/relay/relay.ts'
import type { Journal, Node } from '../stages.ts'
import type { Context } from './context.ts'
import type { Effect, Input } from './inputs.ts'
import type { Recorder } from './recording.ts'

export interface EngineOptions {
  readonly plan: ResolvedPlan
  readonly nodes: ReadonlyMap<string, Node>
  readonly journal: Journal & { readonly appendOrOverflow: (entries: readonly NewEntry[]) => { readonly overflowed: boolean } }
  /** Empty in shadow: then nothing is ever sent. */
  readonly signers: ReadonlyMap<string, Signer>
  /** Authorities that are no key of ours, and where people find what they are asked; absent in shadow. */
  readonly routes?: ReadonlyMap<string, Route>
  readonly proposals?: Proposals | undefined
  /** Who takes transactions without showing them around, by chain. */
  readonly relays?: ReadonlyMap<string, Relay>
  readonly context: Context
  readonly validSignature: (tx: Transaction) => boolean
  /** Gas of a brake's call, as the last readiness check measured it. */
  readonly gasOf: (brake: string, call: number) => bigint
  readonly warmUp?: number
  readonly recorder?: Recorder
  readonly onInput?: (input: Input, effects: readonly Effect[]) => void
  readonly onMoment?: (moment: BlockMoment) => void
}

// What a responder is given, and what it can be asked.
import type { Desire, Intent, Receipt } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { BlockMoment, Retraction } from '../model/moment.ts'
import type { Route } from '../model/route.ts'
import type { Node } from '../stages.ts'
import type { Signer } from './authorities/key.ts'
import type { EffectOptions } from './effects.ts'
import type { News } from './news.ts'
import type { Proposals } from './proposals/proposals.ts'
import type { Asked } from './wanted.ts'

export interface ResponderOptions extends EffectOptions {
  readonly node: Node
  /** By authority; without a signer a brake is never sent. */
  readonly signers: ReadonlyMap<string, Signer>
  /** Authorities that are no key of ours; empty in shadow. */
  readonly routes: ReadonlyMap<string, Route>
  /** Where people find what they are asked. */
  readonly proposals: Proposals | undefined
  readonly news: (desire: string, news: News) => void
  /** Intents of an earlier life, and the last receipt of each desire, by the journal. */
  readonly past: readonly Intent[]
  readonly receipts: ReadonlyMap<string, Receipt>
  /** The first of a brake's authorities that can bring it about, as far as is known. */
  readonly firstOf: (brake: string) => string
  /** A key ran out of coins, or has some again. */
  readonly funds: (authority: string, enough: boolean) => void
  /** What an earlier life asked people, by desire. */
  readonly asked: ReadonlyMap<string, Asked>
}

export interface Responder {
  readonly start: (head: BlockRef, desires: readonly Desire[]) => Promise<void>
  readonly want: (desire: Desire) => void
  readonly unwant: (desire: string) => void
  readonly onBlock: (moment: BlockMoment) => Promise<void>
  readonly onRetraction: (retraction: Retraction) => void
  /** Nodes restart and pools drop: what is on its way is sent again between blocks, too. */
  readonly onTick: () => void
  readonly settled: () => Promise<void>
  /** Nothing is tried again after this. */
  readonly stop: () => void
}

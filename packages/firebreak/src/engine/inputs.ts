// Everything that can happen to the engine, and everything that it can want: the recording is a list of the one, a replay compares the other.
import type { Desire, DesireStatus, Receipt } from '../model/brake.ts'
import type { Trial, TrialOutcome } from '../model/decision.ts'
import type { EndpointNews } from '../model/endpoint.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Forecast, ForecastOutcome } from '../model/forecast.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Happening } from '../model/moment.ts'
import type { ProposalNews, RouteNews } from '../responders/news.ts'

/** What came of a desire, said by the responder. */
export type DesireNews =
  | { readonly kind: 'holding'; readonly receipt: Receipt }
  /** A reorg took the receipt back. */
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'released'; readonly tx: Hex | undefined }
  | { readonly kind: 'ended'; readonly why: string }
  | { readonly kind: 'exhausted'; readonly why: string }
  | AuthorityNews

/** News that leave a desire as it is: people are asked, or another authority is tried. */
export type AuthorityNews = ProposalNews | RouteNews

export const isOfAuthority = (news: DesireNews): news is AuthorityNews => news.kind === 'proposal' || news.kind === 'route'

/** What a desire becomes by the news of it. */
export const statusAfter: Record<Exclude<DesireNews, AuthorityNews>['kind'], DesireStatus> = {
  holding: 'holding',
  lost: 'wanted',
  released: 'released',
  ended: 'ended',
  exhausted: 'exhausted',
}

/** What people order. */
export type Order =
  | {
      readonly order: 'pull' | 'release'
      readonly brake: string
      /** With a release: carry out the brake's undo, too. */
      readonly undo?: boolean | undefined
    }
  /** ack: someone has it. dismiss: it is no attack. */
  | { readonly order: 'ack' | 'dismiss'; readonly incident: string }
  /** Nothing is sent, or again; every brake where none is named. */
  | { readonly order: 'disarm' | 'arm'; readonly brake: string | undefined }

export type Input =
  | { readonly kind: 'happening'; readonly at: number; readonly happening: Happening }
  | {
      readonly kind: 'outcomes'
      readonly at: number
      readonly question: string
      readonly outcomes: readonly (readonly [string, TrialOutcome])[]
    }
  | { readonly kind: 'code'; readonly at: number; readonly question: string; readonly code: Readonly<Record<Address, Hex>> }
  | { readonly kind: 'desire'; readonly at: number; readonly desire: string; readonly news: DesireNews }
  | ({ readonly kind: 'order'; readonly at: number; readonly by: string; readonly because: string } & Order)
  /** Who could bring each brake about when it was last simulated, where it is not its first authority. */
  | { readonly kind: 'ways'; readonly at: number; readonly working: Readonly<Record<string, string>> }
  /** What came of trying what governance may do. */
  | {
      readonly kind: 'forecast'
      readonly at: number
      readonly chain: string
      readonly watch: string
      readonly forecast: Forecast
      readonly outcome: ForecastOutcome
    }
  /** A key can no longer pay for anything, or can again. */
  | { readonly kind: 'funds'; readonly at: number; readonly authority: string; readonly enough: boolean }
  | { readonly kind: 'rot'; readonly at: number; readonly chain: string; readonly what: string; readonly wrong: string }
  | { readonly kind: 'endpoint'; readonly at: number; readonly chain: string; readonly news: EndpointNews }

export type Effect =
  | { readonly kind: 'record'; readonly entries: readonly NewEntry[] }
  | { readonly kind: 'ask'; readonly question: string; readonly trials: readonly Trial[] }
  | {
      readonly kind: 'fetchCode'
      readonly question: string
      readonly chain: string
      readonly block: Hex
      readonly addresses: readonly Address[]
    }
  /** What governance may do is to be tried on this block. */
  | { readonly kind: 'forecast'; readonly chain: string; readonly block: BlockRef; readonly watch: string; readonly forecast: Forecast }
  /** A brake is wanted: the responder reconciles until it holds. */
  | { readonly kind: 'want'; readonly desire: Desire }
  | { readonly kind: 'unwant'; readonly desire: string }

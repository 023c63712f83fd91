// What came of a desire, as the responder says it.
import type { Receipt } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { Ask } from '../model/route.ts'

export type News =
  | { readonly kind: 'holding'; readonly receipt: Receipt }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'released'; readonly tx: Hex | undefined }
  | { readonly kind: 'exhausted'; readonly why: string }
  | ProposalNews
  | RouteNews

/** What people are asked, and what became of it. */
export interface ProposalNews {
  readonly kind: 'proposal'
  readonly id: Hex
  readonly authority: string
  /** open: waits for people · signed: something came in · stale: its turn was used by something else · over: nobody needs it any more. */
  readonly state: 'open' | 'signed' | 'stale' | 'over'
  readonly why: string | undefined
  readonly ask: Ask | undefined
}

/** Another authority is tried, or the present one waits for something that is no signature. */
export interface RouteNews {
  readonly kind: 'route'
  readonly authority: string
  readonly why: string
}

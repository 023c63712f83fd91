// What the endpoints of one chain make us say of them: who differs from whom, who is set aside, who is back.
import type { Hex } from './hex.ts'
import type { BlockMoment } from './moment.ts'

export interface Disagreement {
  readonly kind: 'disagreement'
  /** What was asked: `observe`, `judge`, `run` … */
  readonly asked: string
  readonly block: { readonly number: bigint | undefined; readonly hash: Hex | undefined }
  /** What each side said, shortened to where it differs. */
  readonly sides: readonly { readonly operators: readonly string[]; readonly says: string }[]
  /** Endpoints that proof contradicts, or, where nothing could be proven, that fewer operators agree with. */
  readonly against: readonly string[]
  readonly settledBy: 'proof' | 'nothing'
}

export type EndpointNews =
  | Disagreement
  | { readonly kind: 'aside'; readonly endpoint: string; readonly why: string; readonly forMs: number }
  | { readonly kind: 'back'; readonly endpoint: string }

/** A block that was handed on by one operator's word: others say the same by now, or something else. */
export type SecondThought =
  | { readonly kind: 'confirmed'; readonly block: Hex; readonly moment: BlockMoment }
  | { readonly kind: 'refuted'; readonly block: Hex }

/** A simulation on this block was handed on by one operator's word, and by now it is agreed on: whatever waits is worth another look. */
export interface Agreed {
  readonly kind: 'agreed'
  readonly block: Hex
}

export type NodeNews = EndpointNews | SecondThought | Agreed

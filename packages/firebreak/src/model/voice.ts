// Whom a running plan tells what, and where from outside its heartbeat is watched.
import type { SecretRef } from './brake.ts'

/** What a receiver wants to hear of, each with all that follow it: findings, what becomes of incidents, and what needs a person. */
export const voiceLevels = ['finding', 'incident', 'proposal'] as const
export type VoiceLevel = (typeof voiceLevels)[number]

/** A webhook: where it is, and what its bodies are signed with. */
export interface Hook {
  readonly url: SecretRef
  readonly secret: SecretRef
}

export interface Receiver extends Hook {
  readonly name: string
  readonly from: VoiceLevel
  /** Who is told when nobody has taken it on by then, soonest first. */
  readonly escalate: readonly { readonly afterMs: number; readonly to: string }[]
}

export interface Heartbeat {
  readonly url: SecretRef
  readonly secret: SecretRef | undefined
  readonly method: 'POST' | 'GET'
  readonly everyMs: number
  /** Without a judged block for so long, on any chain, we are blind, and do not beat. */
  readonly silentMs: number
}

export interface Voice {
  readonly receivers: readonly Receiver[]
  readonly heartbeat: Heartbeat | undefined
  /** Where signed heads of the record go. */
  readonly checkpoints: Hook | undefined
}

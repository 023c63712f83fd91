// One thing said to people: a sentence, and the same as fields for programs.
import type { Json } from '../model/journal.ts'
import type { VoiceLevel } from '../model/voice.ts'

export const messageKinds = [
  'started',
  'stopped',
  'finding',
  'opened',
  'contained',
  'lost',
  'closed',
  'pull',
  'proposal',
  'approval',
  'helpless',
  'holds',
  'exhausted',
  'released',
  'readiness',
  'ready',
  'detector',
  'gap',
  'endpoints',
  'engine',
  'acknowledged',
  'dismissed',
  'disarmed',
  'armed',
  'ordered',
  'dropped',
] as const
export type MessageKind = (typeof messageKinds)[number]

export interface Message {
  /** The same thing has the same id however often it is told, after a restart, too. */
  readonly id: string
  readonly kind: MessageKind
  readonly level: VoiceLevel
  /** Milliseconds. */
  readonly at: number
  readonly said: string
  /** What an answer is for: all messages about one incident are answered at once. */
  readonly topic: string
  /** Somebody should answer; others are told when nobody does. */
  readonly wants: boolean
  readonly incident: string | undefined
  /** A command to look further or to act. */
  readonly command: string | undefined
  readonly fields: { readonly [key: string]: Json | undefined }
}

/** What ends the waiting for an answer. */
export interface Settled {
  /** A topic; all that begin so where it ends with a colon. */
  readonly settles: string
  /** Somebody has it: what else is said of it waits for nobody. */
  readonly answered: boolean
}

export const rank: Record<VoiceLevel, number> = { finding: 0, incident: 1, proposal: 2 }

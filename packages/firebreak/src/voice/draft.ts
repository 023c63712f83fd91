// From an entry of the journal and a sentence about it to a message.
import { canonicalHash } from '../base/canonical.ts'
import type { EntryKind, Json } from '../model/journal.ts'
import type { VoiceLevel } from '../model/voice.ts'
import type { Message, MessageKind, Settled } from './message.ts'
import { oneLine } from './words.ts'

/** An entry of the journal, before it is written or after, with what it seals about who ordered it. */
export interface Heard {
  readonly kind: EntryKind
  readonly at: number
  readonly body: Json
  readonly by: string | undefined
}

export type Said = Message | Settled

/** What a sentence needs besides its words. */
export interface Draft {
  readonly kind: MessageKind
  readonly level: VoiceLevel
  readonly said: string
  readonly topic?: string
  readonly wants?: boolean
  readonly incident?: string
  readonly command?: string
  readonly fields?: Message['fields']
}

export type Drafted = (heard: Heard, draft: Draft, n?: number) => Message

/** `prefix` names the journal: two instances of one plan say the same under names of their own. */
export function drafts(prefix: string): Drafted {
  return (heard, draft, n = 0) => {
    const hash = canonicalHash([heard.kind, heard.at, heard.body, n])
    return {
      id: `${prefix}-${hash.slice(2, 22)}`,
      kind: draft.kind,
      level: draft.level,
      at: heard.at,
      said: oneLine(draft.said),
      topic: draft.topic ?? draft.incident ?? `${draft.kind}:${hash.slice(2, 12)}`,
      wants: draft.wants ?? false,
      incident: draft.incident,
      command: draft.command,
      fields: draft.fields ?? {},
    }
  }
}

/** The journal is ours: its bodies have the shapes that we wrote. */
export const bodyOf = <body>(heard: Heard): body => heard.body as unknown as body

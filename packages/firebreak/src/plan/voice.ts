// `webhook(…)` and the `voice` of a plan: who is told, when others are told, and where a heartbeat goes.
import type { Duration } from '../base/units.ts'
import type { VoiceLevel } from '../model/voice.ts'
import type { EnvRef, FileRef } from './references.ts'

export interface WebhookOptions {
  readonly url: EnvRef | FileRef
  /** At least 16 characters that the receiver knows, too: every body is signed with it. */
  readonly secret: EnvRef | FileRef
  /** The least that it is told; 'incident' unless given. */
  readonly from?: VoiceLevel
  /** Others that are told when nobody has answered for so long. */
  readonly escalate?: readonly { readonly after: Duration; readonly to: string }[]
}

export type WebhookDescription = WebhookOptions & { readonly kind: 'webhook' }

export interface HeartbeatDescription {
  readonly url: EnvRef | FileRef
  readonly secret?: EnvRef | FileRef
  /** '30s' unless given. */
  readonly every?: Duration
  /** Without a judged block for so long it stops beating; '2m' unless given. */
  readonly silentAfter?: Duration
  /** 'POST' unless given. */
  readonly method?: 'POST' | 'GET'
}

export interface VoiceDescription {
  readonly tell?: Readonly<Record<string, WebhookDescription>>
  readonly heartbeat?: HeartbeatDescription
  /** Where signed heads of the record go, for `firebreak verify --against`. */
  readonly checkpoints?: Pick<WebhookDescription, 'kind' | 'url' | 'secret'>
}

/**
 * An address that is sent signed JSON.
 * @example webhook({ url: env('ON_CALL_HOOK'), secret: env('ON_CALL_SECRET'), from: 'proposal', escalate: [{ after: '5m', to: 'lead' }] })
 */
export function webhook(options: WebhookOptions): WebhookDescription {
  return { ...options, kind: 'webhook' }
}

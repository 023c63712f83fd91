// What a plan says about a chain: its name, id, endpoint and when a branch cannot come back.
import type { EnvRef, FileRef } from './references.ts'

/** Endpoint URLs often carry an API key, so they are secrets: `env(…)` or `file(…)`, never text. */
export type UrlRef = EnvRef | FileRef

export interface Endpoint {
  readonly url: UrlRef
  /** Who runs it; endpoints of one operator count once. */
  readonly operator: string
}

export interface ChainDescription<name extends string = string> {
  readonly kind: 'chain'
  readonly name: name
  readonly id: number
  readonly endpoints: readonly Endpoint[]
  readonly finality: number
}

// What every transport can do, whatever carries it, and the four ways in which a request fails.
import { RetryableError } from '../../model/errors.ts'

export interface RequestOptions {
  /** Default: ten seconds. */
  readonly timeoutMs?: number
}

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

export type Outcome = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: Error }

/** One item's result of a batch, or its error thrown. */
export function resultOf(outcome: Outcome | undefined): unknown {
  if (!outcome) throw new Error('a batch was answered in part')
  if (!outcome.ok) throw outcome.error
  return outcome.result
}

export interface Rpc {
  readonly kind: 'ipc' | 'http' | 'websocket'
  readonly request: (method: string, params: readonly unknown[], options?: RequestOptions) => Promise<unknown>
  /** One JSON-RPC batch. It never rejects: each item settles alone. */
  readonly batch: (calls: readonly RpcCall[], options?: RequestOptions) => Promise<readonly Outcome[]>
  /** Re-subscribes by itself after a reconnect, before `up` is announced. HTTP has none. */
  readonly subscribe: undefined | ((params: readonly unknown[], onMessage: (result: unknown) => void) => Promise<() => Promise<void>>)
  /** Told of changes only; the first connection counts as one. Gives the way to stop listening. */
  readonly onState: (listener: (state: 'up' | 'down') => void) => () => void
  readonly close: () => Promise<void>
}

export const defaultTimeoutMs = 10_000
/** Larger answers are refused: a node must not be able to fill our memory. */
export const maxAnswerBytes = 64 * 1024 * 1024

// Endpoints are secrets, so errors name the chain instead, and carry no `cause`: Node's own errors quote addresses and paths.

/** No connection, or it was lost before the answer came. */
export class NodeUnreachable extends RetryableError {
  override readonly name: string = 'NodeUnreachable'
  readonly label: string

  constructor(label: string, why: string) {
    super(`${label}: the node cannot be reached (${why})`)
    this.label = label
  }
}

/** Connected, but no answer in time. */
export class NodeTimeout extends RetryableError {
  override readonly name: string = 'NodeTimeout'
  readonly label: string
  readonly method: string

  constructor(label: string, method: string, timeoutMs: number) {
    super(`${label}: no answer to ${method} within ${timeoutMs} ms`)
    this.label = label
    this.method = method
  }
}

/** The node answered something that is not JSON-RPC. */
export class MalformedAnswer extends RetryableError {
  override readonly name: string = 'MalformedAnswer'
  readonly label: string

  constructor(label: string, why: string) {
    super(`${label}: the node's answer makes no sense (${why})`)
    this.label = label
  }
}

/** The node understood and refused. Trying the same again gives the same, so this is not retryable as such. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError'
  readonly label: string
  readonly method: string
  readonly code: number
  /** The node's own words, cut and escaped: an attacker can choose them (a revert reason). */
  readonly said: string
  /** Revert data where the node sent some; anything else as cut and escaped text. */
  readonly data: string | undefined

  constructor(label: string, method: string, refusal: { readonly code: number; readonly said: string; readonly data: string | undefined }) {
    super(`${label}: the node refused ${method} with ${refusal.code} "${refusal.said}"`)
    this.label = label
    this.method = method
    this.code = refusal.code
    this.said = refusal.said
    this.data = refusal.data
  }
}

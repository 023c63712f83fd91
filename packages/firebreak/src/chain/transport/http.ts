// JSON-RPC over HTTP. viem's transport puts the URL into its errors, and its batches cannot be asked for one by one.
import type { Message } from './answer.ts'
import { isMessage, outcomeOf } from './answer.ts'
import { cleaner } from './clean.ts'
import { withoutCredentials } from '../../base/credentials.ts'
import { reasonOf } from '../../base/network-error.ts'
import type { Outcome, Rpc, RpcCall } from './rpc.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, defaultTimeoutMs, maxAnswerBytes } from './rpc.ts'

export interface HttpOptions {
  readonly maxBytes?: number
}

/** @example const rpc = http('https://node.example/KEY', 'mainnet') */
export function http(url: string, label: string, { maxBytes = maxAnswerBytes }: HttpOptions = {}): Rpc {
  const { target, headers } = withoutCredentials(url)
  const from = { label, clean: cleaner(url) }
  const listeners = new Set<(state: 'up' | 'down') => void>()
  const open = new Set<AbortController>()
  let state: 'up' | 'down' | undefined
  let lastId = 0
  let ended = false

  function tell(next: 'up' | 'down'): void {
    if (state === next || ended) return
    state = next
    for (const listener of listeners) listener(next)
  }

  async function post(body: string, what: string, timeoutMs: number): Promise<unknown> {
    if (ended) throw new NodeUnreachable(label, 'closed by us')
    const abort = new AbortController()
    let late = false
    const timer = setTimeout(() => {
      late = true
      abort.abort()
    }, timeoutMs)
    open.add(abort)
    try {
      // A redirect would send requests, and keys in them, to somewhere nobody chose.
      const response = await fetch(target, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: abort.signal,
      })
      if (response.status !== 200) {
        abort.abort()
        throw new MalformedAnswer(label, `HTTP status ${response.status} to ${what}`)
      }
      const text = await textOf(response, what)
      tell('up')
      return parse(text, what)
    } catch (error) {
      abort.abort()
      if (error instanceof MalformedAnswer) throw error
      tell('down')
      throw late ? new NodeTimeout(label, what, timeoutMs) : new NodeUnreachable(label, ended ? 'closed by us' : reasonOf(error))
    } finally {
      clearTimeout(timer)
      open.delete(abort)
    }
  }

  async function textOf(response: Response, what: string): Promise<string> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maxBytes) throw new MalformedAnswer(label, `more than ${maxBytes} bytes for ${what}`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  function parse(text: string, what: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw new MalformedAnswer(label, `not JSON for ${what}`)
    }
  }

  const encode = (id: number, { method, params }: RpcCall): string => JSON.stringify({ jsonrpc: '2.0', id, method, params })

  async function request(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> {
    const id = ++lastId
    const answer = await post(encode(id, { method, params }), method, timeoutMs)
    if (!isMessage(answer)) throw new MalformedAnswer(label, `not an object for ${method}`)
    // A refusal of the whole request may come without its id; a result may not.
    const mine = answer['id'] === id || ('error' in answer && (answer['id'] === null || answer['id'] === undefined))
    if (!mine) throw new MalformedAnswer(label, `another id for ${method}`)
    const outcome = outcomeOf(answer, method, from)
    if (!outcome.ok) throw outcome.error
    return outcome.result
  }

  async function batch(calls: readonly RpcCall[], timeoutMs: number): Promise<readonly Outcome[]> {
    const first = lastId + 1
    lastId += calls.length
    const body = `[${calls.map((call, index) => encode(first + index, call)).join(',')}]`
    const failed = (error: Error): readonly Outcome[] => calls.map(() => ({ ok: false, error }))
    let answer: unknown
    try {
      answer = await post(body, `a batch of ${calls.length}`, timeoutMs)
    } catch (error) {
      return failed(error instanceof Error ? error : new NodeUnreachable(label, 'the request failed'))
    }
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
    // A batch that is refused as a whole: one error, bare or in an array.
    const [only] = answers
    const refusal = answers.length === 1 && isMessage(only) && 'error' in only ? only : undefined
    const byId = new Map<unknown, Message>()
    for (const item of answers) if (isMessage(item)) byId.set(item['id'], item)
    return calls.map(({ method }, index) => {
      const item = byId.get(first + index) ?? refusal
      return item ? outcomeOf(item, method, from) : { ok: false, error: new MalformedAnswer(label, `no answer to ${method} in the batch`) }
    })
  }

  return {
    kind: 'http',
    request: (method, params, { timeoutMs = defaultTimeoutMs } = {}) => request(method, params, timeoutMs),
    batch: (calls, { timeoutMs = defaultTimeoutMs } = {}) => (calls.length === 0 ? Promise.resolve([]) : batch(calls, timeoutMs)),
    subscribe: undefined,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      ended = true
      for (const abort of open) abort.abort()
    },
  }
}

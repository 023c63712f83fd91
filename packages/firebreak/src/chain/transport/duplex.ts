// Requests, batches and subscriptions over one connection that carries answers in any order and comes back when it is lost.
import type { From, Message } from './answer.ts'
import { isMessage, outcomeOf } from './answer.ts'
import type { Outcome, Rpc, RpcCall } from './rpc.ts'
import { MalformedAnswer, NodeTimeout, NodeUnreachable, defaultTimeoutMs } from './rpc.ts'
import type { Subscriptions } from './subscriptions.ts'
import { subscriptions } from './subscriptions.ts'

/** One connection, from its opening to its end; it is never used again afterwards. */
export interface Link {
  /** May be called before the link is open; a link that never opens reports `closed`. */
  readonly send: (text: string) => void
  readonly close: () => void
  /** Whether an answer has begun that has not ended. */
  readonly unfinished?: () => boolean
}

export interface LinkEvents {
  readonly opened: () => void
  readonly message: (message: unknown) => void
  readonly closed: (why: string) => void
}

export interface DuplexOptions extends From {
  readonly kind: 'ipc' | 'websocket'
  readonly open: (events: LinkEvents) => Link
  readonly retryMs: { readonly first: number; readonly most: number }
  /** After this much silence the node is asked for a sign of life, and given as long again to give it. */
  readonly heartbeatMs?: number | undefined
}

/** A request that waits, alone or as one of a batch. */
interface Waiting {
  readonly method: string
  readonly batch: number
  readonly done: (outcome: Outcome) => void
}

export function duplex(options: DuplexOptions): Rpc {
  const { label } = options
  const listeners = new Set<(state: 'up' | 'down') => void>()
  const waiting = new Map<number, Waiting>()
  const batches = new Map<number, readonly number[]>()
  let lastId = 0
  let link: Link | undefined
  let state: 'up' | 'down' | undefined
  let why = 'not connected'
  let failures = 0
  let lastMessageAt = 0
  let retry: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let ended = false

  function tell(next: 'up' | 'down'): void {
    if (state === next) return
    state = next
    for (const listener of listeners) listener(next)
  }

  function connect(): void {
    const mine = options.open({
      opened: () => {
        if (link === mine) void revive(mine)
      },
      message: (message) => {
        if (link === mine) receive(message)
      },
      closed: (reason) => {
        if (link === mine) lose(reason)
      },
    })
    link = mine
  }

  async function revive(mine: Link): Promise<void> {
    beat(mine)
    // A node that answers but does not subscribe would leave us blind without a sound: such a connection counts as failed.
    const failed = (await subs.revive()).find((outcome) => !outcome.ok)
    if (link !== mine) return
    if (failed) lose('it did not take up the subscriptions again')
    else tell('up')
  }

  function beat(mine: Link): void {
    const every = options.heartbeatMs
    if (every === undefined) return
    lastMessageAt = performance.now()
    heartbeat = setInterval(() => {
      if (performance.now() - lastMessageAt < every) return
      // Any answer is a sign of life, a refusal too.
      send([{ method: 'eth_chainId', params: [] }], every, ([outcome]) => {
        if (link === mine && outcome && !outcome.ok && outcome.error instanceof NodeTimeout) lose('it fell silent')
      })
    }, every)
  }

  /** Drops the connection, fails whatever waits for it, and tries again later. */
  function lose(reason: string): void {
    const lost = link
    link = undefined
    why = reason
    clearInterval(heartbeat)
    lost?.close()
    subs.forget()
    const delay = Math.min(options.retryMs.most, options.retryMs.first * 2 ** failures)
    failures = Math.min(failures + 1, 20)
    if (!ended) retry = setTimeout(connect, delay)
    failAll(new NodeUnreachable(label, reason))
    tell('down')
  }

  function failAll(error: Error): void {
    for (const [id, { done }] of waiting) {
      waiting.delete(id)
      done({ ok: false, error })
    }
  }

  function receive(message: unknown): void {
    lastMessageAt = performance.now()
    if (Array.isArray(message)) {
      for (const item of message) if (isMessage(item)) settle(item)
      closeBatch(message)
    } else if (!isMessage(message)) lose('it sent something that is not an object')
    else if (message['method'] === 'eth_subscription' && isMessage(message['params'])) subs.receive(message['params'])
    else settle(message)
  }

  function settle(answer: Message): void {
    failures = 0
    const id = answer['id']
    const request = typeof id === 'number' ? waiting.get(id) : undefined
    if (request && typeof id === 'number') {
      waiting.delete(id)
      request.done(outcomeOf(answer, request.method, options))
    } else if ((id === null || id === undefined) && !('method' in answer)) settleUnnamed(answer)
  }

  /** A refusal without an id is of a whole request, and belongs to whatever waits, if that is one thing only. */
  function settleUnnamed(answer: Message): void {
    const known = 'error' in answer && new Set([...waiting.values()].map((request) => request.batch)).size === 1
    for (const [id, request] of waiting) {
      waiting.delete(id)
      request.done(
        known ? outcomeOf(answer, request.method, options) : { ok: false, error: new MalformedAnswer(label, 'an answer without an id') },
      )
    }
  }

  /** What a batch's answer left out will not come later. */
  function closeBatch(answers: readonly unknown[]): void {
    const ids = answers.map((answer) => (isMessage(answer) ? answer['id'] : undefined))
    for (const [batch, members] of batches) {
      if (!members.some((id) => ids.includes(id))) continue
      const [only] = answers
      for (const id of members) {
        const request = waiting.get(id)
        if (!request) continue
        waiting.delete(id)
        // Geth refuses a batch that is too large with a single error, under the first item's id.
        const refusedWhole = answers.length === 1 && isMessage(only) && 'error' in only
        request.done(
          refusedWhole
            ? outcomeOf(only, request.method, options)
            : { ok: false, error: new MalformedAnswer(label, `no answer to ${request.method} in the batch`) },
        )
      }
      batches.delete(batch)
    }
  }

  /** `settled` runs before anything that arrives later is looked at. */
  function send(calls: readonly RpcCall[], timeoutMs: number, settled: (outcomes: readonly Outcome[]) => void): void {
    const first = lastId + 1
    const texts = calls.map(
      ({ method, params }, index) =>
        `{"jsonrpc":"2.0","id":${first + index},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`,
    )
    if (!link) return settled(calls.map(() => ({ ok: false, error: new NodeUnreachable(label, why) })))
    const outcomes: Outcome[] = []
    let left = calls.length
    lastId += calls.length
    const timer = setTimeout(() => {
      const stuck = link?.unfinished?.() ?? false
      for (let id = first; id < first + calls.length; id++) {
        const request = waiting.get(id)
        waiting.delete(id)
        request?.done({ ok: false, error: new NodeTimeout(label, request.method, timeoutMs) })
      }
      // Half an answer that does not go on would swallow every later one.
      if (stuck) lose('an answer did not end')
    }, timeoutMs)
    calls.forEach(({ method }, index) => {
      const done = (outcome: Outcome): void => {
        outcomes[index] = outcome
        left--
        if (left > 0) return
        clearTimeout(timer)
        if (calls.length > 1) batches.delete(first)
        settled(outcomes)
      }
      waiting.set(first + index, { method, batch: first, done })
    })
    if (calls.length > 1)
      batches.set(
        first,
        calls.map((_, index) => first + index),
      )
    link.send(calls.length === 1 ? (texts[0] ?? '') : `[${texts.join(',')}]`)
  }

  const ask = (calls: readonly RpcCall[], timeoutMs = defaultTimeoutMs): Promise<readonly Outcome[]> =>
    new Promise((resolve) => send(calls, timeoutMs, resolve))

  const subs: Subscriptions = subscriptions(label, (call, settled) =>
    send([call], defaultTimeoutMs, ([outcome]) => outcome && settled(outcome)),
  )
  connect()

  return {
    kind: options.kind,
    request: (method, params, { timeoutMs = defaultTimeoutMs } = {}) =>
      new Promise((resolve, reject) =>
        send([{ method, params }], timeoutMs, ([outcome]) => (outcome?.ok ? resolve(outcome.result) : reject(outcome?.error))),
      ),
    batch: (calls, { timeoutMs } = {}) => (calls.length === 0 ? Promise.resolve([]) : ask(calls, timeoutMs)),
    subscribe: subs.subscribe,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      ended = true
      clearTimeout(retry)
      subs.end()
      if (link) lose('closed by us')
      why = 'closed by us'
    },
  }
}

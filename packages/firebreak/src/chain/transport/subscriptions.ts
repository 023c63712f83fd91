// The subscriptions of one connection: which listener gets what, and taking them up again on the next one.
import type { Message } from './answer.ts'
import type { Outcome, RpcCall } from './rpc.ts'
import { MalformedAnswer } from './rpc.ts'

interface Subscription {
  readonly params: readonly unknown[]
  readonly onMessage: (result: unknown) => void
  /** The node's name for it; another one on each connection. */
  id: string | undefined
}

export interface Subscriptions {
  readonly subscribe: (params: readonly unknown[], onMessage: (result: unknown) => void) => Promise<() => Promise<void>>
  readonly receive: (notification: Message) => void
  /** Subscribes again, on a new connection. */
  readonly revive: () => Promise<readonly Outcome[]>
  /** The connection is gone, and the node's names with it. */
  readonly forget: () => void
  readonly end: () => void
}

const maxEarly = 1_000

/** `ask` calls back before anything that arrives later is looked at, so that no notification is missed. */
export function subscriptions(label: string, ask: (call: RpcCall, settled: (outcome: Outcome) => void) => void): Subscriptions {
  const wanted = new Set<Subscription>()
  const byId = new Map<string, Subscription>()
  /** Notifications that overtook the answer which names their subscription. */
  let early: Message[] = []
  let unnamed = 0

  function establish(subscription: Subscription): Promise<Outcome> {
    return new Promise((resolve) => {
      unnamed++
      ask({ method: 'eth_subscribe', params: subscription.params }, (outcome) => {
        unnamed--
        if (outcome.ok && typeof outcome.result === 'string') {
          subscription.id = outcome.result
          byId.set(outcome.result, subscription)
          replayEarly()
          resolve(outcome)
        } else resolve(outcome.ok ? { ok: false, error: new MalformedAnswer(label, 'a subscription without an id') } : outcome)
        if (unnamed === 0) early = []
      })
    })
  }

  function replayEarly(): void {
    const waiting = early
    early = []
    for (const notification of waiting) receive(notification)
  }

  function receive(notification: Message): void {
    const id = notification['subscription']
    const subscription = typeof id === 'string' ? byId.get(id) : undefined
    if (subscription) subscription.onMessage(notification['result'])
    else if (unnamed > 0 && early.length < maxEarly) early.push(notification)
  }

  function drop(subscription: Subscription): Promise<void> {
    const { id } = subscription
    wanted.delete(subscription)
    if (id === undefined || !byId.delete(id)) return Promise.resolve()
    // If the node does not hear it, the connection is gone, and the subscription with it.
    return new Promise((resolve) => ask({ method: 'eth_unsubscribe', params: [id] }, () => resolve()))
  }

  return {
    subscribe: async (params, onMessage) => {
      const subscription: Subscription = { params, onMessage, id: undefined }
      const outcome = await establish(subscription)
      if (!outcome.ok) throw outcome.error
      wanted.add(subscription)
      return () => drop(subscription)
    },
    receive,
    revive: () => Promise.all([...wanted].map(establish)),
    forget: () => {
      byId.clear()
      early = []
    },
    end: () => wanted.clear(),
  }
}

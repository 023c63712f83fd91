// WebSocket with a heartbeat. viem's transport puts the URL into its errors and notices neither a silent nor a restarted node by itself.
import { cleaner } from './clean.ts'
import type { Link, LinkEvents } from './duplex.ts'
import { duplex } from './duplex.ts'
import { withoutCredentials } from '../../base/credentials.ts'
import type { Rpc } from './rpc.ts'
import { maxAnswerBytes } from './rpc.ts'

export interface WebSocketOptions {
  /** Silence after which the node is asked for a sign of life. */
  readonly heartbeatMs?: number
}

/** @example const rpc = websocket('wss://node.example/KEY', 'mainnet') */
export function websocket(url: string, label: string, { heartbeatMs = 10_000 }: WebSocketOptions = {}): Rpc {
  return duplex({
    kind: 'websocket',
    label,
    clean: cleaner(url),
    open: (events) => openSocket(url, events),
    retryMs: { first: 50, most: 10_000 },
    heartbeatMs,
  })
}

function openSocket(url: string, events: LinkEvents): Link {
  const { target, headers } = withoutCredentials(url)
  const socket = new WebSocket(target, { headers })
  let unsent: string[] | undefined = []
  let why = 'the connection failed'

  socket.addEventListener('open', () => {
    for (const text of unsent ?? []) socket.send(text)
    unsent = undefined
    why = 'the connection was closed'
    events.opened()
  })
  // The event's own message may quote the URL.
  socket.addEventListener('error', () => undefined)
  socket.addEventListener('close', () => events.closed(why))
  socket.addEventListener('message', ({ data }) => {
    const message = typeof data === 'string' && data.length <= maxAnswerBytes ? parse(data) : undefined
    if (message !== undefined) events.message(message)
    else {
      why = 'its answers make no sense'
      socket.close()
      events.closed(why)
    }
  })

  return {
    send: (text) => {
      if (unsent) unsent.push(text)
      else if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: () => socket.close(),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

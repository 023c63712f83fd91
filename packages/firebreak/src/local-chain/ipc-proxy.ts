// Stands between Firebreak and a node on a socket of its own, and lets rules see and change what passes.
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onLine, sendLine } from './lines.ts'
import type { AskNode, ProxiedCall, Reply, Rule } from './rules.ts'
import { NodeRefused, hiding, isRecord } from './rules.ts'

export interface ProxyOptions {
  /** The node's own socket. It may come and go. */
  readonly upstream: string
  readonly rules?: readonly Rule[]
}

export interface Proxy {
  readonly ipcPath: string
  /** Requests seen so far. */
  readonly count: () => number
  /** Adds a rule while the proxy runs; gives the way to take it out again. */
  readonly add: (rule: Rule) => () => void
  /** Makes a transaction private until it is mined. Call it before the node hears of the transaction. */
  readonly hide: (hash: string) => void
  /** Breaks every connection; the clients may come back at once unless `refuse` is set. */
  readonly cut: () => void
  readonly refuse: (on: boolean) => void
  readonly close: () => Promise<void>
}

/** @example const proxy = await startProxy({ upstream: chain.ipcPath, rules: strictNode() }) */
export async function startProxy({ upstream, rules = [] }: ProxyOptions): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-proxy-'))
  const ipcPath = join(folder, 'node.ipc')
  const hidden = new Set<string>()
  const active: Rule[] = [hiding(hidden), ...rules]
  const clients = new Set<Socket>()
  const node = asker(upstream)
  let count = 0
  let refusing = false

  const server = createServer((client) => {
    if (refusing) {
      client.destroy()
      return
    }
    clients.add(client)
    client.on('close', () => clients.delete(client))
    relay(client, createConnection({ path: upstream }), active, node.ask, () => ++count)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(ipcPath, resolve))

  const cut = (): void => {
    for (const client of clients) client.destroy()
  }
  return {
    ipcPath,
    count: () => count,
    add: (rule) => {
      active.push(rule)
      return () => void (active.includes(rule) && active.splice(active.indexOf(rule), 1))
    },
    hide: (hash) => void hidden.add(hash.toLowerCase()),
    cut,
    refuse: (on) => {
      refusing = on
    },
    close: async () => {
      node.close()
      cut()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Carries one client's traffic over one connection of its own to the node. */
function relay(client: Socket, upstream: Socket, rules: readonly Rule[], ask: AskNode, next: () => number): void {
  /** Calls that the node has not answered yet, by id. */
  const passing = new Map<string, (reply: Reply) => void>()
  // What one side loses, the other loses too.
  for (const [mine, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    mine.on('error', () => undefined)
    mine.on('close', () => other.destroy())
  }

  async function answerOf(item: Readonly<Record<string, unknown>>): Promise<Reply> {
    const params = Array.isArray(item['params']) ? item['params'] : []
    const call: ProxiedCall = { n: next(), method: String(item['method']), params }
    let reply: Reply | undefined
    for (const rule of rules) rule.sees?.(call)
    for (const rule of rules) {
      const answered = rule.before?.(call, ask)
      // Awaited only where a rule really waits, so that calls are passed on in order.
      reply = answered instanceof Promise ? await answered : answered
      if (reply) break
    }
    if (!reply) {
      const sent = new Promise<Reply>((resolve) => passing.set(JSON.stringify(item['id']), resolve))
      sendLine(upstream, JSON.stringify(item))
      reply = await sent
    }
    for (const rule of rules) if (rule.after) reply = await rule.after(call, reply, ask)
    return reply
  }

  async function serve(request: unknown): Promise<void> {
    const items = Array.isArray(request) ? request.filter(isRecord) : isRecord(request) ? [request] : []
    if (items.length === 0) return sendLine(client, '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}')
    // Items of a batch reach the node one by one: it answers them the same, and rules can treat each alone.
    const replies = await Promise.all(items.map(answerOf))
    const raw = replies.find((reply) => 'raw' in reply)
    if (raw) return sendLine(client, raw.raw)
    const answers = replies.flatMap((reply, index) =>
      'silence' in reply ? [] : [{ jsonrpc: '2.0', id: items[index]?.['id'] ?? null, ...reply }],
    )
    if (answers.length > 0) sendLine(client, JSON.stringify(Array.isArray(request) ? answers : answers[0]))
  }

  onLine(client, (line) => {
    const request = parse(line)
    // A rule that throws must not hang the client in silence.
    serve(request).catch((error: unknown) =>
      sendLine(
        client,
        JSON.stringify({
          jsonrpc: '2.0',
          id: isRecord(request) ? request['id'] : null,
          error: { code: -32603, message: `proxy: ${String(error)}` },
        }),
      ),
    )
  })

  onLine(upstream, (line) => {
    const message = parse(line)
    if (!isRecord(message)) return
    if (message['method'] === 'eth_subscription') {
      const result = isRecord(message['params']) ? message['params']['result'] : undefined
      if (rules.every((rule) => rule.passes?.(result) ?? true)) sendLine(client, line)
      return
    }
    const key = JSON.stringify(message['id'])
    const waiting = passing.get(key)
    passing.delete(key)
    waiting?.('error' in message ? { error: new NodeRefused(message['error']).error } : { result: message['result'] })
  })
}

/** A connection of the proxy's own, for what rules want to know. */
function asker(path: string): { readonly ask: AskNode; readonly close: () => void } {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  let socket: Socket | undefined
  let lastId = 0

  function connection(): Socket {
    if (socket) return socket
    const opened = createConnection({ path })
    socket = opened
    opened.on('error', () => undefined)
    opened.on('close', () => {
      if (socket === opened) socket = undefined
      for (const { reject } of waiting.values()) reject(new NodeRefused({ message: 'the node is gone' }))
      waiting.clear()
    })
    onLine(opened, (line) => {
      const answer = parse(line)
      if (!isRecord(answer) || typeof answer['id'] !== 'number') return
      const question = waiting.get(answer['id'])
      waiting.delete(answer['id'])
      if ('result' in answer) question?.resolve(answer['result'])
      else question?.reject(new NodeRefused(answer['error']))
    })
    return opened
  }

  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        sendLine(connection(), JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      }),
    close: () => socket?.destroy(),
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

// Test support: a webhook's receiver on loopback, which writes down what it is sent and answers as it is told.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly path: string
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The body as JSON; undefined when it is none. */
  readonly said: Readonly<Record<string, unknown>> | undefined
}

/** `hang`: no answer at all. `flood`: an answer without end. */
export type Answer =
  | { readonly status?: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'flood'

export interface ReceiverServer {
  readonly url: string
  readonly port: number
  readonly received: () => readonly Received[]
  /** From now on; the default is 200 with nothing. */
  readonly answers: (next: (received: Received, n: number) => Answer) => void
  readonly close: () => Promise<void>
}

export async function startReceiver(port = 0): Promise<ReceiverServer> {
  const received: Received[] = []
  let answer: (received: Received, n: number) => Answer = () => ({})
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const body = await text(request)
      const one: Received = { path: request.url ?? '', method: request.method ?? '', headers: request.headers, body, said: parsed(body) }
      received.push(one)
      const next = answer(one, received.length)
      if (next === 'hang') return
      if (next === 'flood') {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) continue
        }
        response.on('drain', more)
        return more()
      }
      response.writeHead(next.status ?? 200, next.headers).end(next.body ?? '')
    }
    serve().catch(() => response.destroy())
  })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done))
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    received: () => received,
    answers: (next) => {
      answer = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function parsed(body: string): Received['said'] {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

// The least that a script needs to speak to a node over IPC: the floor that the benches compare with.
import { createConnection } from 'node:net'

export interface Bare {
  /** `body` is everything between the id and the closing brace: `"method":…,"params":…`. */
  readonly send: (body: string) => Promise<unknown>
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>
  /** A batch of bodies; the answers in their order. */
  readonly batch: (bodies: readonly string[]) => Promise<readonly unknown[]>
  readonly onNotification: (listener: (result: unknown) => void) => void
  readonly close: () => void
}

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message?: string }
  readonly params?: { readonly result?: unknown }
}

export async function bare(path: string): Promise<Bare> {
  const socket = createConnection({ path })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const waiting = new Map<number, (answer: Answer) => void>()
  let notify: (result: unknown) => void = () => {}
  let last = 0
  let held: Buffer[] = []
  const receive = (line: string): void => {
    const parsed: Answer | readonly Answer[] = JSON.parse(line)
    for (const answer of Array.isArray(parsed) ? parsed : [parsed as Answer]) {
      if (answer.id === undefined) notify(answer.params?.result)
      else waiting.get(answer.id)?.(answer)
      if (answer.id !== undefined) waiting.delete(answer.id)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end)
      const line = held.length > 0 ? Buffer.concat([...held, piece]).toString() : piece.toString()
      held = []
      from = end + 1
      receive(line)
    }
    if (from < chunk.length) held.push(chunk.subarray(from))
  })
  const wait = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)))
    })
  const send = (body: string): Promise<unknown> => {
    const id = ++last
    socket.write(`{"jsonrpc":"2.0","id":${id},${body}}\n`)
    return wait(id)
  }
  return {
    send,
    request: (method, params) => send(`"method":"${method}","params":${JSON.stringify(params)}`),
    batch: (bodies) => {
      const ids = bodies.map(() => ++last)
      socket.write(`[${bodies.map((body, i) => `{"jsonrpc":"2.0","id":${ids[i]},${body}}`).join(',')}]\n`)
      return Promise.all(ids.map(wait))
    },
    onNotification: (listener) => {
      notify = listener
    },
    close: () => void socket.destroy(),
  }
}

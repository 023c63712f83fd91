// One POST to a service that we were told of: with an end, a limit to what is read, and errors that name no address.
import { withoutCredentials } from '../base/credentials.ts'
import { reasonOf } from '../base/network-error.ts'
import { RetryableError } from '../model/errors.ts'

/** There is no answer, or none that makes sense. The text never holds the address or a credential. */
export class NotReached extends RetryableError {
  override readonly name: string = 'NotReached'
}

export interface Posting {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly withinMs: number
}

/** No signature and no acknowledgement is longer; whoever answers more is not read. */
const mostBytes = 1_000_000

export async function post({ url, headers, body, withinMs }: Posting): Promise<{ readonly status: number; readonly text: string }> {
  const end = AbortSignal.timeout(withinMs)
  try {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new NotReached('has an address that is no http(s):// URL')
    const { target, headers: login } = withoutCredentials(url)
    // A redirect would send the body, and what is in the address, to somewhere nobody chose.
    const response = await fetch(target, {
      method: 'POST',
      redirect: 'manual',
      signal: end,
      headers: { ...login, 'content-type': 'application/json', ...headers },
      body,
    })
    return { status: response.status, text: await limited(response) }
  } catch (error) {
    if (error instanceof NotReached) throw error
    throw new NotReached(end.aborted ? `does not answer within ${withinMs} ms` : `cannot be reached (${reasonOf(error)})`)
  }
}

export type RpcAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: number; readonly said: string }

/** A JSON-RPC request; a refusal is an answer, whatever the HTTP status that it comes with. */
export async function postRpc(posting: Posting): Promise<RpcAnswer> {
  const { status, text } = await post(posting)
  const answer = jsonOf(text)
  if (typeof answer === 'object' && answer !== null) {
    if ('error' in answer && typeof answer.error === 'object' && answer.error !== null) {
      const { code, message } = answer.error as { readonly code?: unknown; readonly message?: unknown }
      return { ok: false, code: typeof code === 'number' ? code : 0, said: plain(message ?? 'no reason') }
    }
    if (status === 200 && 'result' in answer) return { ok: true, result: answer.result }
  }
  throw new NotReached(status === 200 ? 'answers something that is not JSON-RPC' : `answers with HTTP status ${status}`)
}

export const rpcBody = (method: string, params: readonly unknown[]): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })

/** Somebody else's words, short and without anything that a terminal would obey. */
export const plain = (text: unknown): string => (typeof text === 'string' ? text : '').replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function limited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > mostBytes) throw new NotReached(`answers with more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

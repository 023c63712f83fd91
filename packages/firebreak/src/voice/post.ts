// One request to somebody else's server: with an end, with a limit to what is read, and with errors that name no address.
import { withoutCredentials } from '../base/credentials.ts'
import { reasonOf } from '../base/network-error.ts'
import { signatureHeader, signatureOf } from './sign.ts'

export interface Sending {
  readonly url: string
  readonly secret: string | undefined
  readonly method: 'POST' | 'GET'
  readonly body: string
  readonly at: number
}

export type Answered = { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly why: string }

export type Post = (sending: Sending) => Promise<Answered>

/** All that an acknowledgement takes; whoever answers more is not read. */
const mostBytes = 16_384

export const postWithin =
  (patienceMs: number): Post =>
  async ({ url, secret, method, body, at }) => {
    const end = AbortSignal.timeout(patienceMs)
    try {
      const { target, headers } = withoutCredentials(url)
      // A redirect would send the body, and what is in the address, to somewhere nobody chose.
      const response = await fetch(target, {
        method,
        redirect: 'manual',
        signal: end,
        headers: {
          ...headers,
          'user-agent': 'firebreak',
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
          ...(secret === undefined ? {} : { [signatureHeader]: signatureOf(secret, body, at) }),
        },
        ...(method === 'POST' ? { body } : {}),
      })
      const text = await limited(response)
      if (response.status < 200 || response.status > 299) return { ok: false, why: `HTTP status ${response.status}` }
      return { ok: true, answer: parsed(text) }
    } catch (error) {
      return { ok: false, why: end.aborted ? `no answer within ${patienceMs / 1_000} s` : reasonOf(error) }
    }
  }

export const post: Post = postWithin(10_000)

/** Undefined where there is more than anybody needs to say. */
async function limited(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (!response.body) return ''
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > mostBytes) {
      await response.body.cancel().catch(() => {})
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

// Reads one JSON-RPC answer: a result, a refusal, or nonsense.
import type { Clean } from './clean.ts'
import type { Outcome } from './rpc.ts'
import { MalformedAnswer, RpcError } from './rpc.ts'

/** What errors need to know of where an answer came from. */
export interface From {
  readonly label: string
  readonly clean: Clean
}

export type Message = Readonly<Record<string, unknown>>

export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function outcomeOf(answer: Message, method: string, from: From): Outcome {
  // Some nodes send both members, with null in the one that does not apply.
  if (answer['error'] !== undefined && answer['error'] !== null) return { ok: false, error: refusal(answer['error'], method, from) }
  if ('result' in answer) return { ok: true, result: answer['result'] }
  return { ok: false, error: new MalformedAnswer(from.label, `neither result nor error for ${method}`) }
}

const internalError = -32603

function refusal(error: unknown, method: string, { label, clean }: From): Error {
  if (typeof error === 'string') return new RpcError(label, method, { code: internalError, said: clean(error), data: undefined })
  if (!isMessage(error)) return new MalformedAnswer(label, `an error without a message for ${method}`)
  const { code, message, data } = error
  return new RpcError(label, method, {
    code: typeof code === 'number' ? code : internalError,
    said: clean(typeof message === 'string' ? message : ''),
    data:
      data === undefined || data === null ? undefined : isHex(data) ? data : clean(typeof data === 'string' ? data : JSON.stringify(data)),
  })
}

/** Revert data is kept whole, since decoding needs all of it. */
function isHex(data: unknown): data is string {
  return typeof data === 'string' && /^0x[0-9a-fA-F]*$/.test(data)
}

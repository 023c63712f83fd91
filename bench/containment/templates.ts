// Turns the requests that our side made once into templates of the same requests for another vault and any head.
import type { Rounds } from './messages.ts'

/** Text, then the place of a value, then text, and so on: filling in is one join. */
export type Template = readonly (string | number)[]

/** Values by place: the head's hash, then number, time and prevRandao of the two blocks after it. */
export const filled = (parts: Template, values: readonly string[]): string => {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : values[part]
  return text
}

export function templatesOf(rounds: Rounds, swaps: readonly (readonly [string, string])[]): readonly (readonly Template[])[] {
  return rounds.map((round) => round.map((body) => partsOf(body, swaps)))
}

interface Step {
  blockOverrides: { number: string; time: string; prevRandao: string }
}

function partsOf(body: string, swaps: readonly (readonly [string, string])[]): Template {
  const request: { method: string; params: unknown[] } = JSON.parse(`{${body}}`)
  for (const param of request.params) {
    if (typeof param !== 'object' || param === null) continue
    if ('blockHash' in param) param.blockHash = '@0@'
    if ('blockStateCalls' in param && Array.isArray(param.blockStateCalls))
      param.blockStateCalls.forEach(({ blockOverrides }: Step, i) => {
        blockOverrides.number = `@${1 + i * 3}@`
        blockOverrides.time = `@${2 + i * 3}@`
        blockOverrides.prevRandao = `@${3 + i * 3}@`
      })
  }
  let text = `"method":"${request.method}","params":${JSON.stringify(request.params)}`
  for (const [from, to] of swaps) text = text.replace(new RegExp(from.slice(2), 'gi'), to.slice(2).toLowerCase())
  return text.split('@').map((part, i) => (i % 2 === 0 ? part : Number(part)))
}

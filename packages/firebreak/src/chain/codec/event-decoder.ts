// Compiles an event into a function from a raw log to its arguments by name; a log that does not fit gives undefined.
import type { AbiEvent, AbiEventParameter } from 'abitype'
import { decodeAbiParameters } from 'viem'
import type { Log } from '../../model/chain.ts'
import { wordDecoder, wordDecoders, wordDigits } from './words.ts'
import type { WordDecoder } from './words.ts'

export type EventArgs = Readonly<Record<string, unknown>>
export type EventDecoder = (log: Log) => EventArgs | undefined

const topicLength = 2 + wordDigits

/** Indexed strings, arrays and tuples are only there as a hash: it is given as it is. Unnamed parameters are named by their place. */
export function eventDecoder(event: AbiEvent): EventDecoder {
  const named = event.inputs.map((input, index) => ({ input, name: input.name || String(index) }))
  const indexed = named.filter(({ input }) => input.indexed).map(({ input, name }) => ({ name, word: wordDecoder(input.type) ?? asHash }))
  const body = named.filter(({ input }) => !input.indexed)
  const decodeBody = bodyDecoder(
    body.map(({ input }) => input),
    body.map(({ name }) => name),
  )
  return ({ topics, data }) => {
    if (topics.length !== indexed.length + 1) return undefined
    try {
      const args: Record<string, unknown> = {}
      for (let index = 0; index < indexed.length; index++) {
        const parameter = indexed[index]
        const topic = topics[index + 1]
        if (!parameter || topic?.length !== topicLength) return undefined
        args[parameter.name] = parameter.word(topic, 2)
      }
      return decodeBody(data, args) ? args : undefined
    } catch {
      return undefined
    }
  }
}

const asHash: WordDecoder = (topic) => topic

/** Adds the arguments to `args`; false when the data is too short. */
function bodyDecoder(
  inputs: readonly AbiEventParameter[],
  names: readonly string[],
): (data: Log['data'], args: Record<string, unknown>) => boolean {
  const words = wordDecoders(inputs)
  if (words) {
    const length = 2 + words.length * wordDigits
    return (data, args) => {
      if (data.length < length) return false
      let at = 2
      for (let index = 0; index < words.length; index++, at += wordDigits) {
        const word = words[index]
        const name = names[index]
        if (!word || name === undefined) return false
        args[name] = word(data, at)
      }
      return true
    }
  }
  return (data, args) => {
    const values = decodeAbiParameters(inputs, data)
    names.forEach((name, index) => (args[name] = values[index]))
    return true
  }
}

// Compiles a read once into calldata, a key that de-duplicates it and a decoder of its answer.
import type { AbiFunction } from 'abitype'
import { decodeAbiParameters } from 'viem'
import type { Decoded, Probe, Read } from '../../model/call.ts'
import type { Answer } from '../../model/chain.ts'
import type { Hex } from '../../model/hex.ts'
import { DecodeOnce } from './decode-once.ts'
import { encodeCall } from './encode-call.ts'
import { callLabel } from './label.ts'
import type { NameOf } from './label.ts'
import { readFailure } from './revert-reason.ts'
import { wordDecoders, wordDigits } from './words.ts'

const decodedAnswers = new DecodeOnce<Answer, Decoded<unknown>>()
const notRead: Decoded<never> = { ok: false, why: 'not read at this moment' }

/**
 * One output gives its value, several give the tuple, as viem does.
 *
 * @example encodeRead(market.read.totalAssets()).of(moment) // { ok: true, value: 12n }
 */
export function encodeRead<out>(read: Read<out>, nameOf?: NameOf): Probe<out> {
  const label = callLabel(read.to, read.fn, read.args, nameOf)
  const data = encodeCall(read.fn, read.args, label)
  const key = `${read.chain}:${read.to.toLowerCase()}:${data}`
  const decode = answerDecoder(read.fn)
  const shape = JSON.stringify(read.fn.outputs)
  return {
    key,
    to: read.to,
    data,
    label,
    of: ({ answers }) => {
      const answer = answers.get(key)
      if (!answer) return notRead
      // The type of the result comes from the ABI, which is what the decoder was compiled from.
      return decodedAnswers.get(answer, shape, () => decode(answer)) as Decoded<out>
    },
  }
}

function answerDecoder(fn: AbiFunction): (answer: Answer) => Decoded<unknown> {
  const decode = outputDecoder(fn)
  return (answer) => {
    if (!answer.ok) return { ok: false, why: readFailure(answer.data) }
    if (answer.data === '0x' && fn.outputs.length > 0) return { ok: false, why: 'it answered with nothing: is this the right address?' }
    try {
      return { ok: true, value: decode(answer.data) }
    } catch {
      return { ok: false, why: `its answer does not fit the ABI: ${fn.outputs.map(({ type }) => type).join(', ')} expected` }
    }
  }
}

function outputDecoder({ outputs }: AbiFunction): (data: Hex) => unknown {
  const words = wordDecoders(outputs)
  const [only] = outputs.length === 1 ? (words ?? []) : []
  if (only) {
    return (data) => {
      requireWords(data, 1)
      return only(data, 2)
    }
  }
  if (words) {
    return (data) => {
      requireWords(data, words.length)
      return outputs.length === 0 ? undefined : words.map((word, index) => word(data, 2 + index * wordDigits))
    }
  }
  return (data) => {
    const values = decodeAbiParameters(outputs, data)
    return values.length === 1 ? values[0] : values
  }
}

function requireWords(data: Hex, count: number): void {
  if (data.length < 2 + count * wordDigits) throw new RangeError('the answer is too short')
}

// Takes apart what the Reader gave back, by hand: viem needs many times as long for two hundred answers.
import type { Answer } from '../../model/chain.ts'
import type { Hex } from '../../model/hex.ts'
import { MalformedAnswer } from '../transport/rpc.ts'

/** Adds one answer per key, in the order of the request; `label` names the chain in the error. */
export function addAnswers(keys: readonly string[], returned: string, label: string, into: Map<string, Answer>): void {
  const malformed = (): MalformedAnswer => new MalformedAnswer(label, `what it gave for ${keys.length} reads is not what the Reader gives`)

  /** A small number from the word at this byte; anything that does not fit the text is nonsense. */
  const small = (byte: number): number => {
    const at = 2 + byte * 2
    const value = Number.parseInt(returned.slice(at + 48, at + 64), 16)
    if (at + 64 > returned.length || !(value <= returned.length)) throw malformed()
    return value
  }

  if (!returned.startsWith('0x') || small(0) !== 0x20 || small(32) !== keys.length) throw malformed()
  keys.forEach((key, index) => {
    const at = 64 + small(64 + index * 32)
    const ok = small(at) === 1
    const size = small(at + 64)
    const from = 2 + (at + 96) * 2
    if (from + size * 2 > returned.length) throw malformed()
    const data: Hex = `0x${returned.slice(from, from + size * 2)}`
    into.set(key, { ok, data })
  })
}

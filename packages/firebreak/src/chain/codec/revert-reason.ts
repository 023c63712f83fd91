// Says in safe words why a call failed, from the data that it gave back.
import { toFunctionSelector } from 'viem'
import type { Hex } from '../../model/hex.ts'
import { safeText } from './safe-text.ts'

const tooLarge = toFunctionSelector('TooLarge(uint256)')
const silent = toFunctionSelector('FailedSilently()')
/** Solidity's own codes. */
const panics = new Map<bigint, string>([
  [0x01n, 'an assertion failed'],
  [0x11n, 'an amount went over or under its limits'],
  [0x12n, 'division by zero'],
  [0x21n, 'not a value of the enum'],
  [0x22n, 'storage bytes are encoded wrongly'],
  [0x31n, 'nothing left to pop'],
  [0x32n, 'index out of bounds'],
  [0x41n, 'too much memory'],
  [0x51n, 'a function that was never set'],
])

/** Bytes of a reason that are looked at: more is never printed. */
const looksAt = 1_024

/** For data of a failed read; empty means that nothing lives at the address (contracts/src/Reader.sol keeps it for that). */
export function readFailure(data: Hex): string {
  if (data === '0x') return 'there is no contract at this address'
  if (data.startsWith(silent)) return 'it failed without a reason, or used up its gas'
  if (data.startsWith(tooLarge)) return `it gave back ${number(data, 10) ?? 'too many'} bytes, more than is read`
  return revertReason(data)
}

/** For data of a reverted call: `Error(string)`, `Panic(uint256)`, or the raw beginning of a custom error. */
export function revertReason(data: Hex): string {
  if (data === '0x') return 'reverted without a reason'
  const text = data.startsWith('0x08c379a0') ? reasonText(data) : undefined
  if (text !== undefined) return safeText(`reverted: ${text}`)
  const code = data.startsWith('0x4e487b71') ? number(data, 10) : undefined
  if (code !== undefined) return safeText(`panicked: ${panics.get(code) ?? `code 0x${code.toString(16)}`}`)
  return `reverted with ${safeText(data, 80)}`
}

/** The word at this digit of the text, when there is one. */
function number(data: Hex, at: number): bigint | undefined {
  const word = data.slice(at, at + 64)
  return /^[0-9a-f]{64}$/i.test(word) ? BigInt(`0x${word}`) : undefined
}

function reasonText(data: Hex): string | undefined {
  const offset = number(data, 10)
  if (offset === undefined || offset > BigInt(looksAt)) return undefined
  const at = 10 + Number(offset) * 2
  const length = number(data, at)
  if (length === undefined) return undefined
  const digits = (length > BigInt(looksAt) ? looksAt : Number(length)) * 2
  return Buffer.from(data.slice(at + 64, at + 64 + digits), 'hex').toString('utf8')
}

// Compiles a write once into calldata with a label that people can check.
import type { EncodedCall, Write } from '../../model/call.ts'
import { encodeCall } from './encode-call.ts'
import { callLabel } from './label.ts'
import type { NameOf } from './label.ts'

/** @example encodeWrite(market.write.setFrozen(usdc, true)).label // 'market.setFrozen(USDC, true)' */
export function encodeWrite(write: Write, nameOf?: NameOf): EncodedCall {
  const label = callLabel(write.to, write.fn, write.args, nameOf)
  return { to: write.to, data: encodeCall(write.fn, write.args, label), label }
}

// Turns a function and its arguments into calldata; arguments that do not fit are a person's fault and said as such.
import type { AbiFunction } from 'abitype'
import { BaseError, encodeFunctionData, toFunctionSignature } from 'viem'
import { UserError } from '../../model/errors.ts'
import type { Hex } from '../../model/hex.ts'
import { safeText } from './safe-text.ts'

export function encodeCall(fn: AbiFunction, args: readonly unknown[], label: string): Hex {
  try {
    return encodeFunctionData({ abi: [fn], functionName: fn.name, args })
  } catch (error) {
    throw new UserError({
      path: label,
      wrong: safeText(error instanceof BaseError ? error.shortMessage : String(error), 400),
      mend: `give the arguments that the ABI asks for: ${toFunctionSignature(fn)}`,
    })
  }
}

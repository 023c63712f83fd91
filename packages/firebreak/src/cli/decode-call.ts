// Calldata in words, by the plan's own ABIs: what cannot be taken apart and put together again the same is not decoded.
import { decodeFunctionData, encodeFunctionData, toFunctionSignature, type Abi, type AbiFunction } from 'viem'
import { safeText } from '../chain/codec/safe-text.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { PlanDefinition } from '../plan/define.ts'

export interface DecodedCall {
  /** The contract's name in the plan. */
  readonly contract: string
  readonly signature: string
  readonly args: readonly { readonly name: string; readonly type: string; readonly value: string }[]
}

export function decodeCall(
  definition: PlanDefinition,
  plan: ResolvedPlan,
  chain: string,
  call: { readonly to: Address; readonly data: Hex },
  /** What is known of it besides, where the plan need not spell it out. */
  more?: Abi,
): DecodedCall | { readonly why: string } {
  const named = plan.contracts.filter((one) => one.chain === chain && one.address === call.to)
  const [first] = named
  if (!first && !more) return { why: `the plan has no contract at ${call.to}` }
  const known = named.map(({ name }) => ({ name, abi: definition.contracts[name]?.abi }))
  for (const { name, abi } of [...known, { name: first?.name ?? call.to, abi: more }]) {
    if (!abi) continue
    try {
      const { functionName, args = [] } = decodeFunctionData({ abi, data: call.data })
      if (encodeFunctionData({ abi, functionName, args }) !== call.data.toLowerCase()) continue
      const selector = call.data.slice(0, 10)
      const fn = abi.find(
        (item): item is AbiFunction =>
          item.type === 'function' &&
          item.name === functionName &&
          item.inputs.length === args.length &&
          encodeFunctionData({ abi: [item], functionName, args }).startsWith(selector),
      )
      if (!fn) continue
      return {
        contract: name,
        signature: safeText(toFunctionSignature(fn)),
        args: fn.inputs.map((input, i) => ({
          name: safeText(input.name ?? `${i}`),
          type: input.type,
          value: valueText(args[i], plan, chain),
        })),
      }
    } catch {
      // Another ABI of the same address may know it.
    }
  }
  return {
    why: `the plan's ABI of ${first?.name ?? call.to} does not explain ${call.data.slice(0, 10)}…, ${(call.data.length - 2) / 2} bytes`,
  }
}

/** Whole, never shortened: a signer compares it. */
function valueText(value: unknown, plan: ResolvedPlan, chain: string): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') {
    const name = plan.contracts.find((one) => one.chain === chain && one.address.toLowerCase() === value.toLowerCase())?.name
    const authority = plan.authorities.find((one) => one.chain === chain && one.address.toLowerCase() === value.toLowerCase())?.name
    const known = name ?? authority
    return value.startsWith('0x') ? (known ? `${value} (${known})` : value) : safeText(JSON.stringify(value))
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => valueText(item, plan, chain)).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, item]) => `${safeText(name)}: ${valueText(item, plan, chain)}`)
      .join(', ')} }`
  return String(value)
}

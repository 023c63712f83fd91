// Settles the contracts of a plan: each has one name, one address and one chain.
import type { ResolvedPlan } from '../../model/plan.ts'
import type { Context } from './context.ts'
import { quoted, type Fields } from './report.ts'

type ResolvedContract = ResolvedPlan['contracts'][number]

export function resolveContracts(context: Context, entries: readonly (readonly [string, Fields])[]): readonly ResolvedContract[] {
  const resolved: ResolvedContract[] = []
  for (const [name, given] of entries) {
    const path = `contracts.${name}`
    if (given.kind !== 'contract') {
      context.report(
        path,
        `is ${typeof given.kind === 'string' ? `a ${given.kind}` : quoted(given)}, not a contract`,
        "describe it with chain.at('0x…', abi)",
      )
      continue
    }
    if (!Array.isArray(given.abi) || given.abi.length === 0)
      context.report(`${path}.abi`, 'has no functions', "pass the contract's ABI: a list, `as const`")
    const chain = context.chains.meet(path, given.home)
    const address = context.calls.address(context.report, `${path}.address`, given.address)
    if (chain === undefined || address === undefined) continue
    const same = resolved.find((other) => other.chain === chain && other.address === address)
    if (same) context.report(path, `is the same contract as '${same.name}'`, 'name it once')
    else resolved.push({ name, chain, address })
  }
  return resolved
}

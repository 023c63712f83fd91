// Finds the places of a plan that name an address where no contract lives: nothing can be watched or pulled there.
import type { Address, Hex } from '../model/hex.ts'
import type { Fault } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Node } from '../stages.ts'

export interface Place {
  /** Where the plan says it. */
  readonly path: string
  readonly about: string
  readonly address: Address
}

/** Every address of this chain once, at the first place that needs a contract there. */
export function placesOf(plan: ResolvedPlan, chain: string): readonly Place[] {
  const contracts = plan.contracts.map((one) => ({ ...one, path: `contracts.${one.name}.address`, about: one.name }))
  const tokens = plan.assets.flatMap((one) =>
    one.token === undefined
      ? []
      : [{ chain: one.chain, address: one.token, path: `assets.${one.name}.token`, about: `the token of ${one.name}` }],
  )
  const brakes = plan.brakes.flatMap((one) => [
    ...one.calls.map((call) => ({ chain: one.chain, address: call.to, path: `brakes.${one.name}.call`, about: one.name })),
    { chain: one.chain, address: one.holds.probe.to, path: `brakes.${one.name}.holds`, about: one.name },
  ])
  const all = [...contracts, ...tokens, ...brakes].filter((one) => one.chain === chain)
  return all
    .filter((one, i) => all.findIndex((other) => other.address === one.address) === i)
    .map(({ path, about, address }) => ({ path, about, address }))
}

export const withoutCode = (places: readonly Place[], code: Readonly<Record<Address, Hex>>): readonly Place[] =>
  places.filter((one) => code[one.address] === undefined)

/** For a start: what is still to be corrected in the plan. */
export async function noCodeFaults(plan: ResolvedPlan, node: Pick<Node, 'chain' | 'head' | 'code'>): Promise<readonly Fault[]> {
  const places = placesOf(plan, node.chain)
  const { hash } = await node.head()
  const code = await node.code(
    places.map((one) => one.address),
    hash,
  )
  return withoutCode(places, code).map(({ path, address }) => ({
    path,
    wrong: `there is no contract at ${address} on the chain ${node.chain}`,
    mend: 'correct the address or its chain; if it is right, wait until the contract is deployed and the node has caught up',
  }))
}

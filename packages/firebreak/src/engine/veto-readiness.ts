// What can be said of a veto before there is anything to cancel: whether its authority has the power to, as far as contracts say.
import type { Authority, Veto } from '../model/brake.ts'
import type { Probe } from '../model/call.ts'
import type { Address } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { nameIn } from '../readiness/powers.ts'
import type { VetoPlace, VetoReport } from '../readiness/report.ts'
import { viewProbe } from '../responders/authorities/probe.ts'
import { roles } from '../responders/authorities/timelock.ts'
import type { Node } from '../stages.ts'

/** Whom a governor, timelock or manager sees when this authority calls it. */
function callerOf(authority: Authority): Address {
  return authority.kind === 'accessManager' ? authority.senderAddress : authority.address
}

interface Asked {
  readonly guardian: Probe<Address>
  readonly canceller: Probe<boolean>
}

const askedOf = ({ chain }: Veto, place: Address, caller: Address): Asked => ({
  guardian: viewProbe(chain, place, 'function proposalGuardian() view returns (address)', [], 'proposalGuardian()'),
  canceller: viewProbe(
    chain,
    place,
    'function hasRole(bytes32 role, address account) view returns (bool)',
    [roles.canceller, caller],
    'hasRole(CANCELLER_ROLE)',
  ),
})

export async function vetoReports(plan: ResolvedPlan, node: Pick<Node, 'chain' | 'read' | 'head'>): Promise<readonly VetoReport[]> {
  const parts = (plan.vetoes ?? [])
    .filter((veto) => veto.chain === node.chain)
    .flatMap((veto) => {
      const by = plan.authorities.find((one) => one.name === veto.by[0])
      return by ? [{ veto, by, places: veto.stops.map((address) => ({ address, asked: askedOf(veto, address, callerOf(by)) })) }] : []
    })
  if (parts.length === 0) return []
  const { hash } = await node.head()
  const answers = await node.read(
    hash,
    parts.flatMap(({ places }) => places.flatMap(({ asked }): Probe[] => [asked.guardian, asked.canceller])),
  )
  return parts.map(({ veto, by, places }) => ({
    veto: veto.name,
    chain: veto.chain,
    authority: by.name,
    places: places.map(({ address, asked }): VetoPlace => {
      const place = nameIn(plan, address)
      const [guardian, canceller] = [asked.guardian.of(answers), asked.canceller.of(answers)]
      if (guardian.ok)
        return guardian.value === callerOf(by)
          ? { place, may: true, why: `${by.name} is its proposal guardian` }
          : { place, may: false, why: `its proposal guardian is ${guardian.value}, not ${by.name}` }
      if (canceller.ok)
        return canceller.value
          ? { place, may: true, why: `${by.name} has its CANCELLER_ROLE` }
          : { place, may: false, why: `${by.name} lacks its CANCELLER_ROLE` }
      return { place, may: undefined, why: 'it does not say beforehand who may cancel' }
    }),
  }))
}

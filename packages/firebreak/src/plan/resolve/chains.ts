// Settles the chains that a plan speaks of: each name means one chain, and its endpoints' URLs are only referred to.
import type { ResolvedChain } from '../../model/plan.ts'
import { settleAgreement, settleEndpoints, settleProfile } from './endpoints.ts'
import { settleRelay } from './relay.ts'
import { isFields, quoted, whole, type Fields, type Report } from './report.ts'

export interface Chains {
  /** Notes a chain that some part of the plan uses; false when it is none. */
  readonly meet: (path: string, given: unknown) => string | undefined
  readonly all: () => readonly ResolvedChain[]
  readonly has: (name: string) => boolean
}

export function chainsOf(report: Report): Chains {
  const met = new Map<string, { readonly text: string; readonly resolved: ResolvedChain | undefined }>()
  const doubled = new Set<string>()
  const meet = (path: string, given: unknown): string | undefined => {
    if (!isFields(given) || given.kind !== 'chain' || typeof given.name !== 'string' || given.name === '') {
      return report(
        path,
        `is on ${isFields(given) && given.name !== undefined ? quoted(given.name) : quoted(given)}, which is no chain`,
        "describe the chain with evm('name', …) and the contract with chain.at(…)",
      )
    }
    const { name } = given
    const text = JSON.stringify([given.id, given.endpoints, given.agreement, given.profile, given.relay, given.finality])
    const known = met.get(name)
    if (!known) met.set(name, { text, resolved: settle(report, `chains.${name}`, name, given) })
    else if (known.text !== text && !doubled.has(name)) {
      doubled.add(name)
      report(`chains.${name}`, `two different chains are called '${name}'`, 'give each chain a name of its own, and describe each once')
    }
    return name
  }
  return {
    meet,
    has: (name) => met.has(name),
    all: () => [...met.values()].flatMap(({ resolved }) => (resolved ? [resolved] : [])).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** The chain itself, its endpoints, and what they and it are good for. */
function settle(report: Report, path: string, name: string, given: Fields): ResolvedChain | undefined {
  const id = whole(report, `${path}.id`, given.id, 1, Number.MAX_SAFE_INTEGER)
  const finality = whole(report, `${path}.finality`, given.finality, 1, 1_000_000)
  const endpoints = settleEndpoints(report, `${path}.rpc`, given.endpoints)
  const agreement = settleAgreement(report, `${path}.agreement`, given.agreement)
  const profile = settleProfile(report, `${path}.profile`, given.profile)
  const relay = given.relay === undefined ? undefined : settleRelay(report, `${path}.relay`, given.relay)
  return id === undefined || finality === undefined || !endpoints || !agreement || !profile
    ? undefined
    : { name, id, endpoints, agreement, profile, ...(relay ? { relay } : {}), finality }
}

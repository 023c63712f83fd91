// Which authority each brake would come about by now: the first of its own that worked when it was last simulated and can pay; and how to simulate it.
import { isKey } from '../base/keys.ts'
import { sha256 } from '../base/hash.ts'
import { checksummed } from '../chain/codec/checksum.ts'
import type { Authority } from '../model/brake.ts'
import type { Way } from '../model/decision.ts'
import type { Address } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { RouteReport } from '../readiness/report.ts'
import { routesOf } from '../responders/authorities/routes.ts'

/** By brake, where it is not the first authority. */
export type Working = Readonly<Record<string, string>>

/** Out of a readiness check; a brake that nobody can pull is left to its first authority, which says why. */
export function workingOf(plan: ResolvedPlan, routes: ReadonlyMap<string, readonly RouteReport[]>): Working {
  return Object.fromEntries(
    plan.brakes.flatMap(({ name, by }) => {
      const works = (routes.get(name) ?? []).find((route) => route.verdict.kind !== 'fails')
      return works && works.authority !== by[0] ? [[name, works.authority] as const] : []
    }),
  )
}

export interface Ways {
  /** As the last check found it. */
  readonly check: (working: Working) => void
  /** A key ran out of coins, or has some again. */
  readonly funds: (authority: string, enough: boolean) => void
  /** Who brings this brake about, as things stand. */
  readonly authorityOf: (brake: string) => string
  /** Ways that are more than the calls from the first authority's own key, at this time of the chain: of these alone a decision has to be told. */
  readonly all: (time: bigint) => Readonly<Record<string, Way>>
}

export function waysIn(plan: ResolvedPlan): Ways {
  const empty = new Set<string>()
  let working: Working = {}
  let known: Readonly<Record<string, Way>> | undefined
  let today: bigint | undefined

  const authorityOf = (name: string): string => {
    const by = plan.brakes.find((one) => one.name === name)?.by ?? []
    const first = working[name] ?? by[0] ?? ''
    const rest = by.slice(by.indexOf(first))
    return rest.find((one) => !empty.has(one)) ?? first
  }

  return {
    check: (now) => {
      working = now
      known = undefined
    },
    funds: (authority, enough) => {
      if (enough) empty.delete(authority)
      else empty.add(authority)
      known = undefined
    },
    authorityOf,
    all: (time) => {
      const day = time - (time % 86_400n)
      if (day !== today) known = undefined
      today = day
      return (known ??= waysOf(plan, authorityOf, day))
    },
  }
}

function waysOf(plan: ResolvedPlan, authorityOf: Ways['authorityOf'], since: bigint): Readonly<Record<string, Way>> {
  const anybody = anybodyIn(plan)
  /**
   * Whatever a Safe's owners agreed on may be sent by anybody, so a comparison does not depend on the executor's purse: an
   * account that is lent gas money sends it. The check, which proves that the executor itself can, lends nobody anything.
   */
  const sentByAnybody = (one: Authority): Authority => (one.kind === 'safe' ? { ...one, executorAddress: anybody } : one)
  const routes = routesOf(plan.authorities.map(sentByAnybody))
  return Object.fromEntries(
    plan.brakes.flatMap(({ name, by, calls }): readonly (readonly [string, Way])[] => {
      const authority = plan.authorities.find((one) => one.name === authorityOf(name))
      if (!authority || (isKey(authority) && authority.name === by[0])) return []
      if (isKey(authority)) return [[name, { authority: authority.name, from: authority.address, calls, storage: {} }]]
      const rehearsal = routes.get(authority.name)?.rehearse(calls, undefined, since)
      const way =
        authority.kind === 'safe'
          ? { authority: authority.name, from: anybody, lends: true as const }
          : { authority: authority.name, from: authority.senderAddress }
      // What cannot be rehearsed brings nothing about in a comparison either.
      return [[name, rehearsal?.ok ? { ...way, calls: rehearsal.calls, storage: rehearsal.storage } : { ...way, calls: [], storage: {} }]]
    }),
  )
}

/** Nobody's address, and the same in every life of this plan: a replay asks the very same questions. */
const anybodyIn = (plan: ResolvedPlan): Address => checksummed(`0x${sha256(`${plan.hash} anybody`).slice(-40)}`) ?? '0x'

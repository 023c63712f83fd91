// Settles the vetoes of a plan: brakes whose call is known only once a watch has found what it has to stop.
import { durationMs, hourlyCost } from '../../base/units.ts'
import type { Authority, Veto } from '../../model/brake.ts'
import type { Address } from '../../model/hex.ts'
import type { Rule } from '../../model/plan.ts'
import type { Context } from './context.ts'
import { isFields, listOf, namesOf, onlyFields, quoted, unit, whole, type Fields } from './report.ts'

const fields = ['call', 'holds', 'by', 'falsePauseCosts', 'lasts', 'atMostPulls', 'owner']

/** A brake of the plan that cancels whatever has to be cancelled. */
export const isVeto = (given: Fields): boolean => isFields(given.call) && given.call.kind === 'cancels'

export function resolveVetoes(
  context: Context,
  entries: readonly (readonly [string, Fields])[],
  declared: readonly string[],
  authorities: readonly Authority[],
): readonly Veto[] {
  return entries.flatMap(([name, given]) => vetoOf(context, name, given, declared, authorities) ?? [])
}

function vetoOf(
  context: Context,
  name: string,
  given: Fields,
  declared: readonly string[],
  authorities: readonly Authority[],
): Veto | undefined {
  const path = `brakes.${name}`
  const { report } = context
  onlyFields(report, path, given, fields)
  if (!isFields(given.call)) return undefined
  const named = given.call.chain
  const chain = typeof named === 'string' && context.chains.has(named) ? named : undefined
  if (chain === undefined)
    report(
      `${path}.call`,
      `is on the chain ${quoted(named)}, which the plan does not know`,
      'list the governor or timelock under `contracts`',
    )
  const places = listOf(given.call.places).map((place) =>
    isFields(place) ? context.calls.address(report, `${path}.call`, place.address) : undefined,
  )
  if (!isFields(given.holds) || given.holds.kind !== 'cancelled')
    report(`${path}.holds`, `is ${quoted(given.holds)}`, 'a veto holds when its operation is cancelled: holds: cancelled()')
  if (listOf(given.by).length === 0) report(`${path}.by`, 'names no authority', 'say who may cancel')
  const by = namesOf(report, `${path}.by`, given.by, declared, 'authority')
  for (const one of authorities)
    if (by.includes(one.name) && chain !== undefined && one.chain !== chain)
      report(`${path}.by`, `'${one.name}' acts on '${one.chain}', and the veto is on '${chain}'`, 'name an authority on the same chain')
  const costPerHour = unit(report, `${path}.falsePauseCosts`, given.falsePauseCosts, hourlyCost, 'a cost per hour', '$500/h')
  const lastsMs = unit(report, `${path}.lasts`, given.lasts ?? '4h', durationMs, 'a duration', '4h')
  const atMostPulls = whole(report, `${path}.atMostPulls`, given.atMostPulls ?? 3, 1, 1_000)
  const owner = given.owner ?? by[0]
  if (owner !== undefined && (typeof owner !== 'string' || owner === ''))
    report(`${path}.owner`, `is ${quoted(owner)}`, 'name who answers for this veto')
  const stops = places.filter((one): one is Address => one !== undefined)
  if (chain === undefined || costPerHour === undefined || lastsMs === undefined || atMostPulls === undefined || typeof owner !== 'string')
    return undefined
  return { name, chain, stops, by, costPerHour, lastsMs, owner, atMostPulls }
}

/** Vetoes are named in rules like brakes, and are another thing from there on. */
export function withVetoes(rules: readonly Rule[], vetoes: readonly Veto[]): readonly Rule[] {
  const names = new Set(vetoes.map((one) => one.name))
  return rules.map((rule) => {
    const named = rule.brakes.filter((one) => names.has(one))
    return named.length === 0 ? rule : { ...rule, brakes: rule.brakes.filter((one) => !names.has(one)), vetoes: named }
  })
}

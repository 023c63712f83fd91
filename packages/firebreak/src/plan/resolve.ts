// Settles a plan: every name, address, unit and call is checked, all faults are told at once, and the engine never meets a half-valid plan.
import { UserError, type Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { checksummed } from './address.ts'
import { planHash, type Sources } from './canonical-plan.ts'
import type { PlanDefinition } from './define.ts'
import { resolveAssets } from './resolve/assets.ts'
import { resolveAuthorities } from './resolve/authorities.ts'
import { resolveBounds } from './resolve/bounds.ts'
import { resolveBrakes } from './resolve/brakes.ts'
import { callsOf, type Encoders } from './resolve/calls.ts'
import { chainsOf } from './resolve/chains.ts'
import type { Context } from './resolve/context.ts'
import { resolveContracts } from './resolve/contracts.ts'
import { entriesOf, isFields, onlyFields, quoted, reporter } from './resolve/report.ts'
import { checkActors, resolveRules, warnUnused } from './resolve/rules.ts'
import { scopeOf } from './resolve/scope.ts'
import { withNext } from './resolve/rotation.ts'
import { isVeto, resolveVetoes, withVetoes } from './resolve/vetoes.ts'
import { resolveVoice } from './resolve/voice.ts'
import { resolveWatches } from './resolve/watches.ts'

export type { Encoders } from './resolve/calls.ts'

export interface Resolution {
  readonly plan: ResolvedPlan
  /** Worth saying, and no reason to stop. */
  readonly warnings: readonly Fault[]
}

const sections = ['kind', 'name', 'contracts', 'assets', 'watch', 'authorities', 'brakes', 'respond', 'bounds', 'voice']
/** What one entry of a section is written like. */
const entries = {
  contracts: "describe it with chain.at('0x…', abi)",
  assets: "write asset({ token, decimals, price: fixed('$1'), heldBy: [pool] })",
  watch: 'write invariant(…), outflow(…) or another detector',
  authorities: "write key({ address: '0x…', signer: keystore('keys/a.json', env('PASSWORD')), chain })",
  brakes: "write { call: pool.write.pause(), holds: pool.read.paused(), by: 'sentinel', falsePauseCosts: '$500/h' }",
}
const noSources: Sources = { directory: '.', files: [], packages: [] }

/**
 * The definition comes from a file that types may not have checked, so nothing about its shape is taken for granted.
 * Throws a UserError with every fault.
 */
export function resolvePlan(definition: PlanDefinition, encoders: Encoders, sources: Sources = noSources): Resolution {
  const given: unknown = definition
  if (!isFields(given) || given.kind !== 'plan')
    throw new UserError({ path: 'plan', wrong: `is ${quoted(given)}, not a plan`, mend: 'export default definePlan({ … })' })
  const { faults, report } = reporter()
  const { faults: warnings, report: warn } = reporter()

  onlyFields(report, '', given, sections)
  const name =
    typeof given.name === 'string' && given.name.trim() !== ''
      ? given.name
      : report('name', `is ${quoted(given.name)}`, 'give the plan a name')
  const sectionOf = (section: keyof typeof entries) => entriesOf(report, section, given[section], entries[section])
  const contractEntries = sectionOf('contracts')
  const assetEntries = given.assets === undefined ? [] : sectionOf('assets')
  const watchEntries = sectionOf('watch')
  const authorityEntries = sectionOf('authorities')
  const brakeEntries = sectionOf('brakes')
  if (isFields(given.contracts) && contractEntries.length === 0) report('contracts', 'are none', 'list the contracts to protect')
  if (isFields(given.watch) && watchEntries.length === 0)
    report('watch', 'watches nothing', 'write at least one watch, such as an invariant')

  const names = new Map<Address, string>()
  for (const [contract, { address }] of contractEntries) {
    const at = checksummed(address)
    if (at && !names.has(at)) names.set(at, contract)
  }
  const nameOf = (address: Address): string | undefined => names.get(checksummed(address) ?? address)
  const chains = chainsOf(report)
  const context: Context = { report, warn, chains, encoders, nameOf, calls: callsOf(encoders, chains, nameOf) }

  const declared = {
    watches: watchEntries.map(([watch]) => watch),
    brakes: brakeEntries.map(([brake]) => brake),
    authorities: authorityEntries.map(([authority]) => authority),
  }
  const contracts = resolveContracts(context, contractEntries)
  const authorities = resolveAuthorities(context, authorityEntries)
  const { assets, holdings } = resolveAssets(context, assetEntries)
  const vetoes = resolveVetoes(
    context,
    brakeEntries.filter(([, given]) => isVeto(given)),
    declared.authorities,
    authorities,
  )
  const brakes = resolveBrakes(
    context,
    brakeEntries.filter(([, given]) => !isVeto(given)),
    declared.authorities,
    authorities,
  )
  const built = resolveWatches(
    context,
    watchEntries,
    scopeOf(
      context,
      assetEntries.map(([asset]) => asset),
      assets,
      holdings,
    ),
  )
  const rules = resolveRules(context, given.respond, declared)
  const bounds = resolveBounds(context, given.bounds)
  const voice = resolveVoice(context, given.voice)
  const [pulled, cancelling] = [withNext(brakes, authorities), withNext(vetoes, authorities)]
  const all = [...pulled, ...cancelling]
  if (faults.length === 0) checkActors(context, rules, all, authorities)
  warnUnused(context, rules, all, declared, authorities)
  if (holdings.length === 0)
    warn(
      'assets',
      'are none, so losses cannot be counted in dollars and no brake can be proven to help',
      "describe what is at stake: asset({ token, decimals, price: fixed('$1'), heldBy: [pool] })",
    )

  if (faults.length > 0 || name === undefined || !bounds) throw new UserError(faults)
  const settled = {
    name,
    chains: chains.all(),
    contracts,
    assets,
    holdings,
    authorities,
    brakes: pulled,
    ...(cancelling.length > 0 ? { vetoes: cancelling } : {}),
    rules: withVetoes(rules, vetoes),
    bounds,
    ...(voice ? { voice } : {}),
  }
  const watches = built.map((watch) => ({ name: watch.name, detector: watch.detector }))
  return { plan: { ...settled, watches, ...planHash({ ...settled, watches: built }, sources) }, warnings }
}

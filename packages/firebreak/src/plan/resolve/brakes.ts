// Settles the brakes of a plan: calls, the read that says that they hold, who pulls them, and what a false pull costs.
import { durationMs, hourlyCost } from '../../base/units.ts'
import { activities, type Activity } from '../../model/activity.ts'
import type { Authority, Brake, Condition, Lever, Wanted } from '../../model/brake.ts'
import type { EncodedCall } from '../../model/call.ts'
import { checksummed } from '../address.ts'
import { asWhole, isWholeType, type ReadProbe } from './calls.ts'
import type { Context } from './context.ts'
import { isFields, listOf, namesOf, onlyFields, quoted, unit, whole, type Fields } from './report.ts'

const fields = ['call', 'holds', 'undo', 'by', 'falsePauseCosts', 'lasts', 'atMostPulls', 'owner', 'lever', 'leaves']

export function resolveBrakes(
  context: Context,
  entries: readonly (readonly [string, Fields])[],
  declared: readonly string[],
  authorities: readonly Authority[],
): readonly Brake[] {
  const brakes: Brake[] = []
  for (const [name, given] of entries) {
    const path = `brakes.${name}`
    onlyFields(context.report, path, given, fields)
    const chains = new Map<string, string>()
    const calls = callsOf(context, `${path}.call`, given.call, chains)
    if (listOf(given.call).length === 0) context.report(`${path}.call`, 'is missing', 'write it like pool.write.pause()')
    const holds = conditionOf(context, `${path}.holds`, given.holds, chains)
    const undo = callsOf(context, `${path}.undo`, given.undo, chains)
    const lever = given.lever === undefined ? undefined : leverOf(context, `${path}.lever`, given.lever, chains)
    const by = authoritiesOf(context, `${path}.by`, given.by, declared, authorities, chains.values().next().value)
    const costPerHour = unit(context.report, `${path}.falsePauseCosts`, given.falsePauseCosts, hourlyCost, 'a cost per hour', '$500/h')
    const lastsMs = unit(context.report, `${path}.lasts`, given.lasts ?? '4h', durationMs, 'a duration', '4h')
    const atMostPulls = whole(context.report, `${path}.atMostPulls`, given.atMostPulls ?? 3, 1, 1_000)
    const leaves = given.leaves === undefined ? undefined : leavesOf(context, `${path}.leaves`, given.leaves)
    const owner = given.owner ?? by[0]
    if (owner !== undefined && (typeof owner !== 'string' || owner === ''))
      context.report(`${path}.owner`, `is ${quoted(owner)}`, 'name who answers for this brake')
    const chain = oneChain(context, path, chains)
    if (
      chain === undefined ||
      !holds ||
      costPerHour === undefined ||
      lastsMs === undefined ||
      atMostPulls === undefined ||
      typeof owner !== 'string'
    )
      continue
    brakes.push({ name, chain, calls, holds, undo, by, costPerHour, lastsMs, owner, atMostPulls, lever, ...(leaves && { leaves }) })
  }
  return brakes
}

/** `chains` collects which chain each part of the brake is on, by path. */
function callsOf(context: Context, path: string, given: unknown, chains: Map<string, string>): readonly EncodedCall[] {
  const writes = listOf(given)
  return writes.flatMap((write, index) => {
    const at = writes.length === 1 ? path : `${path}[${index}]`
    const found = context.calls.write(context.report, at, write)
    if (!found) return []
    chains.set(at, found.chain)
    return [found.call]
  })
}

function oneChain(context: Context, path: string, chains: ReadonlyMap<string, string>): string | undefined {
  const [first, ...others] = chains
  if (!first) return undefined
  for (const [at, chain] of others) {
    if (chain !== first[1])
      context.report(at, `is on '${chain}', and ${first[0]} is on '${first[1]}'`, 'a brake acts on one chain: make two brakes of it')
  }
  return first[0].startsWith(path) ? first[1] : undefined
}

function authoritiesOf(
  context: Context,
  path: string,
  given: unknown,
  declared: readonly string[],
  authorities: readonly Authority[],
  chain: string | undefined,
): readonly string[] {
  if (listOf(given).length === 0) context.report(path, 'names no authority', 'say who pulls this brake')
  const by = namesOf(context.report, path, given, declared, 'authority')
  for (const name of by) {
    const authority = authorities.find((candidate) => candidate.name === name)
    if (authority && chain !== undefined && authority.chain !== chain) {
      context.report(
        path,
        `'${name}' acts on '${authority.chain}', and the brake is on '${chain}'`,
        "name an authority on the brake's own chain",
      )
    }
  }
  return by
}

function conditionOf(context: Context, path: string, given: unknown, chains: Map<string, string>): Condition | undefined {
  const compared = isFields(given) && given.kind === 'condition'
  const read = context.calls.read(context.report, path, compared ? given.read : given)
  if (!read) return undefined
  chains.set(path, read.chain)
  if (!compared) {
    if (read.gives === 'bool') return { probe: read.probe, wanted: { kind: 'is', value: true } }
    return context.report(
      path,
      `gives ${read.gives ?? 'not exactly one value'}, not true or false`,
      'compare it: is(read, value), atMost(read, value) or atLeast(read, value)',
    )
  }
  const wanted = wantedOf(read, given.wanted)
  if (!wanted)
    return context.report(
      path,
      `compares ${read.gives ?? 'several values'} with ${quoted(isFields(given.wanted) ? given.wanted.value : given.wanted)}`,
      "compare with a value of the read's own type",
    )
  return { probe: isWholeType(read.gives) ? asWhole(read.probe) : read.probe, wanted }
}

function leavesOf(context: Context, path: string, given: unknown): readonly Activity[] | undefined {
  const words = Array.isArray(given) ? given : [given]
  const unknown = words.find((word) => !activities.some((one) => one === word))
  if (unknown !== undefined)
    return context.report(
      path,
      `names ${quoted(unknown)}, which is nothing that people do with a protocol`,
      `write any of: ${activities.join(', ')}`,
    )
  return activities.filter((one) => words.includes(one))
}

function wantedOf(read: ReadProbe, given: unknown): Wanted | undefined {
  if (!isFields(given) || read.gives === undefined) return undefined
  const { kind, value } = given
  if (kind === 'atMost' || kind === 'atLeast') return isWholeType(read.gives) && typeof value === 'bigint' ? { kind, value } : undefined
  if (kind !== 'is') return undefined
  if (read.gives === 'bool') return typeof value === 'boolean' ? { kind, value } : undefined
  if (isWholeType(read.gives)) return typeof value === 'bigint' ? { kind, value } : undefined
  if (read.gives.endsWith(']') || read.gives === 'tuple' || typeof value !== 'string') return undefined
  const text = read.gives === 'address' ? checksummed(value) : read.gives.startsWith('bytes') ? value.toLowerCase() : value
  return text === undefined ? undefined : { kind, value: text }
}

function leverOf(context: Context, path: string, given: unknown, chains: Map<string, string>): Lever | undefined {
  if (!isFields(given))
    return context.report(path, `is ${quoted(given)}`, "write { read: pool.read.borrowCap(usdc), restrictsWhen: 'lower' }")
  onlyFields(context.report, path, given, ['read', 'restrictsWhen', 'unlimited'])
  const { restrictsWhen, unlimited } = given
  const direction = restrictsWhen === 'lower' || restrictsWhen === 'higher' ? restrictsWhen : undefined
  if (!direction) context.report(`${path}.restrictsWhen`, `is ${quoted(restrictsWhen)}`, "say 'lower' or 'higher'")
  if (unlimited !== undefined && typeof unlimited !== 'bigint')
    context.report(`${path}.unlimited`, `is ${quoted(unlimited)}`, 'give the value that means no limit, as a bigint: 0n')
  const read = context.calls.read(context.report, `${path}.read`, given.read)
  if (!read) return undefined
  chains.set(`${path}.read`, read.chain)
  if (!isWholeType(read.gives))
    return context.report(
      `${path}.read`,
      `gives ${read.gives ?? 'not exactly one value'}, not a whole number`,
      'give the read of the parameter that the call changes',
    )
  return (
    direction && { probe: asWhole(read.probe), restrictsWhen: direction, unlimited: typeof unlimited === 'bigint' ? unlimited : undefined }
  )
}

// Settles the chains that a plan speaks of: each name means one chain, each has one endpoint, and its URL is only referred to.
import type { SecretRef } from '../../model/brake.ts'
import type { ResolvedChain } from '../../model/plan.ts'
import { isFields, quoted, whole, type Fields, type Report } from './report.ts'

/** A secret's place, as it enters the plan: names and paths that are themselves secrets are refused unseen. */
export function secretOf(report: Report, path: string, given: unknown, kinds: readonly SecretRef['kind'][]): SecretRef | undefined {
  const mend = `refer to it: ${kinds.map((kind) => (kind === 'keystore' ? "keystore('keys/a.json', env('PASSWORD'))" : kind === 'env' ? "env('NAME')" : "file('path')")).join(' or ')}`
  if (!isFields(given))
    return report(path, typeof given === 'string' ? 'is written out in the plan (not shown)' : `is ${quoted(given)}`, mend)
  if (given.kind === 'env' && kinds.includes('env')) {
    const { name } = given
    const fits = typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name) && !/^[0-9a-fA-F]{64}$/.test(name)
    return fits
      ? { kind: 'env', name }
      : report(
          path,
          'the name of the environment variable is not a name (not shown)',
          "write env('NAME'), and put the secret into that variable",
        )
  }
  if ((given.kind === 'file' || given.kind === 'keystore') && kinds.includes(given.kind)) {
    const where = pathOf(given.path)
    if (where === undefined) return report(path, 'the file is not a path (not shown)', 'give the path of a file, from the plan on')
    if (given.kind === 'file') return { kind: 'file', path: where }
    const password = secretOf(report, `${path}.password`, given.password, ['env', 'file'])
    return password && { kind: 'keystore', path: where, password }
  }
  return report(path, `is ${quoted(given.kind)}, which cannot be used here`, mend)
}

function pathOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || given === '' || given.includes('://') || given.includes('\n') || /(?:0x)?[0-9a-fA-F]{64}$/.test(given))
    return undefined
  return given.replace(/^(?:\.\/)+/, '')
}

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
    const text = JSON.stringify([given.id, given.endpoints, given.finality])
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

function settle(report: Report, path: string, name: string, given: Fields): ResolvedChain | undefined {
  const id = whole(report, `${path}.id`, given.id, 1, Number.MAX_SAFE_INTEGER)
  const finality = whole(report, `${path}.finality`, given.finality, 1, 1_000_000)
  const endpoints: readonly unknown[] = Array.isArray(given.endpoints) ? given.endpoints : []
  const [first] = endpoints
  if (endpoints.length !== 1 || !isFields(first)) {
    return report(`${path}.rpc`, `has ${endpoints.length} endpoints`, 'give exactly one endpoint in this version')
  }
  const url = secretOf(report, `${path}.rpc`, first.url, ['env', 'file'])
  const { operator } = first
  if (typeof operator !== 'string' || operator === '' || operator.includes('://')) {
    return report(`${path}.rpc.operator`, `is ${quoted(operator)}`, "say who runs the endpoint, for instance 'ours'")
  }
  return id === undefined || finality === undefined || !url ? undefined : { name, id, endpoint: { url, operator }, finality }
}

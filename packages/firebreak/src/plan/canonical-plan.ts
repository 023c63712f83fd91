// The canonical form of a resolved plan: everything that decides what Firebreak does, and never a secret.
import { canonical, canonicalHash } from '../base/canonical.ts'
import type { Condition } from '../model/brake.ts'
import type { EncodedCall, Probe } from '../model/call.ts'
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { BuiltWatch } from './resolve/watches.ts'

/** Where a plan came from: what it is made of besides its own values. */
export interface Sources {
  /** The folder that relative paths start from. Not part of the hash. */
  readonly directory: string
  /** Every local file that the plan imports, itself included; paths relative to the folder. */
  readonly files: readonly { readonly path: string; readonly sha256: Hex }[]
  readonly packages: readonly { readonly name: string; readonly version: string }[]
}

type Settled = Omit<ResolvedPlan, 'hash' | 'canonical' | 'watches'> & { readonly watches: readonly BuiltWatch[] }

/** @example planHash(plan).hash // what `firebreak accept <hash>` accepts */
export function planHash(plan: Settled, sources: Sources): { readonly canonical: string; readonly hash: Hex } {
  const form = {
    name: plan.name,
    chains: byName(plan.chains),
    contracts: byName(plan.contracts),
    assets: byName(
      plan.assets.map((asset) => ({
        ...asset,
        price: asset.price.kind === 'read' ? { ...asset.price, probe: asked(asset.price.probe) } : asset.price,
      })),
    ),
    holdings: plan.holdings.map(({ asset, chain, holder }) => `${asset} on ${chain} at ${holder}`).toSorted(),
    watches: byName(
      plan.watches.map(({ name, detector, options }) => ({
        name,
        kind: detector.kind,
        chain: detector.chain,
        subjects: detector.subjects.toSorted(),
        options: plain(options),
      })),
    ),
    authorities: byName(plan.authorities),
    brakes: byName(
      plan.brakes.map((brake) => ({
        ...brake,
        calls: brake.calls.map(sent),
        undo: brake.undo.map(sent),
        holds: condition(brake.holds),
        lever: brake.lever && { ...brake.lever, probe: asked(brake.lever.probe) },
      })),
    ),
    // A plan without vetoes keeps the hash that it had before there were any.
    ...(plan.vetoes ? { vetoes: byName(plan.vetoes) } : {}),
    rules: plan.rules,
    bounds: plan.bounds,
    // A plan without a voice keeps the hash that it had before there were voices.
    ...(plan.voice ? { voice: { ...plan.voice, receivers: byName(plan.voice.receivers) } } : {}),
    files: Object.fromEntries(sources.files.map(({ path, sha256 }) => [path, sha256])),
    packages: Object.fromEntries(sources.packages.map(({ name, version }) => [name, version])),
  }
  return { canonical: canonical(form), hash: canonicalHash(form) }
}

function byName<entry extends { readonly name: string }>(entries: readonly entry[]): Readonly<Record<string, Omit<entry, 'name'>>> {
  return Object.fromEntries(entries.map(({ name, ...rest }) => [name, rest]))
}

/** Labels are for people and stay out: renaming a contract changes the plan under `contracts`, not in every call. */
function asked({ to, data }: Probe): { readonly to: string; readonly data: string } {
  return { to, data }
}

function sent({ to, data }: EncodedCall): { readonly to: string; readonly data: string } {
  return { to, data }
}

function condition({ probe, wanted }: Condition): unknown {
  return { ...asked(probe), wanted }
}

/** A user's own detector may list anything among its options; what is no plain data is named by its kind. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 20) return 'nested too deeply'
  if (Array.isArray(value)) return value.map((item: unknown) => (item === undefined ? null : plain(item, depth + 1)))
  if ('kind' in value && value.kind === 'contract' && 'address' in value) return value.address
  if (value instanceof Map || value instanceof Set) return plain([...value], depth + 1)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]))
}

// Settles the assets of a plan: token, decimals, price source and the contracts whose holdings are protected.
import { dollars } from '../../base/units.ts'
import type { Address } from '../../model/hex.ts'
import type { Asset, Holding } from '../../model/money.ts'
import { asWhole, isWholeType } from './calls.ts'
import type { Context } from './context.ts'
import { isFields, listOf, onlyFields, quoted, unit, whole, type Fields } from './report.ts'

/** More than any token uses, and few enough for exact arithmetic to stay cheap. */
const mostDecimals = 36

export function resolveAssets(
  context: Context,
  entries: readonly (readonly [string, Fields])[],
): { readonly assets: readonly Asset[]; readonly holdings: readonly Holding[] } {
  const assets: Asset[] = []
  const holdings: Holding[] = []
  for (const [name, given] of entries) {
    const path = `assets.${name}`
    onlyFields(context.report, path, given, ['kind', 'token', 'chain', 'decimals', 'price', 'heldBy'])
    const where = tokenOf(context, path, given)
    const decimals = whole(context.report, `${path}.decimals`, given.decimals, 0, mostDecimals)
    const price = priceOf(context, `${path}.price`, given.price, where?.chain)
    const holders = holdersOf(context, `${path}.heldBy`, given.heldBy, where?.chain)
    if (!where) continue
    const same = assets.find((other) => other.chain === where.chain && other.token === where.token)
    if (same)
      context.report(`${path}.token`, `is the same token as the asset '${same.name}'`, 'describe each token once, with all its holders')
    // With a fault the plan is refused; the asset stays so that watches which name it can tell faults of their own.
    const asset: Asset = { name, ...where, decimals: decimals ?? 18, price: price ?? { kind: 'fixed', dollars: 0n } }
    assets.push(asset)
    for (const holder of holders) {
      holdings.push({ asset: name, chain: asset.chain, holder, balance: context.encoders.balanceProbe(asset, holder, context.nameOf) })
    }
  }
  return { assets, holdings }
}

function tokenOf(context: Context, path: string, given: Fields): Pick<Asset, 'chain' | 'token'> | undefined {
  if (given.token === 'native') {
    const chain = context.chains.meet(`${path}.chain`, given.chain)
    return chain === undefined ? undefined : { chain, token: undefined }
  }
  if (!isFields(given.token) || given.token.kind !== 'contract') {
    return context.report(
      `${path}.token`,
      `is ${quoted(given.token)}, not a contract`,
      "give the token's contract, or 'native' with its chain",
    )
  }
  const chain = context.chains.meet(`${path}.token`, given.token.home)
  const token = context.calls.address(context.report, `${path}.token`, given.token.address)
  return chain === undefined || token === undefined ? undefined : { chain, token }
}

function priceOf(context: Context, path: string, given: unknown, chain: string | undefined): Asset['price'] | undefined {
  if (isFields(given) && given.kind === 'fixed') {
    const value = unit(context.report, path, given.dollars, (text) => dollars(text) || undefined, 'a price above zero', '$1.00')
    return value === undefined ? undefined : { kind: 'fixed', dollars: value }
  }
  if (!isFields(given) || given.kind !== 'feed') {
    return context.report(
      path,
      `is ${quoted(given)}, not a price`,
      "write fixed('$1') or feed(aggregator.read.latestAnswer(), { decimals: 8 })",
    )
  }
  const decimals = whole(context.report, `${path}.decimals`, given.decimals, 0, mostDecimals)
  const read = context.calls.read(context.report, `${path}.read`, given.read)
  if (!read) return undefined
  if (!isWholeType(read.gives)) {
    return context.report(
      `${path}.read`,
      `gives ${read.gives ?? 'not exactly one value'}, not a whole number`,
      'use a read with one integer result, such as latestAnswer()',
    )
  }
  if (chain !== undefined && read.chain !== chain) {
    return context.report(
      `${path}.read`,
      `is on '${read.chain}', and the asset is on '${chain}'`,
      "use a price source on the asset's own chain",
    )
  }
  return decimals === undefined ? undefined : { kind: 'read', probe: asWhole(read.probe), decimals, source: read.to }
}

function holdersOf(context: Context, path: string, given: unknown, chain: string | undefined): readonly Address[] {
  const holders: Address[] = []
  const all = listOf(given)
  if (all.length === 0) context.report(path, 'names no contract', 'list the contracts that hold this asset')
  for (const [index, holder] of all.entries()) {
    const at = `${path}[${index}]`
    if (!isFields(holder) || holder.kind !== 'contract') {
      context.report(at, `is ${quoted(holder)}, not a contract`, "describe it with chain.at('0x…', abi)")
      continue
    }
    const home = context.chains.meet(at, holder.home)
    const address = context.calls.address(context.report, at, holder.address)
    if (home === undefined || address === undefined) continue
    if (chain !== undefined && home !== chain)
      context.report(at, `is on '${home}', and the asset is on '${chain}'`, 'describe the asset once per chain')
    else if (holders.includes(address)) context.report(at, 'is listed twice', 'list each holder once')
    else holders.push(address)
  }
  return holders
}

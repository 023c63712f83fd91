// Settles who answers for a chain: its endpoints and their operators, what one operator's word is good for, and the kind of chain.
import { dollars, durationMs } from '../../base/units.ts'
import type { Agreement, ChainProfile, ResolvedChain } from '../../model/plan.ts'
import { checksummed } from '../address.ts'
import { isFields, onlyFields, quoted, unit, type Report } from './report.ts'
import { secretOf } from './secret-place.ts'

/** More than this only costs: every one of them is asked everything. */
const mostEndpoints = 9

export function settleEndpoints(report: Report, path: string, given: unknown): ResolvedChain['endpoints'] | undefined {
  const list: readonly unknown[] = Array.isArray(given) ? given : []
  if (list.length === 0 || list.length > mostEndpoints)
    return report(path, `has ${list.length} endpoints`, `give one, or up to ${mostEndpoints} with their operators`)
  const places = new Set<string>()
  const endpoints = list.map((one, i) => {
    const at = list.length === 1 ? path : `${path}[${i}]`
    if (!isFields(one)) return report(at, `is ${quoted(one)}`, "write { url: env('OUR_NODE'), operator: 'ours' }")
    onlyFields(report, at, one, ['url', 'operator'])
    const url = secretOf(report, at, one.url, ['env', 'file'])
    const { operator } = one
    const named = typeof operator === 'string' && operator.trim() !== '' && operator.length <= 60 && !operator.includes('://')
    if (!named) return report(`${at}.operator`, `is ${quoted(operator)}`, "say who runs the endpoint, for instance 'ours'")
    if (!url) return undefined
    const place = JSON.stringify(url)
    if (places.has(place)) return report(at, 'is the same endpoint as one before it', 'name each endpoint once')
    places.add(place)
    return { url, operator }
  })
  return endpoints.every((one) => one !== undefined) ? endpoints : undefined
}

export function settleAgreement(report: Report, path: string, given: unknown): Agreement | undefined {
  if (!isFields(given)) return report(path, `is ${quoted(given)}`, "write { aloneAfter: '300ms', aloneUpTo: '$100,000' } or leave it out")
  onlyFields(report, path, given, ['aloneAfter', 'aloneUpTo'])
  const aloneAfterMs = unit(report, `${path}.aloneAfter`, given.aloneAfter ?? '300ms', durationMs, 'a duration', '300ms')
  const aloneUpTo = unit(report, `${path}.aloneUpTo`, given.aloneUpTo ?? '$100,000', dollars, 'dollars', '$100,000')
  if (aloneAfterMs === undefined || aloneUpTo === undefined) return undefined
  if (aloneAfterMs > 60_000)
    return report(`${path}.aloneAfter`, 'is longer than a minute, in which an attack is over', "write it like '300ms'")
  return { aloneAfterMs, aloneUpTo }
}

export function settleProfile(report: Report, path: string, given: unknown): ChainProfile | undefined {
  if (!isFields(given)) return report(path, `is ${quoted(given)}`, "write { mempool: 'none', sequencer: 'one' } or leave it out")
  onlyFields(report, path, given, ['mempool', 'sequencer'])
  const mempool = given.mempool ?? 'public'
  if (mempool !== 'public' && mempool !== 'none') return report(`${path}.mempool`, `is ${quoted(mempool)}`, "say 'public' or 'none'")
  const { sequencer } = given
  if (sequencer === undefined) return { mempool, sequencer: undefined }
  if (sequencer === 'one') return { mempool, sequencer: { uptimeFeed: undefined } }
  const uptimeFeed = isFields(sequencer) ? checksummed(sequencer.uptimeFeed) : undefined
  return uptimeFeed
    ? { mempool, sequencer: { uptimeFeed } }
    : report(`${path}.sequencer`, `is ${quoted(sequencer)}`, "say 'one', or { uptimeFeed: '0x…' } with the address of its feed")
}

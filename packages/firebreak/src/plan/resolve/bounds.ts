// Settles the bounds of a plan, with the defaults for what it leaves out.
import { dollars, durationMs, sharePpm, tokens } from '../../base/units.ts'
import type { Bounds } from '../../model/plan.ts'
import type { Context } from './context.ts'
import { isFields, onlyFields, quoted, unit, whole } from './report.ts'

const fields = ['tolerates', 'untested', 'priceWindow', 'spend', 'keepGas', 'quiet']

export function resolveBounds(context: Context, given: unknown): Bounds | undefined {
  const { report } = context
  const bounds = given ?? {}
  if (!isFields(bounds)) return report('bounds', `is ${quoted(given)}`, "write { tolerates: '$0' } or leave it out")
  onlyFields(report, 'bounds', bounds, fields)
  const tolerates = unit(report, 'bounds.tolerates', bounds.tolerates ?? '$0', dollars, 'dollars', '$1000')
  const untested = bounds.untested ?? 'report'
  const priceWindowBlocks = whole(report, 'bounds.priceWindow', bounds.priceWindow ?? 100, 1, 100_000)
  const feeShareBps = unit(report, 'bounds.spend', bounds.spend ?? '5%', feeShare, 'a share up to 100% with at most two decimals', '5%')
  const feeReserveWei = unit(report, 'bounds.keepGas', bounds.keepGas ?? '0.05', (text) => tokens(text, 18), 'an amount of coins', '0.05')
  const quietMs = unit(report, 'bounds.quiet', bounds.quiet ?? '1h', durationMs, 'a duration', '1h')
  if (untested !== 'report' && untested !== 'widen') return report('bounds.untested', `is ${quoted(untested)}`, "say 'report' or 'widen'")
  if (
    tolerates === undefined ||
    priceWindowBlocks === undefined ||
    feeShareBps === undefined ||
    feeReserveWei === undefined ||
    quietMs === undefined
  )
    return undefined
  return { tolerates, untested, priceWindowBlocks, feeShareBps, feeReserveWei, quietMs }
}

/** '5%' as basis points. */
function feeShare(text: string): number | undefined {
  const ppm = sharePpm(text)
  return ppm === undefined || ppm > 1_000_000n || ppm % 100n !== 0n ? undefined : Number(ppm / 100n)
}

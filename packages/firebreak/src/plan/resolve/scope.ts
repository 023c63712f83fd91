// What a watch is built with: the plan's assets and holdings, and encoders whose faults carry a path.
import type { AbiEvent } from 'abitype'
import { slotProbe } from '../../base/slot-probe.ts'
import type { LogProbe, Probe, Read } from '../../model/call.ts'
import type { Scope } from '../../model/detector.ts'
import { UserError } from '../../model/errors.ts'
import type { Address } from '../../model/hex.ts'
import type { Asset, Holding } from '../../model/money.ts'
import { checksummed, nowhere } from '../address.ts'
import type { Context } from './context.ts'
import { reporter, type Report } from './report.ts'

const transfer: AbiEvent = {
  type: 'event',
  name: 'Transfer',
  inputs: [
    { name: 'from', type: 'address', indexed: true },
    { name: 'to', type: 'address', indexed: true },
    { name: 'value', type: 'uint256' },
  ],
}

/** Thrown to a watch that uses something whose fault was told elsewhere in the plan, so that it is not told twice. */
export class AlreadyReported extends Error {
  override readonly name: string = 'AlreadyReported'
}

/** A watch that asks for something impossible fails alone: the fault is thrown, and the resolver puts the watch's name before it. */
function orThrow<value>(ask: (report: Report) => value | undefined): value {
  const { faults, report } = reporter()
  const value = ask(report)
  if (value !== undefined) return value
  throw faults.length > 0 ? new UserError(faults) : new AlreadyReported()
}

/** `declared` are the assets' names in the plan, those with faults included. */
export function scopeOf(context: Context, declared: readonly string[], assets: readonly Asset[], holdings: readonly Holding[]): Scope {
  const { calls, encoders, nameOf } = context
  return {
    // The description carries the result's type, and the codec decodes by the same ABI.
    read: <out>(read: Read<out>) => orThrow((report) => calls.read(report, '', read)).probe as Probe<out>,
    write: (write) => orThrow((report) => calls.write(report, '', write)).call,
    event: (event) => orThrow((report) => calls.event(report, '', event)),
    slot: (at, slot, what) => slotProbe({ ...at, address: checksummed(at.address) ?? at.address }, slot, what),
    asset: (nameOrToken) => {
      const token = checksummed(nameOrToken)
      const found = assets.find((asset) => asset.name === nameOrToken) ?? (token && assets.find((asset) => asset.token === token))
      if (!found && declared.includes(nameOrToken)) throw new AlreadyReported()
      return found
    },
    holdings: (holder) => holdings.filter((holding) => holding.holder === checksummed(holder)),
    balance: (asset, holder) =>
      encoders.balanceProbe(
        asset,
        orThrow((report) => calls.address(report, '', holder)),
        nameOf,
      ),
    transfers: (asset) => {
      const probe = encoders.encodeEvent({ kind: 'event', chain: asset.chain, address: asset.token ?? nowhere, event: transfer })
      // The decoder was compiled from `transfer` above, so the arguments are these three.
      return probe as LogProbe<{ from: Address; to: Address; value: bigint }>
    },
    nameOf: (address) => nameOf(address) ?? address,
  }
}

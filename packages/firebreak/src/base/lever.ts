// Whether a parameter lever moved in the restricting direction: on some protocols a cap of 0 means no limit at all.
import type { Lever } from '../model/brake.ts'

/** True when `after` leaves at most as much freedom as `before`. */
export function restricts(lever: Lever, before: bigint, after: bigint): boolean {
  if (after === lever.unlimited) return before === lever.unlimited
  if (before === lever.unlimited) return true
  return lever.restrictsWhen === 'lower' ? after <= before : after >= before
}

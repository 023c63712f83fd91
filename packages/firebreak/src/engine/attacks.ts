// Which transactions may be the attack behind these signals, with the states before it and to repeat it on.
import { attackerContracts } from '../base/attacker-contracts.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Attack } from '../model/decision.ts'
import type { Address } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import type { Signal } from '../model/signal.ts'
import type { Watching } from './reach.ts'

/** A suspicion: the attack, and contracts it ran through whose code may hold its targets. */
export interface Suspect {
  readonly attack: Attack
  readonly through: readonly Address[]
  /** The same suspicion under the same brakes is decided once, however often it is seen. */
  readonly key: string
}

/** More suspects than this in one block cost more time than they tell; named culprits come first. */
const mostSuspects = 8

export function attacksIn(
  moment: Moment,
  signals: readonly Signal[],
  head: BlockRef | undefined,
  watching: Watching,
  known: ReadonlySet<Address>,
  holding: string,
): readonly Suspect[] {
  if (moment.kind === 'tick') return []
  if (moment.kind === 'pending') {
    return [
      {
        attack: { origin: 'pending', base: moment.block, head: moment.block, txs: [...moment.queue, moment.tx], code: {} },
        through: attackerContracts(moment.tx, moment.frames, known),
        key: `waiting|${moment.tx.hash}|${holding}`,
      },
    ]
  }
  const base = watching.at(moment.block.parent)?.block
  if (!base || !head) return []
  const named = new Set(signals.flatMap((signal) => signal.culprits ?? []))
  // Whoever touched the subject is suspected only where a detector cannot tell: an ordinary withdrawal repeats and loses, too.
  const unclear = new Set(signals.flatMap((signal) => (signal.culprits === undefined ? signal.subjects : [])))
  const ranked = [
    ...moment.touched.filter((one) => named.has(one.tx.hash)),
    ...moment.touched.filter((one) => !named.has(one.tx.hash) && one.touches.some((address) => unclear.has(address))),
  ]
  return ranked.slice(0, mostSuspects).map(({ tx, queue }) => ({
    attack: { origin: 'mined', base, head, txs: [...queue, tx], code: {} },
    through: attackerContracts(tx, [], known),
    key: `mined|${tx.hash}`,
  }))
}

// Which transactions may be the attack behind these signals, with the states before it and to repeat it on.
import { attackerContracts } from '../base/attacker-contracts.ts'
import { guessOf } from '../base/block-guess.ts'
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
  /** Whoever alone says that there is this suspicion. */
  readonly alone?: string | undefined
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
  // What one operator said and what two agree on are two suspicions: the second is decided anew.
  const byWhom = moment.alone === undefined ? '' : '|alone'
  if (moment.kind === 'pending') {
    return [
      {
        attack: { origin: 'pending', base: moment.block, head: moment.block, txs: [...moment.queue, moment.tx], code: {} },
        through: attackerContracts(moment.tx, moment.frames, known),
        // What it does in another block than the likeliest is another suspicion.
        key: `waiting|${moment.tx.hash}|${holding}${moment.guess === undefined ? '' : `|${moment.guess}`}${byWhom}`,
        ...(moment.alone === undefined ? {} : { alone: moment.alone }),
      },
    ]
  }
  const parent = watching.at(moment.block.parent)?.block
  if (!parent || !head) return []
  // Repeated as it was: an attack may look for the very proposer, time or randomness that it found.
  const next = guessOf(moment.block, parent)
  const [base, again] = [
    { ...parent, next },
    { ...head, next },
  ]
  const named = new Set(signals.flatMap((signal) => signal.culprits ?? []))
  // Whoever touched the subject is suspected only where a detector cannot tell: an ordinary withdrawal repeats and loses, too.
  const unclear = new Set(signals.flatMap((signal) => (signal.culprits === undefined ? signal.subjects : [])))
  const ranked = [
    ...moment.touched.filter((one) => named.has(one.tx.hash)),
    ...moment.touched.filter((one) => !named.has(one.tx.hash) && one.touches.some((address) => unclear.has(address))),
  ]
  return ranked.slice(0, mostSuspects).map(({ tx, queue }) => ({
    attack: { origin: 'mined', base, head: again, txs: [...queue, tx], code: {} },
    through: attackerContracts(tx, [], known),
    key: `mined|${tx.hash}${byWhom}`,
    ...(moment.alone === undefined ? {} : { alone: moment.alone }),
  }))
}

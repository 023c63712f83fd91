// Which transactions may be the attack behind these signals, with the states before it and to repeat it on.
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
}

/** More suspects than this in one block cost more time than they tell; named culprits come first. */
const mostSuspects = 4
const mostContracts = 4

export function attacksIn(moment: Moment, signals: readonly Signal[], head: BlockRef | undefined, watching: Watching): readonly Suspect[] {
  if (moment.kind === 'tick') return []
  if (moment.kind === 'pending') {
    const own = moment.frames.filter((frame) => frame.to && !moment.touches.includes(frame.to)).flatMap((frame) => frame.to ?? [])
    const through = [...new Set([...(moment.tx.to ? [moment.tx.to] : []), ...own])].slice(0, mostContracts)
    return [{ attack: { origin: 'pending', base: moment.block, head: moment.block, txs: [...moment.queue, moment.tx], code: {} }, through }]
  }
  const base = watching.at(moment.block.parent)?.block
  if (!base || !head) return []
  const named = new Set(signals.flatMap((signal) => signal.culprits))
  const subjects = new Set(signals.flatMap((signal) => signal.subjects))
  const ranked = [
    ...moment.touched.filter((one) => named.has(one.tx.hash)),
    ...moment.touched.filter((one) => !named.has(one.tx.hash) && one.touches.some((address) => subjects.has(address))),
  ]
  return ranked.slice(0, mostSuspects).map(({ tx, queue }) => ({
    attack: { origin: 'mined', base, head, txs: [...queue, tx], code: {} },
    through: tx.to ? [tx.to] : [],
  }))
}

import { describe, expect, test } from 'vitest'
import { someone, tick } from '../../test/support/moments.ts'
import { blockAt, pendingOn } from '../../test/support/toy-engine.ts'
import { attackTx, pool, sure, toyPlan } from '../../test/support/toy.ts'
import { knownAddresses } from '../base/attacker-contracts.ts'
import type { Finding } from '../model/detector.ts'
import type { BlockMoment, Moment } from '../model/moment.ts'
import type { Hex } from '../model/hex.ts'
import { attacksIn } from './attacks.ts'
import { watching } from './reach.ts'
import { engineSignal, signalsOf } from './signals.ts'

const plan = toyPlan()
const other = someone(2)
const known = knownAddresses(plan)
const txs = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => attackTx(n, { from: someone(800 + n) }))
const hash = (n: number): Hex => txs[n - 1]?.hash ?? '0x'
const touching = (touches: Readonly<Record<number, readonly (typeof pool)[]>>): BlockMoment =>
  blockAt(
    plan,
    12,
    {},
    Object.entries(touches).map(([n, addresses]) => ({ tx: sure(txs[Number(n) - 1]), touches: addresses })),
  )
const finding = (culprits: Finding['culprits'], subjects = [pool]): Finding => ({
  subjects,
  likelihood: 0.9,
  weight: 'verdict',
  summary: '',
  evidence: {},
  loss: [],
  culprits,
})
const heard = (moment: Moment, ...findings: readonly Finding[]) =>
  signalsOf(
    plan,
    moment,
    findings.map((one) => ({ watch: 'drain', kind: 'toy', finding: one })),
    1,
  )
const suspects = (moment: Moment, ...findings: readonly Finding[]) => {
  const watch = watching(plan, 'test')
  watch.reach(blockAt(plan, 11))
  if (moment.kind === 'block') watch.reach(moment)
  return attacksIn(moment, heard(moment, ...findings), moment.block, watch, known, 'holding')
}
const named = (moment: Moment, ...findings: readonly Finding[]) => suspects(moment, ...findings).map((one) => one.attack.txs.at(-1)?.hash)

describe('in a block, the suspects are', () => {
  test('whom a detector names, and nobody else who happened to be there', () => {
    expect(named(touching({ 1: [pool], 2: [pool] }), finding([hash(2)]))).toEqual([hash(2)])
  })

  test('those who touched the subject, where it cannot tell; the only one of them is named', () => {
    const crowd = touching({ 1: [pool], 2: [other], 3: [pool] })
    expect(named(crowd, finding(undefined))).toEqual([hash(1), hash(3)])
    expect(heard(crowd, finding(undefined))[0]).toMatchObject({ culprits: undefined, actors: [] })
    expect(heard(touching({ 1: [pool], 2: [other] }), finding(undefined))[0]).toMatchObject({
      culprits: [hash(1)],
      actors: [someone(801), someone(901)],
    })
  })

  test('nobody, where it says that nobody did it in this moment', () => {
    expect(named(touching({ 1: [pool] }), finding([]))).toEqual([])
    expect(heard(touching({ 1: [pool] }), finding([]))[0]).toMatchObject({ culprits: [], actors: [] })
  })

  test('eight at most, the named ones first', () => {
    const crowd = touching(Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [n, [pool]])))
    expect(named(crowd, finding([hash(9)]), finding(undefined))).toEqual([9, 1, 2, 3, 4, 5, 6, 7].map(hash))
  })

  test('tried on the block before, with what the same sender did before them', () => {
    const moment = touching({ 1: [pool] })
    const queued = { ...moment, touched: moment.touched.map((one) => ({ ...one, queue: [attackTx(9)] })) }
    const [suspect] = suspects(queued, finding([hash(1)]))
    expect(suspect).toMatchObject({ key: `mined|${hash(1)}`, through: [someone(901)] })
    expect(suspect?.attack).toMatchObject({ origin: 'mined', base: { number: 11n }, head: { number: 12n } })
    expect(suspect?.attack.txs.map((tx) => tx.hash)).toEqual([attackTx(9).hash, hash(1)])
  })

  test('in a block just like theirs: they may have looked at it', () => {
    const moment = touching({ 1: [pool] })
    const block = { ...moment.block, feeRecipient: someone(77), timestamp: blockAt(plan, 11).block.timestamp + 24n }
    const [suspect] = suspects({ ...moment, block }, finding([hash(1)]))
    const next = { seconds: 24n, feeRecipient: someone(77), prevRandao: block.prevRandao, gasLimit: block.gasLimit }
    expect(suspect?.attack).toMatchObject({ base: { next }, head: { next } })
  })
})

test('a waiting transaction is its own suspect, whomever the detector names; under other brakes it is another suspicion', () => {
  const moment = pendingOn(plan, blockAt(plan, 12), sure(txs[0]), {}, { queue: [attackTx(9)] })
  const [suspect, ...rest] = suspects(moment, finding([]))
  expect(rest).toEqual([])
  expect(suspect).toMatchObject({
    key: `waiting|${hash(1)}|holding`,
    attack: { origin: 'pending', base: { number: 12n }, head: { number: 12n } },
  })
  expect(suspect?.attack.txs).toHaveLength(2)
  // What it does in another block that may come is another suspicion.
  expect(suspects({ ...moment, guess: 2 }, finding([]))[0]?.key).toBe(`waiting|${hash(1)}|holding|2`)
  expect(heard(moment, finding([]))[0]).toMatchObject({ culprits: [hash(1)], actors: [someone(801), someone(901)] })
})

test('a tick of the clock has no suspects, nor has a block whose parent was not watched', () => {
  expect(named(tick(1, 1), finding(undefined))).toEqual([])
  expect(
    attacksIn(touching({ 1: [pool] }), heard(touching({ 1: [pool] }), finding([hash(1)])), undefined, watching(plan, 'test'), known, ''),
  ).toEqual([])
})

describe('a signal', () => {
  test('has an id of its watch and moment alone: a replay and a restart give the same', () => {
    const [once] = heard(touching({ 1: [pool] }), finding([hash(1)]))
    const [again] = heard(touching({ 1: [pool] }), finding([hash(1)]))
    expect(again).toEqual(once)
    const two = heard(touching({ 1: [pool] }), finding([]), finding([]))
    expect(two[0]?.id).not.toBe(two[1]?.id)
    expect(heard(pendingOn(plan, blockAt(plan, 12), sure(txs[0])), finding([]))[0]?.id).not.toBe(once?.id)
  })

  test("never counts the plan's own contracts as actors", () => {
    const moment = blockAt(plan, 12, {}, [{ tx: attackTx(1, { to: pool, from: someone(801) }), touches: [pool] }])
    expect(heard(moment, finding([hash(1)]))[0]?.actors).toEqual([someone(801)])
  })

  test('of the engine itself is evidence, unless it says otherwise', () => {
    const where = { kind: 'block' as const, chain: 'test', block: blockAt(plan, 12).block }
    expect(engineSignal(where, 1, 'readiness', 'a brake rots')).toMatchObject({
      watch: 'firebreak',
      weight: 'evidence',
      culprits: [],
      actors: [],
    })
    expect(engineSignal(where, 1, 'released', 'x', { weight: 'verdict', subjects: [pool] })).toMatchObject({
      weight: 'verdict',
      subjects: [pool],
    })
    expect(engineSignal(where, 1, 'a', 'x').id).not.toBe(engineSignal(where, 1, 'b', 'x').id)
  })
})

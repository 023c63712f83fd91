// What the walk along a chain must not do when it is over, or when one operator's word is thought over.
import { expect, test } from 'vitest'
import { blockRef, chain } from '../../test/support/moments.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment, Happening } from '../model/moment.ts'
import type { Node } from '../stages.ts'
import { followHeads } from './heads.ts'

const block = (number: number) => blockRef(number * 12, BigInt(number))
const momentOf = (number: number, more: Partial<BlockMoment> = {}): BlockMoment => ({
  kind: 'block',
  chain,
  block: block(number),
  answers: new Map(),
  logs: new Map(),
  touched: [],
  ...more,
})

function following(height: () => number, alone: () => string | undefined = () => undefined) {
  const delivered: Happening[] = []
  let announce: (hash: Hex) => void = () => undefined
  const of = (at: Hex | bigint): number =>
    typeof at === 'bigint' ? Number(at) : [...Array(height() + 1).keys()].findIndex((one) => block(one).hash === at)
  const node = {
    chain,
    onHead: async (listener: (hash: Hex) => void) => {
      announce = listener
    },
    head: async () => block(height()),
    header: async (at: Hex | bigint) => (of(at) < 0 || of(at) > height() ? undefined : block(of(at))),
    observe: async (hash: Hex) => momentOf(of(hash), alone() === undefined ? {} : { alone: alone() }),
  } as unknown as Node
  const heads = followHeads({
    node,
    watched: new Set(),
    needs: () => ({ reads: [], logs: [] }),
    deliver: (happening) => delivered.push(happening),
    onTrouble: () => undefined,
    from: undefined,
    warmUp: 2,
    onlyLearns: true,
    finality: 12,
    sleep: async () => undefined,
  })
  const told = (): readonly string[] =>
    delivered.map((one) =>
      one.kind === 'block' ? `${one.block.number}${one.alone === undefined ? '' : ` by ${one.alone}`}` : `${one.kind}`,
    )
  return { heads, told, announce: (number: number) => announce(block(number).hash) }
}

test('a head that is announced after the stop is not waited for', async () => {
  const { heads, announce } = following(() => 5)
  await heads.start()
  heads.stop()
  announce(5)
  await heads.settled()
})

test('what one operator said of the newest block is delivered again once others say it, too', async () => {
  const { heads, told } = following(
    () => 5,
    () => 'acme',
  )
  await heads.start()
  heads.again({ kind: 'confirmed', block: block(5).hash, moment: momentOf(5) })
  heads.again({ kind: 'confirmed', block: block(4).hash, moment: momentOf(4) })
  await heads.settled()
  expect(told()).toEqual(['3 by acme', '4 by acme', '5 by acme', '5'])
})

test('a refuted block is taken back with all that was built on it, and read again', async () => {
  let word: string | undefined = 'acme'
  const { heads, told } = following(
    () => 5,
    () => word,
  )
  await heads.start()
  word = undefined
  heads.again({ kind: 'refuted', block: block(4).hash })
  await heads.settled()
  expect(told()).toEqual(['3 by acme', '4 by acme', '5 by acme', 'retraction', '4', '5'])
})

test('a block that is announced late, long built upon, changes nothing; a chain that is shorter now is followed back', async () => {
  let height = 6
  const { heads, told, announce } = following(() => height)
  await heads.start()
  announce(4)
  await heads.settled()
  expect(told()).toEqual(['4', '5', '6'])
  height = 4
  announce(4)
  await heads.settled()
  expect(told()).toEqual(['4', '5', '6', 'retraction'])
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { transaction } from '../../test/support/moments.ts'
import { blockAt, pendingOn, saying } from '../../test/support/toy-engine.ts'
import { pool, probe, sure, told, toyPlan } from '../../test/support/toy.ts'
import type { Detector } from '../model/detector.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { watching, type Reached } from './reach.ts'

/** Remembers every number that it was told, so that its state says which branch it followed. */
const memoir: Detector<readonly bigint[]> = {
  kind: 'memoir',
  chain: 'test',
  subjects: [pool],
  start: [],
  needs: (state) => ({ reads: state.length > 2 ? [probe('n'), probe('more')] : [probe('n')], logs: [] }),
  step: (state, moment) => {
    const read = probe('n').of(moment)
    return read.ok ? { state: [...state, read.value], findings: [] } : { state, findings: [] }
  },
}
const moody: Detector<number> = {
  ...saying('drain', pool),
  step: (state, moment) => {
    if (moment.answers.has('mood')) throw new Error('not today')
    return saying('drain', pool).step(state, moment)
  },
}
const planOf = (watches: ResolvedPlan['watches']): ResolvedPlan => toyPlan({ watches })
const plan = planOf([
  { name: 'memoir', detector: memoir },
  { name: 'moody', detector: moody },
  { name: 'calm', detector: saying('drain', pool) },
])
const says = (n: number, value = n, branch = 0) => blockAt(plan, n, { n: BigInt(value) }, [], branch)
const memoirAt = (one: Reached | undefined): unknown => one?.states[0]

describe('what every moment needs', () => {
  const framed = (...frames: readonly `0x${string}`[]): Detector<number> => {
    const needs = { reads: [], logs: [], frames }
    return { ...saying('drain', pool), needs: () => needs }
  }

  test('has the call trees that any detector wants, each contract once, and stays the same object while that is the same', () => {
    const [one, two] = [transaction(1).from, transaction(2, pool).from]
    const watch = watching(
      planOf([
        { name: 'a', detector: framed(one) },
        { name: 'b', detector: framed(one, two) },
      ]),
      'test',
    )
    expect(watch.needs(undefined).frames).toEqual([one, two])
    expect(watch.needs(undefined)).toBe(watch.needs(undefined))
  })

  test('has none where no detector wants any', () => {
    expect(watching(plan, 'test').needs(undefined).frames).toBeUndefined()
  })
})

describe('a state', () => {
  test('follows the parent links: a reorg is a lookup', () => {
    const watch = watching(plan, 'test')
    for (const n of [8, 9, 10, 11]) watch.reach(says(n))
    // Another branch grows from block 9.
    for (const n of [10, 11, 12]) watch.reach(says(n, n + 100, 1))
    expect(memoirAt(watch.at(says(11).block.hash))).toEqual([8n, 9n, 10n, 11n])
    expect(memoirAt(watch.at(says(12, 112, 1).block.hash))).toEqual([8n, 9n, 110n, 111n, 112n])
  })

  test('is not changed by a waiting transaction', () => {
    const watch = watching(plan, 'test')
    watch.reach(says(8))
    const before = watch.at(says(8).block.hash)
    watch.peek(pendingOn(plan, says(8), transaction(1), { n: 99n, drain: 90n }))
    expect(watch.at(says(8).block.hash)).toEqual(before)
    watch.reach(says(9))
    expect(memoirAt(watch.at(says(9).block.hash))).toEqual([8n, 9n])
  })

  test('is the same whatever was judged in between and in whatever order branches grew', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), (coins) => {
        const watch = watching(plan, 'test')
        watch.reach(says(9))
        const next = [10, 10]
        for (const coin of coins) {
          const branch = coin ? 1 : 0
          const n = next[branch] ?? 10
          if (n > 14) continue
          next[branch] = n + 1
          watch.peek(pendingOn(plan, says(9), transaction(n), { n: 1n }))
          watch.reach(says(n, n + 100 * branch, branch))
        }
        for (const branch of [0, 1]) {
          const last = (next[branch] ?? 10) - 1
          if (last < 10) continue
          const expected = [9n, ...Array.from({ length: last - 9 }, (_, i) => BigInt(10 + i + 100 * branch))]
          expect(memoirAt(watch.at(says(last, 0, branch).block.hash))).toEqual(expected)
        }
      }),
    )
  })
})

test('a detector that throws fails alone: it is named, keeps its state, and the others go on', () => {
  const watch = watching(plan, 'test')
  watch.reach(says(8))
  const judged = watch.reach(blockAt(plan, 9, { n: 9n, mood: 1n, drain: 80n }))
  expect(judged.failures).toEqual([{ watch: 'moody', why: 'not today' }])
  expect(judged.findings).toMatchObject([{ watch: 'calm', finding: { likelihood: 0.8 } }])
  expect(watch.at(says(9).block.hash)?.states).toEqual([[8n, 9n], 1, 2])
})

describe('needs', () => {
  test('are merged, de-duplicated and the same list while nothing new is needed', () => {
    const watch = watching(plan, 'test')
    const first = watch.needs(undefined)
    expect(new Set(first.reads.map((one) => one.key)).size).toBe(first.reads.length)
    expect(first.reads.map((one) => one.key)).toEqual([`usdc of ${pool}`, `weth of ${pool}`, 'narrow holds', 'wide holds', 'n'])
  })

  test('grow with what was seen on that very branch', () => {
    const watch = watching(plan, 'test')
    for (const n of [8, 9, 10]) watch.reach(says(n))
    expect(watch.needs(says(10).block.hash).reads.map((one) => one.key)).toContain('more')
    expect(watch.needs(says(8).block.hash).reads.map((one) => one.key)).not.toContain('more')
    // A block that nobody knows: as at the start.
    expect(watch.needs('0xff').reads.map((one) => one.key)).not.toContain('more')
  })
})

describe('pruning', () => {
  test('forgets what is final, through the links too: memory has an end', () => {
    const watch = watching(plan, 'test')
    for (let n = 11; n <= 60; n++) {
      watch.reach(says(n))
      watch.prune(BigInt(n - 9))
      let length = 0
      for (let at = watch.at(says(n).block.hash); at; at = at.parent) length++
      expect(length).toBeLessThanOrEqual(10)
    }
    expect(watch.at(says(50).block.hash)).toBeUndefined()
    expect(memoirAt(watch.at(says(60).block.hash))).toHaveLength(50)
  })

  test('keeps both branches above finality', () => {
    const watch = watching(plan, 'test')
    for (const n of [9, 10, 11]) watch.reach(says(n))
    for (const n of [10, 11]) watch.reach(says(n, n + 100, 1))
    watch.prune(10n)
    watch.reach(says(12, 112, 1))
    expect(memoirAt(watch.at(says(12, 0, 1).block.hash))).toEqual([9n, 110n, 111n, 112n])
  })
})

test('what was saved is taken up again', () => {
  const watch = watching(plan, 'test')
  for (const n of [8, 9]) watch.reach(says(n))
  const { parent: _, answers: __, ...saved } = sure(watch.at(says(9).block.hash))
  const again = watching(plan, 'test')
  again.restore(saved)
  again.reach(says(10))
  expect(memoirAt(again.at(says(10).block.hash))).toEqual([8n, 9n, 10n])
})

test('a balance or price that could not be read is unknown, not zero', () => {
  const watch = watching(plan, 'test')
  watch.reach({ ...says(8), answers: told({ [`usdc of ${pool}`]: 5n }).answers })
  expect(watch.at(says(8).block.hash)).toMatchObject({ holdings: [5n, undefined], prices: [10n ** 18n, 10n ** 18n] })
})

describe('detectors that sleep', () => {
  const counted = (key: string): Detector<number> => ({
    kind: 'counter',
    chain: 'test',
    subjects: [pool],
    sleeps: true,
    start: 0,
    needs: () => ({ reads: [], logs: [{ key, address: pool, topic: '0x01', of: () => [] }] }),
    step: (state) => ({ state: state + 1, findings: [] }),
  })

  test('are called for their own logs, in the plan’s order among the others, and for nothing else', () => {
    const order: string[] = []
    const saidBy = (name: string, detector: Detector): ResolvedPlan['watches'][number] => ({
      name,
      detector: {
        ...detector,
        step: (state, moment) => {
          order.push(name)
          return detector.step(state, moment)
        },
      },
    })
    const quiet = planOf([
      saidBy('first', counted('a')),
      saidBy('awake', saying('drain', pool)),
      saidBy('second', counted('b')),
      saidBy('third', counted('a')),
    ])
    const watch = watching(quiet, 'test')
    expect(watch.needs(undefined).logs.map((log) => log.key)).toEqual(['a', 'b'])
    const at = (n: number, keys: readonly string[]) => ({ ...blockAt(quiet, n, {}), logs: new Map(keys.map((key) => [key, []])) })
    watch.reach(at(8, []))
    expect(order.splice(0)).toEqual(['awake'])
    watch.reach(at(9, ['a']))
    expect(order.splice(0)).toEqual(['first', 'awake', 'third'])
    watch.reach(at(10, ['b', 'a', 'nobody’s']))
    expect(order.splice(0)).toEqual(['first', 'awake', 'second', 'third'])
    expect(watch.at(at(10, []).block.hash)?.states.filter((state) => typeof state === 'number')).toEqual([2, 3, 1, 2])
  })
})

describe('a detector whose needs cannot be told', () => {
  test('fails alone, keeps the state that it could go on from, and is named', () => {
    const picky: Detector<number> = {
      ...saying('drain', pool),
      start: 0,
      needs: (state) => {
        if (state > 1) throw new Error('no more')
        return { reads: [probe('n')], logs: [] }
      },
      step: (state) => ({ state: state + 1, findings: [] }),
    }
    const mixed = planOf([
      { name: 'picky', detector: picky },
      { name: 'calm', detector: memoir },
    ])
    const watch = watching(mixed, 'test')
    const at = (n: number) => blockAt(mixed, n, { n: BigInt(n) })
    expect(watch.reach(at(8)).failures).toEqual([])
    expect(watch.reach(at(9)).failures).toEqual([{ watch: 'picky', why: 'no more' }])
    expect(watch.at(at(9).block.hash)?.states).toEqual([1, [8n, 9n]])
    expect(watch.needs(at(9).block.hash).reads.map((read) => read.key)).toContain(probe('n').key)
  })
})

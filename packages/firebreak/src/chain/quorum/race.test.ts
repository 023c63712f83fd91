// Who is believed, and when: endpoints on a clock of our own that answer when and what a test says.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NodeUnreachable } from '../transport/rpc.ts'
import { setting } from './for-tests.ts'

describe('agreement', () => {
  test('two who say the same are enough; the third is not waited for once it is known to be slow', async () => {
    const { time, ask } = setting(['a', 'b', 'c'])
    for (let i = 0; i < 5; i++) {
      ask([
        { after: 1, value: 'x' },
        { after: 2, value: 'x' },
        { after: 200, value: 'x' },
      ])
      await time.passed(300)
    }
    const began = time.now()
    const one = ask([
      { after: 1, value: 'x' },
      { after: 2, value: 'x' },
      { after: 200, value: 'x' },
    ])
    await time.passed(300)
    expect(one.ruling()).toEqual({ value: 'x', alone: undefined })
    expect(one.at()).toBe(began + 2)
  })

  test('an objection that can be expected is waited for, so that two quick liars do not outrun it', async () => {
    const { time, ask, disputes, news } = setting(['a', 'b', 'c'])
    const one = ask(
      [
        { after: 1, value: 'false' },
        { after: 1, value: 'false' },
        { after: 6, value: 'true' },
      ],
      { prove: async () => 'true' },
    )
    await time.passed(50)
    expect(one.ruling()).toEqual({ value: 'true', alone: undefined })
    expect(disputes).toMatchObject([{ against: ['a0', 'b1'], settledBy: 'proof' }])
    expect(news.map((said) => said.kind === 'aside' && said.endpoint)).toEqual(['a0', 'b1'])
  })

  test('endpoints of one operator count once', async () => {
    const { time, ask } = setting(['a', 'a', 'b'])
    const one = ask([
      { after: 1, value: 'x' },
      { after: 1, value: 'x' },
      { after: 5_000, value: 'x' },
    ])
    await time.passed(200)
    expect(one.ruling()).toBeUndefined()
    await time.passed(200)
    expect(one.ruling()).toEqual({ value: 'x', alone: 'a' })
    expect(one.at()).toBe(301)
  })

  test('where one operator is all there is, its first word counts at once', async () => {
    const { time, ask } = setting(['a', 'a'], 1)
    const one = ask([
      { after: 1, value: 'x' },
      { after: 50, value: 'x' },
    ])
    await time.passed(60)
    expect(one.ruling()).toEqual({ value: 'x', alone: undefined })
    expect(one.at()).toBe(1)
  })
})

describe('one word', () => {
  test('is handed on when its time is over, and confirmed by whoever comes later', async () => {
    const { time, ask, thoughts } = setting(['a', 'b'])
    const one = ask([
      { after: 10, value: 'x' },
      { after: 900, value: 'x' },
    ])
    await time.passed(400)
    expect(one.ruling()).toEqual({ value: 'x', alone: 'a' })
    await time.passed(600)
    expect(thoughts).toEqual(['confirmed x'])
  })

  test('is refuted when proof is with whoever comes later', async () => {
    const { time, ask, thoughts, standing, endpoints } = setting(['a', 'b'])
    ask(
      [
        { after: 10, value: 'false' },
        { after: 900, value: 'true' },
      ],
      { prove: async () => 'true' },
    )
    await time.passed(1_500)
    expect(thoughts).toEqual(['refuted true'])
    expect(endpoints.map((one) => standing.usable(one))).toEqual([false, true])
  })

  test('does not become more by the others’ failing', async () => {
    const { time, ask, news } = setting(['a', 'b', 'c'])
    for (let i = 0; i < 4; i++) {
      const one = ask([
        { after: 1, value: 'x' },
        { after: 1, fails: true },
        { after: 1, fails: true },
      ])
      await time.passed(700)
      expect(one.ruling()).toEqual({ value: 'x', alone: 'a' })
    }
    expect(news.map((said) => said.kind === 'aside' && said.endpoint)).toEqual(expect.arrayContaining(['b1', 'c2']))
  })

  test('when nobody answers, that is an error; when nobody knows, it is nothing', async () => {
    const { time, ask } = setting(['a', 'b'])
    const failing = ask([
      { after: 1, fails: true },
      { after: 2, fails: true },
    ])
    const unknown = ask([{ after: 1 }, { after: 2 }])
    await time.passed(3_000)
    expect(failing.failed()).toBeInstanceOf(NodeUnreachable)
    expect(unknown.ruling()).toBeUndefined()
    expect(unknown.at()).toBeLessThan(100)
  })
})

describe('a disagreement', () => {
  test('that nothing settles is handed on as the word of those who are more, and told', async () => {
    const { time, ask, disputes } = setting(['a', 'b', 'c'])
    const one = ask([
      { after: 1, value: 'x' },
      { after: 1, value: 'x' },
      { after: 2, value: 'y' },
    ])
    await time.passed(50)
    expect(one.ruling()).toEqual({ value: 'x', alone: 'a, b' })
    expect(disputes).toMatchObject([{ against: ['c2'], settledBy: 'nothing' }])
  })

  test('whoever was contradicted twice without proof confirms nothing, and still objects', async () => {
    const { time, ask, standing, endpoints } = setting(['a', 'b', 'c'])
    for (let i = 0; i < 2; i++) {
      ask([
        { after: 1, value: 'x' },
        { after: 1, value: 'x' },
        { after: 1, value: 'y' },
      ])
      await time.passed(500)
    }
    const [, , third] = endpoints
    expect(third && [standing.confirms(third), standing.objects(third)]).toEqual([false, true])
    const again = ask([
      { after: 1, value: 'x' },
      { after: 1, value: 'x' },
      { after: 1, value: 'y' },
    ])
    await time.passed(50)
    expect(again.ruling()?.alone).toBe('a, b')
  })

  test('whoever was contradicted while a block arrived, and agrees a moment later, is not doubted; too often is', async () => {
    const { time, ask, standing, endpoints, news } = setting(['a', 'b', 'c'])
    const third = endpoints[2]
    if (!third) throw new Error('three were asked for')
    const stumble = async (): Promise<void> => {
      let asked = 0
      ask([
        { after: 1, value: 'x' },
        { after: 1, value: 'x' },
        { after: 1, value: () => (asked++ === 0 ? 'y' : 'x') },
      ])
      await time.passed(3_000)
    }
    for (let i = 0; i < 4; i++) await stumble()
    expect([standing.confirms(third), news]).toEqual([true, []])
    for (let i = 0; i < 2; i++) await stumble()
    expect([standing.confirms(third), standing.objects(third)]).toEqual([false, true])
  })

  test('a proof that takes too long is not waited for', async () => {
    const { time, ask } = setting(['a', 'b', 'c'])
    const never = new Promise<string>(() => undefined)
    const one = ask(
      [
        { after: 1, value: 'x' },
        { after: 1, value: 'x' },
        { after: 1, value: 'y' },
      ],
      { prove: () => never },
    )
    await time.passed(3_000)
    expect(one.ruling()).toEqual({ value: 'x', alone: 'a, b' })
    expect(one.at()).toBe(2_501)
  })

  test('a proof that fits nobody settles nothing', async () => {
    const { time, ask, standing, endpoints } = setting(['a', 'b', 'c'])
    const one = ask(
      [
        { after: 1, value: 'x' },
        { after: 1, value: 'x' },
        { after: 1, value: 'y' },
      ],
      { prove: async () => 'z' },
    )
    await time.passed(50)
    expect(one.ruling()?.alone).toBe('a, b')
    expect(endpoints.every((each) => standing.usable(each))).toBe(true)
  })

  test('a third that withholds a block is named once, and set aside at the second', async () => {
    const { time, ask, disputes, news } = setting(['a', 'b', 'c'])
    for (const about of ['first', 'first', 'second']) {
      ask([{ after: 1, value: 'x' }, { after: 1, value: 'x' }, { after: 1 }], { about })
      await time.passed(3_000)
    }
    expect(disputes).toHaveLength(2)
    expect(disputes[0]).toMatchObject({ against: ['c2'] })
    expect(news).toMatchObject([{ kind: 'aside', endpoint: 'c2' }])
  })
})

test('whatever comes in whatever order: nothing counts as agreed that two operators did not say or proof did not show', async () => {
  const says = fc.record({
    after: fc.integer({ min: 0, max: 3_000 }),
    value: fc.constantFrom('true', 'false', undefined),
    fails: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(says, { minLength: 1, maxLength: 5 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      async (all, operators, provable) => {
        const mine = operators.slice(0, all.length)
        const { time, ask } = setting(mine)
        const one = ask(all, provable ? { prove: async () => 'true' } : {})
        await time.passed(10_000)
        const ruling = one.ruling()
        if (ruling && ruling.alone === undefined) {
          const sayers = new Set(mine.filter((_, i) => all[i]?.value === ruling.value && !all[i]?.fails))
          expect(sayers.size >= 2 || (provable && ruling.value === 'true')).toBe(true)
        }
        expect(one.at()).toBeDefined()
      },
    ),
    { numRuns: 300 },
  )
})

describe('whoever proof contradicts', () => {
  test('is asked once more, and heard again if it stumbled', async () => {
    const { time, ask, news, disputes } = setting(['a', 'b', 'c'])
    let times = 0
    const answers = (): string => (++times === 1 ? 'stale' : 'true')
    const one = ask(
      [
        { after: 1, value: 'true' },
        { after: 2, value: 'true' },
        { after: 1, value: answers },
      ],
      { prove: async () => 'true' },
    )
    await time.passed(50)
    expect(one.ruling()).toEqual({ value: 'true', alone: undefined })
    expect(disputes).toMatchObject([{ against: ['c2'], settledBy: 'proof' }])
    expect(news).toEqual([])
    const next = ask([
      { after: 300, value: 'x' },
      { after: 1, value: 'x' },
      { after: 1, value: 'x' },
    ])
    await time.passed(50)
    expect(next.ruling()).toEqual({ value: 'x', alone: undefined })
  })

  test('is set aside if it says so again, and if it has stumbled too often', async () => {
    const again = setting(['a', 'b', 'c'])
    again.ask(
      [
        { after: 1, value: 'true' },
        { after: 2, value: 'true' },
        { after: 1, value: 'false' },
      ],
      { prove: async () => 'true' },
    )
    await again.time.passed(50)
    expect(again.news).toMatchObject([{ kind: 'aside', endpoint: 'c2' }])

    const often = setting(['a', 'b', 'c'])
    for (let i = 0; i < 5; i++) {
      expect(often.news).toEqual([])
      let times = 0
      often.ask(
        [
          { after: 1, value: 'true' },
          { after: 2, value: 'true' },
          { after: 1, value: () => (++times === 1 ? 'stale' : 'true') },
        ],
        {
          prove: async () => 'true',
        },
      )
      await often.time.passed(50)
    }
    expect(often.news).toMatchObject([{ kind: 'aside', endpoint: 'c2' }])
  })
})

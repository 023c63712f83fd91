import { describe, expect, test } from 'vitest'
import { someone } from '../../test/support/moments.ts'
import { blockAt, live, pendingOn } from '../../test/support/toy-engine.ts'
import { attack, begun, first, plan, stoppedBy, usdc } from '../../test/support/toy-scene.ts'
import { attackTx, dollar, pool, probe, sure, toyPlan, worth } from '../../test/support/toy.ts'

describe('an incident', () => {
  test('says what is lost, what can still be lost and how fast, in dollars', () => {
    const life = begun(live(plan, () => [[0n]]))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    life.see(blockAt(plan, 8, { drain: 90n, [usdc]: 100_000n }, [{ tx: attackTx(8), touches: [pool] }]))
    const [begin, later] = life
      .entries('incident')
      .filter((one) => JSON.stringify(one, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)).includes('atRisk'))
    expect(begin).toMatchObject({
      exposure: { lost: worth(600_000n), atRisk: worth(1_400_000n) },
      severity: worth(2_000_000n),
      held: [1_000_000n, 1_000_000n, 1_000_000n],
    })
    const { exposure } = life.incidents()[0] ?? {}
    expect(exposure).toMatchObject({ lost: worth(900_000n), atRisk: worth(1_100_000n), perMinute: worth(900_000n) })
    expect(later).toBeDefined()
  })

  test('counts at the median price of blocks that end before its first signal', () => {
    const fed = toyPlan({
      ...plan,
      assets: [
        { ...sure(plan.assets[0]), price: { kind: 'read', probe: probe('feed'), decimals: 0, source: someone(7) } },
        sure(plan.assets[1]),
      ],
      bounds: { ...plan.bounds, priceWindowBlocks: 3 },
    })
    const life = live(fed, () => [[0n]])
    for (const [i, price] of [90n, 3n, 2n, 1n].entries()) life.see(blockAt(fed, i + 1, { feed: price }))
    // The very block that is suspicious says ninety.
    life.see(blockAt(fed, 5, { feed: 90n, drain: 90n }, [{ tx: attack, touches: [pool] }]))
    expect(life.incidents()[0]?.prices).toMatchObject({ usdc: 2n * dollar })
    // A waiting transaction has not changed the block that it was judged on.
    const waits = live(fed, () => [[0n]])
    const blocks = [90n, 3n, 2n, 1n].map((price, i) => blockAt(fed, i + 1, { feed: price }))
    for (const block of blocks) waits.see(block)
    waits.see(pendingOn(fed, blocks[3] ?? first, attack, { drain: 90n }))
    expect(waits.incidents()[0]?.prices).toMatchObject({ usdc: 2n * dollar })
  })

  test('of which no earlier price is known counts nothing rather than what the attacker says', () => {
    const fed = toyPlan({
      ...plan,
      assets: [
        { ...sure(plan.assets[0]), price: { kind: 'read', probe: probe('feed'), decimals: 0, source: someone(7) } },
        sure(plan.assets[1]),
      ],
    })
    const life = live(fed, () => [[0n]])
    life.see(blockAt(fed, 1, { feed: 90n, drain: 90n }, [{ tx: attack, touches: [pool] }]))
    expect(life.incidents()[0]?.prices).not.toHaveProperty('usdc')
  })

  test('opens for a verdict alone; evidence, a failing detector and rot are recorded and lead to nothing', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { flash: 80n, drain: 101n }))
    life.feed({ kind: 'rot', at: 40_000, chain: 'test', what: 'narrow', wrong: 'its call would revert' })
    expect(
      life
        .signals()
        .map((one) => one.kind)
        .sort(),
    ).toEqual(['detector', 'readiness', 'toy'])
    expect(life.incidents()).toEqual([])
  })
})

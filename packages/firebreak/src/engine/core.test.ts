import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef, someone, tick, transaction } from '../../test/support/moments.ts'
import { blockAt, holds, live, pendingOn, saying, type Life } from '../../test/support/toy-engine.ts'
import { attackTx, brake, dollar, held, pool, probe, toyPlan, worth, type World } from '../../test/support/toy.ts'
import { canonical } from '../base/canonical.ts'
import type { Input } from './inputs.ts'

const other = someone(2)
const usdc = `usdc of ${pool}`
const plan = toyPlan({
  holdings: [held('usdc'), held('weth'), held('usdc', other)],
  brakes: [brake('narrow', { costPerHour: dollar / 1_000n }), brake('wide', { costPerHour: dollar / 100n })],
  watches: [
    { name: 'drain', detector: saying('drain', pool) },
    { name: 'elsewhere', detector: saying('elsewhere', other) },
    { name: 'flash', detector: saying('flash', pool, { weight: 'evidence' }) },
    { name: 'lasts', detector: saying('lasts', pool, { culprits: [] }) },
  ],
  rules: [
    { watches: ['drain', 'elsewhere', 'lasts'], brakes: ['narrow', 'wide'], act: { kind: 'automatically', atMost: { count: 9, perMs: 86_400_000 }, coolDownMs: 0 } },
  ],
})
/** Each takes 600,000 usdc unless one of these brakes is pulled. */
const stoppedBy =
  (...brakes: readonly string[]): World =>
  (_, pulled) => [pulled.some((name) => brakes.includes(name)) ? [0n, 0n, 0n] : [600_000n, 0n, 0n]]
const first = blockAt(plan, 1)
const second = blockAt(plan, 2)
const attack = attackTx(7)
const begun = (life: Life): Life => {
  life.see(first)
  life.see(second)
  return life
}
const attackPending = (life: Life, values: Readonly<Record<string, bigint>> = { drain: 90n }) => life.see(pendingOn(plan, second, attack, values))

describe('a waiting attack', () => {
  test('is compared, decided and answered before it is mined', () => {
    const life = begun(live(plan, stoppedBy('narrow', 'wide')))
    attackPending(life)
    expect(life.decisions()).toMatchObject([{ verdict: 'pull', brakes: ['narrow'], proof: 'proven', about: [`waiting|${attack.hash}|`] }])
    expect(life.wanted()).toMatchObject([{ brake: 'narrow', status: 'wanted', tipToBeat: attack.maxTip, saves: worth(600_000n) }])
    expect(life.incidents()).toMatchObject([{ status: 'containing', culprits: [attack.hash] }])
    // The comparison is the explanation, not the act: it is recorded after the act.
    expect(life.entries('comparison')).toMatchObject([{ proof: 'proven', chosen: ['narrow'] }])
  })

  test('that could not be included is not heard at all', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(pendingOn(plan, second, attack, { drain: 90n }, { includable: { ok: false, why: 'its fee is too low' } }))
    expect([life.signals(), life.incidents(), life.asked(), life.wanted()]).toEqual([[], [], [], []])
  })

  test('with a signature that is not its own is not heard, nor one behind such a transaction', () => {
    const forged = transaction(66)
    const life = begun(live(plan, stoppedBy('narrow'), undefined, (tx) => tx.hash !== forged.hash))
    life.see(pendingOn(plan, second, forged, { drain: 90n }))
    life.see(pendingOn(plan, second, attack, { drain: 90n }, { queue: [forged] }))
    expect(life.signals()).toEqual([])
    attackPending(life)
    expect(life.wanted()).toHaveLength(1)
  })

  test('is decided once, however often it is seen', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    attackPending(life)
    life.see(blockAt(plan, 3))
    life.see(pendingOn(plan, blockAt(plan, 3), attack, { drain: 90n }))
    expect(life.decisions()).toHaveLength(1)
  })

  test('never changes what the detectors remember', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    const before = life.core.watching('test').at(second.block.hash)?.states
    attackPending(life)
    expect(life.core.watching('test').at(second.block.hash)?.states).toEqual(before)
  })
})

describe('two attacks', () => {
  test('that wait together and that one brake stops, pull it once', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.answering(false)
    attackPending(life)
    life.see(pendingOn(plan, second, attackTx(8), { elsewhere: 90n }))
    life.answering(true)
    expect(life.wanted().map((one) => one.brake)).toEqual(['narrow'])
    expect(life.decisions()).toMatchObject([{ verdict: 'pull' }, { verdict: 'hold', obstacle: 'noBrake' }])
  })

  test('that turn out to be one move their brakes along, in the journal too', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(pendingOn(plan, second, attackTx(8, { from: someone(70), to: someone(71) }), { elsewhere: 90n }))
    const [desire] = life.wanted()
    // An older incident about the pool, and then one transaction that hits both.
    const older = live(plan, stoppedBy('narrow'), { ...life.memory(), incidents: [...life.memory().incidents, { ...life.memory().incidents[0]!, id: 'inc-old', openedAt: 0, subjects: [pool], actors: [], culprits: [], signals: [] }] })
    begun(older)
    older.see(pendingOn(plan, second, attackTx(9, { from: someone(80), to: someone(81) }), { drain: 90n, elsewhere: 90n }))
    expect(older.entries('merge')).toEqual([{ from: desire?.incident, into: 'inc-old' }])
    expect(older.core.desires()).toMatchObject([{ id: desire?.id, incident: 'inc-old' }])
    expect(older.entries('desire')).toMatchObject([{ id: desire?.id, incident: 'inc-old' }])
  })
})

describe('when value is lost again after a brake holds', () => {
  test('the next broader brake follows', () => {
    // In the trials narrow helps; on the chain it does not.
    const life = begun(live(plan, (_, pulled, trial) => [trial.base.number === 2n ? (pulled.length > 0 ? [0n] : [600_000n]) : pulled.includes('wide') ? [0n] : [600_000n]]))
    attackPending(life)
    const [narrow] = life.wanted()
    const third = blockAt(plan, 3, { 'narrow holds': 1n })
    life.see(third)
    if (narrow) life.feed(holds(narrow, third.block, 40_000))
    expect(life.incidents()).toMatchObject([{ status: 'contained' }])
    life.see(blockAt(plan, 4, { 'narrow holds': 1n, drain: 90n, [usdc]: 400_000n }, [{ tx: attackTx(10), touches: [pool] }]))
    expect(life.wanted().map((one) => one.brake)).toEqual(['narrow', 'wide'])
    expect(life.decisions()[1]).toMatchObject({ verdict: 'pull', brakes: ['wide'], proof: 'proven' })
    expect(life.incidents()).toMatchObject([{ status: 'containing' }])
  })
})

describe('confidence', () => {
  // Cheap enough to protect only what is likely: the break-even is at 0.6.
  const dear = toyPlan({ ...plan, brakes: [brake('narrow', { costPerHour: (worth(600_000n) * 3n) / 2n }), brake('wide', { costPerHour: 10n ** 30n })] })

  test('that does not reach the break-even is a proposal, and decided again when more evidence comes', () => {
    const life = begun(live(dear, stoppedBy('narrow')))
    life.see(blockAt(dear, 3, { drain: 55n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    expect(life.decisions()).toMatchObject([{ verdict: 'propose', obstacle: 'breakEven', confidence: expect.closeTo(0.55, 9) }])
    life.see(blockAt(dear, 4, { [usdc]: 400_000n }))
    expect(life.decisions()).toHaveLength(1)
    life.see(blockAt(dear, 5, { flash: 80n, [usdc]: 400_000n }))
    expect(life.decisions()[1]).toMatchObject({ verdict: 'pull', brakes: ['narrow'], proof: 'proven', confidence: expect.closeTo(1 - 0.45 * 0.6, 9) })
    life.see(blockAt(dear, 6, { flash: 90n, [usdc]: 400_000n }))
    expect(life.decisions()).toHaveLength(2)
  })

  test('that rises for a waiting transaction decides again at the next head', () => {
    const life = begun(live(dear, stoppedBy('narrow')))
    attackPending(life, { drain: 50n })
    attackPending(life, { drain: 50n })
    expect(life.decisions()).toMatchObject([{ obstacle: 'breakEven' }])
    const third = blockAt(dear, 3)
    life.see(third)
    life.see(pendingOn(dear, third, attack, { drain: 50n, elsewhere: 50n }))
    expect(life.decisions()[1]).toMatchObject({ verdict: 'pull' })
  })

  test('that rose once is remembered after a restart', () => {
    const life = begun(live(dear, stoppedBy('narrow')))
    attackPending(life, { drain: 50n })
    const again = begun(live(dear, stoppedBy('narrow'), life.memory()))
    attackPending(again, { drain: 50n })
    expect(again.decisions()).toEqual([])
    attackPending(again, { drain: 50n, elsewhere: 50n })
    expect(again.decisions()).toMatchObject([{ verdict: 'pull' }])
  })
})

describe('a release by somebody else', () => {
  const released = () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    const fourth = blockAt(plan, 4, { 'narrow holds': 1n, [usdc]: 400_000n })
    life.see(fourth)
    const [desire] = life.wanted()
    if (!desire) throw new Error('nothing was pulled')
    life.feed(holds(desire, fourth.block, 50_000))
    life.see(blockAt(plan, 5, { [usdc]: 400_000n }))
    life.feed({ kind: 'desire', at: 60_000, desire: desire.id, news: { kind: 'released', tx: '0x99' } })
    return life
  }

  test('ends the desire, closes the incident, is a signal, and leaves a proposal', () => {
    const life = released()
    expect(life.core.desires()).toMatchObject([{ status: 'released' }])
    expect(life.incidents()).toMatchObject([{ status: 'closed' }, { status: 'open', subjects: [pool] }])
    expect(life.signals().at(-1)).toMatchObject({ watch: 'firebreak', kind: 'released' })
    expect(life.decisions().at(-1)).toMatchObject({ verdict: 'propose', obstacle: 'released', brakes: ['narrow'], incident: life.incidents()[1]?.id })
    expect(life.entries('release')).toMatchObject([{ brake: 'narrow', tx: '0x99', culprits: [attack.hash] }])
  })

  test('is never fought, after a restart neither, while the damage lasts', () => {
    const life = released()
    const seen = { lasts: 90n, [usdc]: 400_000n }
    life.see(blockAt(plan, 6, seen))
    life.see(blockAt(plan, 7, seen))
    expect(life.wanted()).toHaveLength(1)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    again.see(blockAt(plan, 6, seen))
    again.see(blockAt(plan, 8, seen))
    expect(again.wanted()).toEqual([])
  })

  test('does not keep us from a new attack: whoever released it may have been the attacker', () => {
    const life = released()
    life.see(blockAt(plan, 6, { drain: 90n, [usdc]: 100_000n }, [{ tx: attackTx(20), touches: [pool] }]))
    expect(life.wanted().map((one) => one.brake)).toEqual(['narrow', 'narrow'])
  })
})

describe("a person's order", () => {
  const order = (what: 'pull' | 'release'): Input => ({ kind: 'order', at: 50_000, order: what, brake: 'narrow', by: 'ann', because: 'a drill' })

  test('to pull is carried out without an incident, and who gave it is sealed', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    const [effect] = life.feed(order('pull'))
    expect(life.wanted()).toMatchObject([{ brake: 'narrow', incident: undefined, status: 'wanted' }])
    expect(effect).toMatchObject({ kind: 'record', entries: [{ kind: 'order', body: { order: 'pull', brake: 'narrow' }, sealed: { by: 'ann', because: 'a drill' } }] })
  })

  test('to release ends our desire, and lasting damage does not bring it back', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    life.feed(order('release'))
    expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
    life.see(blockAt(plan, 6, { lasts: 90n, [usdc]: 400_000n }))
    expect(life.wanted()).toHaveLength(1)
  })
})

describe('an incident', () => {
  test('says what is lost, what can still be lost and how fast, in dollars', () => {
    const life = begun(live(plan, () => [[0n]]))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    life.see(blockAt(plan, 8, { drain: 90n, [usdc]: 100_000n }, [{ tx: attackTx(8), touches: [pool] }]))
    const [begin, later] = life.entries('incident').filter((one) => JSON.stringify(one, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)).includes('atRisk'))
    expect(begin).toMatchObject({ exposure: { lost: worth(600_000n), atRisk: worth(1_400_000n) }, severity: worth(2_000_000n), held: [1_000_000n, 1_000_000n, 1_000_000n] })
    const { exposure } = life.incidents()[0] ?? {}
    expect(exposure).toMatchObject({ lost: worth(900_000n), atRisk: worth(1_100_000n), perMinute: worth(900_000n) })
    expect(later).toBeDefined()
  })

  test('counts at the median price of blocks that end before its first signal', () => {
    const fed = toyPlan({ ...plan, assets: [{ ...plan.assets[0]!, price: { kind: 'read', probe: probe('feed'), decimals: 0, source: someone(7) } }, plan.assets[1]!], bounds: { ...plan.bounds, priceWindowBlocks: 3 } })
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
    const fed = toyPlan({ ...plan, assets: [{ ...plan.assets[0]!, price: { kind: 'read', probe: probe('feed'), decimals: 0, source: someone(7) } }, plan.assets[1]!] })
    const life = live(fed, () => [[0n]])
    life.see(blockAt(fed, 1, { feed: 90n, drain: 90n }, [{ tx: attack, touches: [pool] }]))
    expect(life.incidents()[0]?.prices).not.toHaveProperty('usdc')
  })

  test('opens for a verdict alone; evidence, a failing detector and rot are recorded and lead to nothing', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { flash: 80n, drain: 101n }))
    life.feed({ kind: 'rot', at: 40_000, chain: 'test', what: 'narrow', wrong: 'its call would revert' })
    expect(life.signals().map((one) => one.kind).sort()).toEqual(['detector', 'readiness', 'toy'])
    expect(life.incidents()).toEqual([])
  })
})

test('a brake that a colleague pulled first is not pulled again', () => {
  const life = begun(live(plan, stoppedBy('wide')))
  const third = blockAt(plan, 3, { 'narrow holds': 1n })
  life.see(third)
  life.see(pendingOn(plan, third, attack, { drain: 90n }))
  expect(life.asked().some((trial) => trial.brakes.includes('narrow'))).toBe(false)
  expect(life.wanted().map((one) => one.brake)).toEqual(['wide'])
})

test('a desire has an end: after it we want nothing, and people decide about loosening', () => {
  const life = begun(live(plan, stoppedBy('narrow')))
  attackPending(life)
  const [desire] = life.wanted()
  life.see(blockAt(plan, 3))
  // Our clock alone does not end it: it may have jumped.
  life.see(blockAt(plan, 4), (desire?.until ?? 0) + 1)
  expect(life.core.desires()).toMatchObject([{ status: 'wanted' }])
  const effects = life.see(blockAt(plan, 400), (desire?.until ?? 0) + 2)
  expect(life.core.desires()).toMatchObject([{ status: 'ended' }])
  expect(effects).toContainEqual({ kind: 'unwant', desire: desire?.id })
})

describe('after a restart', () => {
  test('the same suspicion is not decided a second time, and the brakes are still wanted', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    const again = live(plan, stoppedBy('narrow'), life.memory())
    for (const block of [first, second, blockAt(plan, 3, { drain: 90n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }])]) again.see(block)
    expect(again.decisions()).toEqual([])
    expect(again.signals()).toEqual([])
    expect(again.core.desires()).toEqual(life.core.desires())
    expect(again.incidents().map((one) => [one.id, one.status])).toEqual(life.incidents().map((one) => [one.id, one.status]))
  })

  test('in the middle of a question it is asked again', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.answering(false)
    attackPending(life)
    const again = begun(live(plan, stoppedBy('narrow'), life.memory()))
    attackPending(again)
    expect(again.decisions()).toMatchObject([{ verdict: 'pull', brakes: ['narrow'] }])
  })

  test('budgets still count what was pulled before', () => {
    const once = toyPlan({ ...plan, rules: [{ ...plan.rules[0]!, act: { kind: 'automatically', atMost: { count: 1, perMs: 86_400_000 }, coolDownMs: 0 } }] })
    const life = begun(live(once, stoppedBy('narrow')))
    attackPending(life)
    const again = begun(live(once, stoppedBy('wide'), life.memory()))
    again.see(pendingOn(once, second, attackTx(8), { drain: 90n }))
    expect(again.decisions()).toMatchObject([{ verdict: 'propose', obstacle: 'budget' }])
  })
})

describe('the same inputs', () => {
  const percent = fc.constantFrom(0n, 0n, 0n, 40n, 90n, 101n)
  const values = fc.record({ drain: percent, elsewhere: percent, flash: percent, lasts: percent, [usdc]: fc.constantFrom(1_000_000n, 400_000n, undefined), 'narrow holds': fc.constantFrom(0n, 1n, undefined) })
  const number = fc.integer({ min: 1, max: 14 })
  const branch = fc.constantFrom(0, 0, 0, 1)
  const txs = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 3 })
  const touched = (numbers: readonly number[]) => numbers.map((n) => ({ tx: attackTx(n), touches: n % 2 === 0 ? [pool] : [other] }))
  const story = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('block' as const), number, branch, values, txs }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('pending' as const), number, values, tx: fc.integer({ min: 1, max: 6 }), ok: fc.boolean() }) },
      fc.record({ kind: fc.constant('tick' as const) }),
      fc.record({ kind: fc.constant('retraction' as const), number }),
      fc.record({ kind: fc.constant('news' as const), which: fc.nat(3), what: fc.constantFrom('holding' as const, 'lost' as const, 'released' as const, 'exhausted' as const) }),
      fc.record({ kind: fc.constant('order' as const), order: fc.constantFrom('pull' as const, 'release' as const) }),
    ),
    { maxLength: 25 },
  )
  type Step = typeof story extends fc.Arbitrary<readonly (infer step)[]> ? step : never

  function play(steps: readonly Step[]): readonly string[] {
    const life = live(plan, (_, pulled, trial) => [pulled.includes('wide') || (pulled.includes('narrow') && trial.base.number % 2n === 0n) ? [0n] : [600_000n]])
    const lines: string[] = []
    for (const [i, step] of steps.entries()) {
      const at = 1_000 * i
      const news = (): Input | undefined => {
        if (step.kind !== 'news') return undefined
        const desire = life.wanted()[step.which]
        if (!desire) return undefined
        if (step.what === 'holding') return holds(desire, second.block, at)
        return { kind: 'desire', at, desire: desire.id, news: step.what === 'released' ? { kind: 'released', tx: undefined } : { kind: step.what, why: 'so it is' } }
      }
      const input = (): Input | undefined => {
        switch (step.kind) {
          case 'block':
            return { kind: 'happening', at, happening: blockAt(plan, step.number, step.values, touched(step.txs), step.branch) }
          case 'pending':
            return {
              kind: 'happening',
              at,
              happening: pendingOn(plan, blockAt(plan, step.number), attackTx(step.tx), step.values, { includable: step.ok ? { ok: true } : { ok: false, why: 'no' } }),
            }
          case 'tick':
            return { kind: 'happening', at, happening: tick(1, 1) }
          case 'retraction':
            return { kind: 'happening', at, happening: { kind: 'retraction', chain: 'test', dropped: [blockRef(step.number * 12, BigInt(step.number))], head: blockRef((step.number - 1) * 12, BigInt(step.number - 1)) } }
          case 'news':
            return news()
          case 'order':
            return { kind: 'order', at, order: step.order, brake: 'narrow', by: 'ann', because: 'so' }
          default:
            return step satisfies never
        }
      }
      const now = input()
      if (now) lines.push(canonical(life.feed(now)))
      // Never more at once than the plan allows, whatever happened.
      for (const name of ['narrow', 'wide']) {
        const pulledFor = life.decisions().filter((one) => one.verdict === 'pull' && one.brakes.includes(name))
        expect(pulledFor.length).toBeLessThanOrEqual(3)
      }
      for (const desire of life.core.desires()) if (desire.incident) expect(life.incidents().find((one) => one.id === desire.incident)?.status).not.toBe('merged')
    }
    lines.push(canonical(life.entries('decision')), canonical(life.memory()))
    return lines
  }

  test('give the same effects, byte for byte', () => {
    fc.assert(
      fc.property(story, (steps) => {
        expect(play(steps)).toEqual(play(steps))
      }),
      { numRuns: 200 },
    )
  })
})

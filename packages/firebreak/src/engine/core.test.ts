import { describe, expect, test } from 'vitest'
import { someone, transaction } from '../../test/support/moments.ts'
import { blockAt, holds, live, pendingOn } from '../../test/support/toy-engine.ts'
import { attack, attackPending, begun, plan, second, stoppedBy, usdc } from '../../test/support/toy-scene.ts'
import { attackTx, brake, pool, sure, toyPlan, worth, type World } from '../../test/support/toy.ts'

describe('a waiting attack', () => {
  test('is compared, decided and answered before it is mined', () => {
    const life = begun(live(plan, stoppedBy('narrow', 'wide')))
    attackPending(life)
    expect(life.decisions()).toMatchObject([
      {
        verdict: 'pull',
        brakes: ['narrow'],
        proof: 'proven',
        about: [`waiting|${attack.hash}|`, expect.stringMatching(/^inc-.*\|drain$/)],
      },
    ])
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

  test('of which the second pays more: what is on its way for the first has to be ahead of both, and stays one', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    attackPending(life)
    const [first] = life.wanted()
    life.see(pendingOn(plan, second, attackTx(8, { from: someone(70), maxTip: 30n * 10n ** 9n, maxFee: 90n * 10n ** 9n }), { drain: 90n }))
    expect(life.wanted().map((one) => [one.id, one.tipToBeat, one.feeToBeat])).toEqual([
      [first?.id, attack.maxTip, attack.maxFee],
      [first?.id, 30n * 10n ** 9n, 90n * 10n ** 9n],
    ])
    expect(life.core.desires()).toHaveLength(1)
    // A cheaper one changes nothing.
    life.see(pendingOn(plan, second, attackTx(9, { from: someone(71) }), { drain: 90n }))
    expect(life.wanted()).toHaveLength(2)
    expect(life.memory().desires).toMatchObject([{ tipToBeat: 30n * 10n ** 9n, status: 'wanted' }])
  })

  test('that turn out to be one move their brakes along, in the journal too', () => {
    const life = begun(live(plan, stoppedBy('narrow')))
    life.see(pendingOn(plan, second, attackTx(8, { from: someone(70), to: someone(71) }), { elsewhere: 90n }))
    const [desire] = life.wanted()
    // An older incident about the pool, and then one transaction that hits both.
    const older = live(plan, stoppedBy('narrow'), {
      ...life.memory(),
      incidents: [
        ...life.memory().incidents,
        { ...sure(life.memory().incidents[0]), id: 'inc-old', openedAt: 0, subjects: [pool], actors: [], culprits: [], signals: [] },
      ],
    })
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
    const life = begun(
      live(plan, (_, pulled, trial) => [
        trial.base.number === 2n ? (pulled.length > 0 ? [0n] : [600_000n]) : pulled.includes('wide') ? [0n] : [600_000n],
      ]),
    )
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

describe('when what is automatic holds already and the loss goes on', () => {
  const [automatic] = plan.rules
  const mixed = toyPlan({
    ...plan,
    rules: [
      { ...sure(automatic), brakes: ['narrow'] },
      { watches: ['drain'], brakes: ['wide'], act: { kind: 'propose', to: 'council' } },
    ],
  })
  const narrowHolds = (world: World) => {
    const life = begun(live(mixed, world))
    attackPending(life)
    const [narrow] = life.wanted()
    const third = blockAt(mixed, 3, { 'narrow holds': 1n })
    life.see(third)
    if (narrow) life.feed(holds(narrow, third.block, 40_000))
    life.see(blockAt(mixed, 4, { 'narrow holds': 1n, drain: 90n, [usdc]: 400_000n }, [{ tx: attackTx(10), touches: [pool] }]))
    return life
  }

  test('people are asked about what the plan leaves to them, if that is shown to stop it', () => {
    const life = narrowHolds((_, pulled, trial) => [
      trial.base.number === 2n ? (pulled.length > 0 ? [0n] : [600_000n]) : pulled.includes('wide') ? [0n] : [600_000n],
    ])
    expect(life.decisions().map(({ verdict, brakes }) => ({ verdict, brakes }))).toEqual([
      { verdict: 'pull', brakes: ['narrow'] },
      { verdict: 'propose', brakes: ['wide'] },
    ])
    expect(life.decisions()[1]).toMatchObject({ obstacle: 'rule', proof: 'proven' })
  })

  test('without proof that it goes on nobody is asked', () => {
    const life = narrowHolds((_, pulled, trial) => [trial.base.number === 2n && pulled.length === 0 ? [600_000n] : [0n]])
    expect(life.decisions().map(({ verdict }) => verdict)).toEqual(['pull', 'hold'])
  })
})

describe('confidence', () => {
  // Cheap enough to protect only what is likely: the break-even is at 0.6.
  const dear = toyPlan({
    ...plan,
    brakes: [brake('narrow', { costPerHour: (worth(600_000n) * 3n) / 2n }), brake('wide', { costPerHour: 10n ** 30n })],
  })

  test('that does not reach the break-even is a proposal, and decided again when more evidence comes', () => {
    const life = begun(live(dear, stoppedBy('narrow')))
    life.see(blockAt(dear, 3, { drain: 55n, [usdc]: 400_000n }, [{ tx: attack, touches: [pool] }]))
    expect(life.decisions()).toMatchObject([{ verdict: 'propose', obstacle: 'breakEven', confidence: expect.closeTo(0.55, 9) }])
    life.see(blockAt(dear, 4, { [usdc]: 400_000n }))
    expect(life.decisions()).toHaveLength(1)
    life.see(blockAt(dear, 5, { flash: 80n, [usdc]: 400_000n }))
    expect(life.decisions()[1]).toMatchObject({
      verdict: 'pull',
      brakes: ['narrow'],
      proof: 'proven',
      confidence: expect.closeTo(1 - 0.45 * 0.6, 9),
    })
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

describe('scope', () => {
  // narrow saves a third for little; wide alone suffices, and pays only above 0.6.
  const staged = toyPlan({
    ...plan,
    brakes: [brake('narrow', { costPerHour: worth(6_000n) }), brake('wide', { costPerHour: (worth(600_000n) * 3n) / 2n })],
  })
  const partly: World = (_, pulled) => [pulled.includes('wide') ? [0n] : pulled.includes('narrow') ? [400_000n] : [600_000n]]
  const lossAt = (n: number, more: Readonly<Record<string, bigint>>) =>
    blockAt(staged, n, { [usdc]: 400_000n, ...more }, n === 3 ? [{ tx: attack, touches: [pool] }] : [])

  test('widens as evidence grows: a first step by what is justified now, the rest when it is', () => {
    const life = begun(live(staged, partly))
    life.see(lossAt(3, { drain: 55n }))
    expect(life.decisions()).toMatchObject([{ verdict: 'pull', brakes: ['narrow'], staged: true }])
    const [narrow] = life.wanted()
    const fourth = lossAt(4, { 'narrow holds': 1n })
    life.see(fourth)
    if (narrow) life.feed(holds(narrow, fourth.block, 50_000))
    expect(life.decisions()).toHaveLength(1)
    life.see(lossAt(5, { 'narrow holds': 1n, flash: 80n }))
    expect(life.decisions().slice(1)).toMatchObject([{ verdict: 'pull', brakes: ['wide'], proof: 'proven' }])
    expect(life.wanted().map((one) => one.brake)).toEqual(['narrow', 'wide'])
  })

  test('remembers after a restart that only a first step was taken', () => {
    const life = begun(live(staged, partly))
    life.see(lossAt(3, { drain: 55n }))
    const again = begun(live(staged, partly, life.memory()))
    again.see(lossAt(3, { drain: 55n }))
    expect(again.decisions()).toEqual([])
    again.see(lossAt(3, { drain: 55n, flash: 80n }))
    expect(again.wanted().map((one) => one.brake)).toEqual(['wide'])
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

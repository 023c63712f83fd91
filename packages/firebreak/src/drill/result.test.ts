// What a drill's result says of containment, by places in the chain alone; and when a drill counts as failed.
import { describe, expect, it } from 'vitest'
import type { Desire, Receipt } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { Observed } from './observe.ts'
import { outcomeOf, usd, type DrillResult, type Place } from './result.ts'
import { verdictOn } from './verdict.ts'

const desire = (id: string): Desire => ({
  id,
  brake: id,
  chain: 'local',
  authority: 'guardian',
  incident: undefined,
  owner: '',
  since: 0,
  until: 1,
  pulls: 1,
  status: 'holding',
  saves: 0n,
  tipToBeat: 0n,
  feeToBeat: 0n,
})
const receipt = (id: string, block: bigint, tx?: Hex): Receipt => ({
  desire: id,
  brake: id,
  chain: 'local',
  block: { number: block, hash: '0x01' },
  tx,
})

function contained(
  desires: readonly Desire[],
  receipts: readonly Receipt[],
  attacks: readonly Hex[],
  places: Readonly<Record<Hex, Place>>,
): Promise<DrillResult['contained']> {
  const watch: Observed = {
    onInput: () => {},
    attackBegins: () => {},
    heard: () => false,
    began: () => 1n,
    detection: () => undefined,
    signals: () => [],
    decisions: () => [],
    pulledAfterMs: () => undefined,
    heldAtFirst: () => undefined,
    wanted: () => desires.map((one) => ({ desire: one, beforeAttack: false })),
    receipts: () => receipts,
  }
  const facts = {
    drill: 'x',
    variant: 'public' as const,
    seed: 1,
    watch,
    attacks,
    lost: 0n,
    lostWithout: 0n,
    placeOf: async (tx: Hex) => places[tx],
  }
  return outcomeOf(facts).then((result) => result.contained)
}

describe('containment', () => {
  const places: Readonly<Record<Hex, Place>> = {
    '0xb1': { block: 7n, index: 0 },
    '0xb2': { block: 7n, index: 2 },
    '0xa1': { block: 7n, index: 1 },
  }

  it('is before the attack when the brake stands before it in one block', async () => {
    expect(await contained([desire('one')], [receipt('one', 7n, '0xb1')], ['0xa1'], places)).toEqual({ block: 7, beforeAttack: true })
  })

  it('is after it when a single brake of several comes later, whatever was lost', async () => {
    const receipts = [receipt('one', 7n, '0xb1'), receipt('two', 7n, '0xb2')]
    expect(await contained([desire('one'), desire('two')], receipts, ['0xa1'], places)).toEqual({ block: 7, beforeAttack: false })
  })

  it('is none while a brake does not hold', async () => {
    expect(await contained([desire('one'), desire('two')], [receipt('one', 7n, '0xb1')], ['0xa1'], places)).toBeNull()
    expect(await contained([], [], ['0xa1'], places)).toBeNull()
  })

  it('is before an attack that was never mined, and after one in the block of somebody else’s pull', async () => {
    expect(await contained([desire('one')], [receipt('one', 7n, '0xb1')], ['0xff'], places)).toEqual({ block: 7, beforeAttack: true })
    expect(await contained([desire('one')], [receipt('one', 7n)], ['0xa1'], places)).toEqual({ block: 7, beforeAttack: false })
  })
})

describe('the verdict on a drill', () => {
  const result: DrillResult = {
    drill: 'x',
    variant: 'public',
    seed: 1,
    detected: { by: ['drain'], blocks: 0, ms: 1 },
    decision: { pulled: ['pause'], proof: 'proven', candidates: [] },
    contained: { block: 1, beforeAttack: true },
    lostUsd: 0,
    lostUsdWithoutFirebreak: 100,
    predictedLossUsd: 100,
    falseActions: 0,
  }

  it.each<[string, Partial<DrillResult>, bigint, boolean]>([
    ['a public attack that takes nothing', {}, 0n, true],
    ['a cent lost in public', { lostUsd: 0.01 }, 10n ** 18n, false],
    ['an attack that would have taken nothing', { lostUsdWithoutFirebreak: 0 }, 0n, false],
    ['a private attack that takes what its first transaction took', { variant: 'private', lostUsd: 60 }, 60n * 10n ** 18n, true],
    ['a private attack that takes more', { variant: 'private', lostUsd: 60.01 }, 60n * 10n ** 18n, false],
    ['a repetition that takes nothing anyway', { variant: 'private', lostUsd: 60, lostUsdWithoutFirebreak: 60 }, 60n * 10n ** 18n, false],
    ['an attack that nobody noticed', { detected: null }, 0n, false],
    ['a brake pulled before the attack', { falseActions: 1 }, 0n, false],
    ['quiet days', { variant: 'quiet', detected: null, lostUsdWithoutFirebreak: 0 }, 0n, true],
    ['quiet days with a needless brake', { variant: 'quiet', falseActions: 1 }, 0n, false],
    [
      'a knowing attack whose first transaction took something',
      { variant: 'aware', lostUsd: 60, lostAfterBrakeUsd: 0 },
      60n * 10n ** 18n,
      true,
    ],
    ['a knowing attack that takes more', { variant: 'aware', lostUsd: 60.01, lostAfterBrakeUsd: 0 }, 60n * 10n ** 18n, false],
    ['a knowing attack that takes anything after the brake', { variant: 'aware', lostAfterBrakeUsd: 0.01 }, 0n, false],
    ['an attack in a flood that takes nothing', { variant: 'flood' }, 0n, true],
    ['an attack in a flood that takes a cent', { variant: 'flood', lostUsd: 0.01 }, 60n * 10n ** 18n, false],
    ['grief that somebody paid for', { variant: 'grief', lostUsd: 1 }, 0n, false],
  ])('%s', (_, change, firstLoss, passed) => {
    expect(verdictOn({ ...result, ...change }, firstLoss)).toHaveLength(passed ? 0 : 1)
  })

  it('rounds up, so that only nothing is nothing', () => {
    expect([usd(0n), usd(1n), usd(10n ** 18n)]).toEqual([0, 0.01, 1])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef, tick } from '../../test/support/moments.ts'
import { blockAt, holds, live, pendingOn } from '../../test/support/toy-engine.ts'
import { other, plan, second, usdc } from '../../test/support/toy-scene.ts'
import { attackTx, pool } from '../../test/support/toy.ts'
import { canonical } from '../base/canonical.ts'
import type { Input } from './inputs.ts'

describe('the same inputs', () => {
  const percent = fc.constantFrom(0n, 0n, 0n, 40n, 90n, 101n)
  const values = fc.record({
    drain: percent,
    elsewhere: percent,
    flash: percent,
    lasts: percent,
    [usdc]: fc.constantFrom(1_000_000n, 400_000n, undefined),
    'narrow holds': fc.constantFrom(0n, 1n, undefined),
  })
  const number = fc.integer({ min: 1, max: 14 })
  const branch = fc.constantFrom(0, 0, 0, 1)
  const txs = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 3 })
  const touched = (numbers: readonly number[]) => numbers.map((n) => ({ tx: attackTx(n), touches: n % 2 === 0 ? [pool] : [other] }))
  const story = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('block' as const), number, branch, values, txs }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('pending' as const),
          number,
          values,
          tx: fc.integer({ min: 1, max: 6 }),
          ok: fc.boolean(),
        }),
      },
      fc.record({ kind: fc.constant('tick' as const) }),
      fc.record({ kind: fc.constant('retraction' as const), number }),
      fc.record({
        kind: fc.constant('news' as const),
        which: fc.nat(3),
        what: fc.constantFrom('holding' as const, 'lost' as const, 'released' as const, 'exhausted' as const),
      }),
      fc.record({ kind: fc.constant('order' as const), order: fc.constantFrom('pull' as const, 'release' as const) }),
      fc.record({ kind: fc.constant('people' as const), order: fc.constantFrom('ack' as const, 'dismiss' as const), which: fc.nat(3) }),
      fc.record({
        kind: fc.constant('arming' as const),
        order: fc.constantFrom('disarm' as const, 'arm' as const),
        brake: fc.constantFrom('narrow', undefined),
      }),
    ),
    { maxLength: 25 },
  )
  type Step = typeof story extends fc.Arbitrary<readonly (infer step)[]> ? step : never

  function play(steps: readonly Step[]): readonly string[] {
    const life = live(plan, (_, pulled, trial) => [
      pulled.includes('wide') || (pulled.includes('narrow') && trial.base.number % 2n === 0n) ? [0n] : [600_000n],
    ])
    const lines: string[] = []
    const dismissed = new Set<string>()
    for (const [i, step] of steps.entries()) {
      const at = 1_000 * i
      const news = (): Input | undefined => {
        if (step.kind !== 'news') return undefined
        const desire = life.wanted()[step.which]
        if (!desire) return undefined
        if (step.what === 'holding') return holds(desire, second.block, at)
        return {
          kind: 'desire',
          at,
          desire: desire.id,
          news: step.what === 'released' ? { kind: 'released', tx: undefined } : { kind: step.what, why: 'so it is' },
        }
      }
      const input = (): Input | undefined => {
        switch (step.kind) {
          case 'block':
            return { kind: 'happening', at, happening: blockAt(plan, step.number, step.values, touched(step.txs), step.branch) }
          case 'pending':
            return {
              kind: 'happening',
              at,
              happening: pendingOn(plan, blockAt(plan, step.number), attackTx(step.tx), step.values, {
                includable: step.ok ? { ok: true } : { ok: false, why: 'no' },
              }),
            }
          case 'tick':
            return { kind: 'happening', at, happening: tick(1, 1) }
          case 'retraction':
            return {
              kind: 'happening',
              at,
              happening: {
                kind: 'retraction',
                chain: 'test',
                dropped: [blockRef(step.number * 12, BigInt(step.number))],
                head: blockRef((step.number - 1) * 12, BigInt(step.number - 1)),
              },
            }
          case 'news':
            return news()
          case 'order':
            return { kind: 'order', at, order: step.order, brake: 'narrow', by: 'ann', because: 'so' }
          case 'people': {
            const incident = life.incidents()[step.which]
            if (!incident) return undefined
            if (step.order === 'dismiss') dismissed.add(life.incidents().find((one) => one.id === incident.mergedInto)?.id ?? incident.id)
            return { kind: 'order', at, order: step.order, incident: incident.id, by: 'ann', because: 'so' }
          }
          case 'arming':
            return { kind: 'order', at, order: step.order, brake: step.brake, by: 'ann', because: 'so' }
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
      // What people dismissed is over, and nothing is wanted for it.
      for (const one of life.incidents()) if (dismissed.has(one.id)) expect(['closed', 'merged']).toContain(one.status)
      for (const desire of life.core.desires())
        if (dismissed.has(desire.incident ?? '')) expect(['wanted', 'holding']).not.toContain(desire.status)
      for (const desire of life.core.desires())
        if (desire.incident) expect(life.incidents().find((one) => one.id === desire.incident)?.status).not.toBe('merged')
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

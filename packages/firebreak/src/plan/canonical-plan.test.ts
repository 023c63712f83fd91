import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addresses, mainnet, pool, samplePlan } from '../../test/plan-types/sample.ts'
import { encoders } from '../../test/plan-types/settle.ts'
import { invariant, key, keystore, env } from '../index.ts'
import type { Sources } from './canonical-plan.ts'
import type { PlanDefinition } from './define.ts'
import { resolvePlan } from './resolve.ts'

const sources: Sources = {
  directory: '/here',
  files: [
    { path: 'plan.ts', sha256: `0x${'11'.repeat(32)}` },
    { path: 'abis/pool.ts', sha256: `0x${'22'.repeat(32)}` },
  ],
  packages: [{ name: 'firebreak', version: '0.1.0' }],
}
const settle = (plan: PlanDefinition, from = sources) => resolvePlan(plan, encoders, from).plan
const hash = settle(samplePlan).hash

/** The same object with its keys in an order that the numbers decide, all the way down where objects are plain. */
function shuffled<value>(value: value, seeds: readonly number[]): value {
  let next = 0
  const visit = (item: unknown, depth: number): unknown => {
    if (typeof item !== 'object' || item === null || Array.isArray(item) || depth > 2 || 'build' in item || ('kind' in item && depth > 1))
      return item
    const entries = Object.entries(item).map(([name, field]) => ({ name, field, rank: seeds[next++ % seeds.length] ?? 0 }))
    return Object.fromEntries(entries.toSorted((a, b) => a.rank - b.rank).map(({ name, field }) => [name, visit(field, depth + 1)]))
  }
  return visit(value, 0) as value
}

describe('the hash of a plan', () => {
  it('does not depend on the order of keys, files or packages, nor on the folder', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 5, maxLength: 40 }), fc.string(), (seeds, directory) => {
        const plan = settle(shuffled(samplePlan, seeds), { ...sources, directory, files: sources.files.toReversed() })
        expect(plan.hash).toBe(hash)
        // Equal hashes mean equal plans: what follows from one follows from the other.
        expect(plan.brakes.map(({ name }) => name)).toEqual(settle(samplePlan).brakes.map(({ name }) => name))
      }),
      { numRuns: 50 },
    )
  })

  const { freezeUsdc } = samplePlan.brakes
  const { sentinel } = samplePlan.authorities
  if (!freezeUsdc || !sentinel) throw new Error('the sample lost its parts')
  const brake = (change: object): PlanDefinition => ({
    ...samplePlan,
    brakes: { ...samplePlan.brakes, freezeUsdc: { ...freezeUsdc, ...change } },
  })
  const changes: readonly (readonly [string, PlanDefinition, Sources?])[] = [
    ['the name', { ...samplePlan, name: 'other' }],
    ['calldata', brake({ call: pool.write.setFrozen(addresses.weth, true) })],
    ['the undo', brake({ undo: undefined })],
    ['a duration', brake({ lasts: '5h' })],
    ['a cost', brake({ falsePauseCosts: '$501/h' })],
    ['a brake removed from a rule', { ...samplePlan, respond: (on) => [on('drain').pull('pausePool').automatically({ atMost: '2/day' })] }],
    [
      'the order within a rule',
      {
        ...samplePlan,
        respond: (on) => [
          on('solvent', 'drain').pull('pausePool', 'freezeUsdc').automatically({ atMost: '2/day', coolDown: '10m' }),
          on('drain').propose('capUsdc').to('sentinel'),
        ],
      },
    ],
    ['a bound', { ...samplePlan, bounds: { tolerates: '$1' } }],
    [
      'a watch',
      {
        ...samplePlan,
        watch: { ...samplePlan.watch, solvent: invariant({ assets: pool.read.totalAssets() }, () => true, { likelihood: 0.5 }) },
      },
    ],
    [
      'where a secret is found',
      { ...samplePlan, authorities: { sentinel: key({ ...sentinel, signer: keystore('keys/other.json', env('SENTINEL_PASSWORD')) }) } },
    ],
    [
      'an address',
      { ...samplePlan, contracts: { ...samplePlan.contracts, pool: mainnet.at('0x2222222222222222222222222222222222222222', pool.abi) } },
    ],
    ['a file', samplePlan, { ...sources, files: [{ path: 'plan.ts', sha256: `0x${'33'.repeat(32)}` }] }],
    ['a package', samplePlan, { ...sources, packages: [{ name: 'firebreak', version: '0.2.0' }] }],
  ]
  it.each(changes.map(([what, plan, from]) => ({ what, plan, from: from ?? sources })))('changes with $what', ({ plan, from }) => {
    expect(settle(plan, from).hash).not.toBe(hash)
  })

  it('does not change with what says the same: a default that is spelled out, an address in lower case, ./ before a path', () => {
    expect(settle(brake({ lasts: '240m', atMostPulls: 3 })).hash).toBe(hash)
    expect(settle({ ...samplePlan, bounds: { tolerates: '$0', quiet: '60m' } }).hash).toBe(hash)
    const signer = keystore('./keys/sentinel.json', env('SENTINEL_PASSWORD'))
    expect(
      settle({ ...samplePlan, authorities: { sentinel: key({ ...sentinel, signer, address: addresses.sentinel.toLowerCase() as '0x' }) } })
        .hash,
    ).toBe(hash)
  })

  it('covers a form that names places of secrets only, and no folder of this machine', () => {
    const { canonical } = settle(samplePlan, { ...sources, directory: '/home/someone/secret-project' })
    expect(canonical).toContain('OUR_NODE')
    expect(canonical).toContain('keys/sentinel.json')
    expect(canonical).not.toContain('someone')
  })

  it('takes any option that a user puts into a detector', () => {
    const odd = {
      kind: 'odd',
      options: { f: () => 1, s: Symbol('x'), n: Number.NaN, m: new Map([[1, pool]]), list: [undefined, 1n] },
      build: samplePlan.watch.solvent?.build ?? (() => []),
    }
    const plan: PlanDefinition = { ...samplePlan, watch: { ...samplePlan.watch, odd } }
    expect(settle(plan).hash).toBe(settle(plan).hash)
  })
})

import { describe, expect, it } from 'vitest'
import { addresses, ethUsd, mainnet, pool, poolAbi, samplePlan, usdc } from '../../test/plan-types/sample.ts'
import { changed, faultsOf, withBrake } from '../../test/plan-types/settle.ts'
import type { Watch } from '../model/detector.ts'
import { env, evm, feed, is, outflow } from '../index.ts'
import { checkActors } from './resolve/rules.ts'
import { reporter } from './resolve/report.ts'

const pathsOf = (plan: unknown): readonly string[] =>
  faultsOf(plan)
    .map((fault) => fault.path)
    .toSorted()

describe('a wrong plan', () => {
  it('gets ten faults for ten mistakes, each with its path', () => {
    const other = evm('mainnet', { id: 5, rpc: env('OTHER') }).at('0x2222222222222222222222222222222222222222', poolAbi)
    const plan = {
      ...samplePlan,
      contracts: { pool, usdc, ethUsd, other, wrong: mainnet.at('0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB49', poolAbi) },
      assets: { ...samplePlan.assets, weth: { ...samplePlan.assets?.weth, price: feed(ethUsd.read.latestAnswer(), { decimals: 99 }) } },
      watch: {
        ...samplePlan.watch,
        deep: {
          kind: 'own',
          options: {},
          build: () => [{ path: 'window', wrong: 'is too short', mend: 'make it longer' }],
        } satisfies Watch,
      },
      brakes: {
        ...samplePlan.brakes,
        freezeUsdc: { ...samplePlan.brakes.freezeUsdc, lasts: '4 hours', by: 'sentinl' },
        pausePool: {
          ...samplePlan.brakes.pausePool,
          holds: pool.read.totalAssets(),
          call: (pool.write as unknown as Record<string, (...args: unknown[]) => unknown>).setFrozen?.('0x12', true),
        },
      },
      respond: (on: (...names: string[]) => { pull: (...names: string[]) => { automatically: (limits: object) => unknown } }) => [
        on('solvnt').pull('pausePool').automatically({ atMost: '2/day' }),
        on('drain').pull('pausePool').automatically({ atMost: '2/daily' }),
      ],
    }
    const faults = faultsOf(plan)
    expect(faults.map((fault) => fault.path).toSorted()).toEqual([
      'assets.weth.price.decimals',
      'brakes.freezeUsdc.by',
      'brakes.freezeUsdc.lasts',
      'brakes.pausePool.call',
      'brakes.pausePool.holds',
      'chains.mainnet',
      'contracts.wrong.address',
      'respond[0].on',
      'respond[1].automatically.atMost',
      'watch.deep.window',
    ])
    expect(faults.every((fault) => fault.wrong !== '' && fault.mend !== '')).toBe(true)
    expect(faults.find((fault) => fault.path === 'respond[0].on')?.mend).toBe("did you mean 'solvent'?")
    expect(faults.find((fault) => fault.path === 'brakes.freezeUsdc.by')?.mend).toBe("did you mean 'sentinel'?")
  })

  it('suggests a function that the ABI has', () => {
    const typo = (pool.read as unknown as Record<string, () => unknown>).pausd?.()
    expect(faultsOf(withBrake({ holds: typo }))).toEqual([
      { path: 'brakes.pausePool.holds', wrong: "the ABI has no read function 'pausd'", mend: "did you mean 'paused'?" },
    ])
  })

  const elsewhere = evm('base', { id: 8453, rpc: env('BASE') })
  const poolThere = elsewhere.at('0x3333333333333333333333333333333333333333', poolAbi)
  const contracts = { ...samplePlan.contracts, poolThere }
  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['no plan at all', { kind: 'plan' }, ['authorities', 'brakes', 'contracts', 'name', 'respond', 'watch']],
    [
      'the zero address',
      changed('contracts', { zero: mainnet.at('0x0000000000000000000000000000000000000000', poolAbi) }),
      ['contracts.zero.address'],
    ],
    ['one contract under two names', changed('contracts', { twin: mainnet.at(addresses.pool, poolAbi) }), ['contracts.twin']],
    [
      'a contract on no chain',
      changed('contracts', { lost: { ...pool, address: addresses.weth, home: { name: 'moon' } } }),
      ['contracts.lost'],
    ],
    ['a contract without functions', changed('contracts', { empty: mainnet.at(addresses.weth, []) }), ['contracts.empty.abi']],
    ['a field that nobody reads', withBrake({ last: '4h' }), ['brakes.pausePool.last']],
    ['a cost without its unit', withBrake({ falsePauseCosts: '$9000' }), ['brakes.pausePool.falsePauseCosts']],
    ['pulls that are no number', withBrake({ atMostPulls: 0 }), ['brakes.pausePool.atMostPulls']],
    ['a brake of nobody', withBrake({ by: [] }), ['brakes.pausePool.by']],
    ['an authority named twice', withBrake({ by: ['sentinel', 'sentinel'] }), ['brakes.pausePool.by']],
    [
      'a lever that is no number',
      withBrake({ lever: { read: pool.read.paused(), restrictsWhen: 'down' } }),
      ['brakes.pausePool.lever.read', 'brakes.pausePool.lever.restrictsWhen'],
    ],
    ['a tuple as condition', withBrake({ holds: pool.read.reserve() }), ['brakes.pausePool.holds']],
    ['a comparison with another type', withBrake({ holds: is(pool.read.paused(), 1n as unknown as boolean) }), ['brakes.pausePool.holds']],
    ['a brake on two chains', { ...withBrake({ holds: poolThere.read.paused() }), contracts }, ['brakes.pausePool.holds']],
    ['an undo on another chain', { ...withBrake({ undo: poolThere.write.unpause() }), contracts }, ['brakes.pausePool.undo']],
    [
      'an authority of another chain',
      { ...withBrake({ call: poolThere.write.pause(), holds: poolThere.read.paused() }), contracts },
      ['brakes.pausePool.by'],
    ],
    ['a chain that is not in the plan', withBrake({ call: poolThere.write.pause(), holds: pool.read.paused() }), ['brakes.pausePool.call']],
    ['a read as call', withBrake({ call: pool.read.paused() }), ['brakes.pausePool.call']],
    ['a write as condition', withBrake({ holds: pool.write.pause() }), ['brakes.pausePool.holds']],
    ['a reserved watch name', changed('watch', { firebreak: samplePlan.watch.solvent }), ['watch.firebreak']],
    [
      'a watch that throws',
      changed('watch', {
        odd: {
          kind: 'odd',
          options: {},
          build: () => {
            throw new Error('no')
          },
        },
      }),
      ['watch.odd'],
    ],
    ['no watch', { ...samplePlan, watch: {}, respond: () => [] }, ['watch']],
    [
      'a rule without watches',
      {
        ...samplePlan,
        respond: (on: () => { pull: (b: string) => { automatically: (l: object) => unknown } }) => [
          on().pull('pausePool').automatically({ atMost: '1/day' }),
        ],
      },
      ['respond[0].on'],
    ],
    [
      'an unfinished rule',
      { ...samplePlan, respond: (on: (w: string) => { pull: (b: string) => unknown }) => [on('drain').pull('pausePool')] },
      ['respond[0]'],
    ],
    [
      'a proposal to nobody',
      {
        ...samplePlan,
        respond: (on: (w: string) => { propose: (b: string) => { to: (a: string) => unknown } }) => [
          on('drain').propose('pausePool').to('council'),
        ],
      },
      ['respond[0].to'],
    ],
    [
      'rules that throw',
      {
        ...samplePlan,
        respond: () => {
          throw new TypeError('on is not a function')
        },
      },
      ['respond'],
    ],
    [
      'bounds of the wrong kind',
      { ...samplePlan, bounds: { tolerates: '5', untested: 'ignore', priceWindow: 1.5, spend: '200%', keepGas: 'some', quiet: '0h' } },
      ['bounds.keepGas', 'bounds.priceWindow', 'bounds.quiet', 'bounds.spend', 'bounds.tolerates', 'bounds.untested'],
    ],
    ['one token as two assets', changed('assets', { usd: samplePlan.assets?.usdc }), ['assets.usdc.token']],
    ['a holder named twice', changed('assets', { usdc: { ...samplePlan.assets?.usdc, heldBy: [pool, pool] } }), ['assets.usdc.heldBy[1]']],
    [
      'a price of nothing',
      changed('assets', { usdc: { ...samplePlan.assets?.usdc, price: { kind: 'fixed', dollars: '$0' } } }),
      ['assets.usdc.price'],
    ],
    [
      'an asset of nothing, and a watch of it',
      changed('assets', { usdc: { ...samplePlan.assets?.usdc, token: undefined } }),
      ['assets.usdc.token'],
    ],
  ]
  it.each(cases)('%s', (_, plan, paths) => {
    expect(pathsOf(plan)).toEqual(paths)
  })

  it('a wrong address is told where it is declared, and not again by the watches that use it', () => {
    const wrong = mainnet.at('0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB49', poolAbi)
    const plan = {
      ...changed('watch', { drained: outflow({ from: wrong, asset: 'usdc', window: '10m', above: '5%' }) }),
      contracts: { pool, usdc, ethUsd, wrong },
    }
    expect(pathsOf(plan)).toEqual(['contracts.wrong.address'])
  })

  it('an entry of the wrong kind says what belongs there', () => {
    const faults = faultsOf({ ...samplePlan, watch: { ...samplePlan.watch, odd: 5 }, brakes: { ...samplePlan.brakes, odd: null } })
    expect(faults).toEqual([
      { path: 'watch.odd', wrong: 'is 5', mend: 'write invariant(…), outflow(…) or another detector' },
      { path: 'brakes.odd', wrong: 'is null', mend: expect.stringContaining('call: pool.write.pause()') },
    ])
  })

  it('a brake that nobody can pull without people is a fault of an automatic rule', () => {
    const { faults, report } = reporter()
    const rule = { watches: ['a'], brakes: ['b'], act: { kind: 'automatically' as const, atMost: { count: 1, perMs: 1 }, coolDownMs: 0 } }
    checkActors({ report }, [rule], [{ name: 'b', by: [] }], [])
    expect(faults.map((fault) => fault.path)).toEqual(['respond[0].pull'])
  })
})

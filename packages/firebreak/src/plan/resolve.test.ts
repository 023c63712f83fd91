import { describe, expect, it } from 'vitest'
import { addresses, mainnet, pool, poolAbi, samplePlan } from '../../test/plan-types/sample.ts'
import { changed, encoders, faultsOf, withBrake } from '../../test/plan-types/settle.ts'
import { env, evm, is, keystore } from '../index.ts'
import { resolvePlan } from './resolve.ts'

describe('a sound plan', () => {
  const { plan, warnings } = resolvePlan(samplePlan, encoders)

  it('is settled with all its defaults', () => {
    expect(warnings).toEqual([])
    expect(plan.chains).toEqual([
      {
        name: 'mainnet',
        id: 1,
        endpoints: [{ url: { kind: 'env', name: 'OUR_NODE' }, operator: 'ours' }],
        agreement: { aloneAfterMs: 300, aloneUpTo: 100_000n * 10n ** 18n },
        profile: { mempool: 'public', sequencer: undefined },
        finality: 64,
      },
    ])
    expect(plan.bounds).toEqual({
      tolerates: 0n,
      untested: 'report',
      priceWindowBlocks: 100,
      feeShareBps: 500,
      feeReserveWei: 5n * 10n ** 16n,
      quietMs: 3_600_000,
    })
    const freeze = plan.brakes.find((candidate) => candidate.name === 'freezeUsdc')
    expect(freeze).toMatchObject({
      chain: 'mainnet',
      by: ['sentinel'],
      costPerHour: 500n * 10n ** 18n,
      lastsMs: 14_400_000,
      owner: 'risk-team',
      atMostPulls: 3,
    })
    expect(freeze?.calls[0]?.label).toBe('pool.setFrozen(usdc, true)')
    expect(plan.rules[0]).toEqual({
      watches: ['solvent', 'drain'],
      brakes: ['freezeUsdc', 'pausePool'],
      act: { kind: 'automatically', atMost: { count: 2, perMs: 86_400_000 }, coolDownMs: 600_000 },
    })
    expect(plan.rules[1]?.act).toEqual({ kind: 'propose', to: 'sentinel' })
  })

  it('names what each holder holds, coins included', () => {
    expect(plan.holdings.map(({ asset, holder }) => [asset, holder])).toEqual([
      ['ether', addresses.pool],
      ['usdc', addresses.pool],
      ['weth', addresses.pool],
    ])
    expect(plan.holdings[1]?.balance.label).toBe('usdc of pool')
  })

  it('compares small integers as bigints', () => {
    const settled = resolvePlan(withBrake({ holds: is(pool.read.mode(), 2) }) as typeof samplePlan, encoders).plan
    const holds = settled.brakes.find(({ name }) => name === 'pausePool')?.holds
    expect(holds?.wanted).toEqual({ kind: 'is', value: 2n })
    const answers = new Map([[holds?.probe.key ?? '', { ok: true as const, data: `0x${'2'.padStart(64, '0')}` as const }]])
    expect(holds?.probe.of({ answers })).toEqual({ ok: true, value: 2n })
  })

  it('checksums addresses that a condition compares with', () => {
    const settled = resolvePlan(
      withBrake({ holds: is(pool.read.guardian(), addresses.sentinel.toLowerCase() as '0x') }) as typeof samplePlan,
      encoders,
    ).plan
    expect(settled.brakes.find(({ name }) => name === 'pausePool')?.holds.wanted).toEqual({ kind: 'is', value: addresses.sentinel })
  })
})

describe('warnings', () => {
  it('name what is never used and what is for local use only', () => {
    const plan = {
      ...changed('authorities', { spare: { kind: 'key', address: addresses.weth, signer: env('SPARE'), chain: mainnet } }),
      assets: undefined,
      watch: { solvent: samplePlan.watch.solvent },
      respond: () => [],
    }
    const { warnings } = resolvePlan(plan as unknown as typeof samplePlan, encoders)
    expect(warnings.map((warning) => warning.path).toSorted()).toEqual([
      'assets',
      'authorities.spare',
      'authorities.spare.signer',
      'brakes.capUsdc',
      'brakes.freezeUsdc',
      'brakes.pausePool',
      'watch.solvent',
    ])
  })
})

describe('secrets', () => {
  const secret = `0x${'ab'.repeat(32)}`
  const url = 'https://node.example/v2/s3cr3t-api-key'
  it('that are written into a plan are refused and never shown', () => {
    const chain = evm('mainnet', { id: 1, rpc: url as unknown as ReturnType<typeof env> })
    const plan = {
      ...changed('authorities', {
        a: { kind: 'key', address: secret, signer: secret, chain: mainnet },
        b: { kind: 'key', address: addresses.weth, signer: env(secret), chain: mainnet },
        c: { kind: 'key', address: addresses.feed, signer: keystore(url, env(secret.slice(2))), chain: mainnet },
      }),
      contracts: { pool: chain.at(addresses.pool, poolAbi) },
      name: { secret },
      bounds: { quiet: url },
    }
    const faults = faultsOf(plan)
    expect(faults.length).toBeGreaterThan(5)
    const said = JSON.stringify(faults)
    expect(said).not.toContain('abababab')
    expect(said).not.toContain('s3cr3t')
  })

  it('passed as an argument are not quoted by the codec', () => {
    const call = (pool.write as unknown as Record<string, (...args: unknown[]) => unknown>).setFrozen?.(secret, true)
    expect(JSON.stringify(faultsOf(withBrake({ call })))).not.toContain('abababab')
  })
})

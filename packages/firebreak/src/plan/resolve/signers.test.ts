import { describe, expect, test } from 'vitest'
import { addresses, mainnet, samplePlan } from '../../../test/plan-types/sample.ts'
import { changed, encoders, faultsOf } from '../../../test/plan-types/settle.ts'
import { awsKms, env, evm, file, key, keystore, remote } from '../../index.ts'
import type { KeyAuthority } from '../../model/brake.ts'
import type { ResolvedPlan } from '../../model/plan.ts'
import { resolvePlan } from '../resolve.ts'

const settled = (plan: unknown): ResolvedPlan => resolvePlan(plan as typeof samplePlan, encoders).plan
const [oldKey, newKey] = ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8', '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'] as const
const withKey = (sentinel: unknown): unknown => changed('authorities', { sentinel })
const keyIn = (plan: unknown, name = 'sentinel'): KeyAuthority | undefined =>
  settled(plan).authorities.find((one): one is KeyAuthority => one.name === name && one.kind === 'key')
const faults = (plan: unknown): readonly string[] => faultsOf(plan).map(({ path }) => path)

describe('a signer elsewhere', () => {
  test('is settled with its patience', () => {
    expect(keyIn(withKey(key({ address: oldKey, signer: remote({ url: env('SIGNER_URL') }), chain: mainnet })))?.signer).toEqual({
      kind: 'remote',
      url: { kind: 'env', name: 'SIGNER_URL' },
      token: undefined,
      answersWithinMs: 3_000,
    })
    const kms = awsKms({ keyId: env('KMS_KEY'), region: 'eu-central-1', sessionToken: file('token'), answersWithin: '1s' })
    expect(keyIn(withKey(key({ address: oldKey, signer: kms, chain: mainnet })))?.signer).toEqual({
      kind: 'awsKms',
      keyId: { kind: 'env', name: 'KMS_KEY' },
      region: 'eu-central-1',
      endpoint: undefined,
      accessKeyId: { kind: 'env', name: 'AWS_ACCESS_KEY_ID' },
      secretAccessKey: { kind: 'env', name: 'AWS_SECRET_ACCESS_KEY' },
      sessionToken: { kind: 'file', path: 'token' },
      answersWithinMs: 1_000,
    })
  })

  test.each([
    [remote({ url: 'https://signer.example/key' as never }), ['authorities.sentinel.signer.url']],
    [{ ...remote({ url: env('A') }), key: 1 }, ['authorities.sentinel.signer.key']],
    [remote({ url: env('A'), answersWithin: '1m' }), ['authorities.sentinel.signer.answersWithin']],
    [remote({ url: env('A'), token: keystore('a', env('B')) as never }), ['authorities.sentinel.signer.token']],
    [awsKms({ keyId: env('A'), region: 'Frankfurt' }), ['authorities.sentinel.signer.region']],
    [awsKms({ keyId: 'alias/x' as never, region: 'us-east-1' }), ['authorities.sentinel.signer.keyId']],
    [awsKms({ keyId: env('A'), region: 'us-gov-west-1', endpoint: 'x' as never }), ['authorities.sentinel.signer.endpoint']],
  ])('with a fault in it is refused at its place: %o', (signer, at) => {
    expect(faults(withKey({ kind: 'key', address: oldKey, signer, chain: mainnet }))).toEqual(at)
  })
})

describe('the key that takes another’s place', () => {
  const next = { address: newKey, signer: keystore('keys/new.json', env('NEW')) }
  const both = withKey(key({ address: oldKey, signer: keystore('keys/old.json', env('OLD')), chain: mainnet, next }))

  test('is an authority of its own, and second wherever the first is named', () => {
    expect(keyIn(both, 'sentinel.next')).toMatchObject({
      address: newKey,
      chain: 'mainnet',
      signer: { kind: 'keystore', path: 'keys/new.json' },
    })
    const before = settled(samplePlan).brakes
    for (const [i, { name, by }] of settled(both).brakes.entries())
      expect([name, by]).toEqual([name, (before[i]?.by ?? []).flatMap((one) => (one === 'sentinel' ? [one, 'sentinel.next'] : [one]))])
    expect(settled(both).brakes.some(({ by }) => by.includes('sentinel.next'))).toBe(true)
  })

  test.each([
    [{ ...next, address: oldKey }, ['authorities.sentinel.next.address']],
    [{ ...next, chain: mainnet }, ['authorities.sentinel.next.chain']],
    [{ address: newKey }, ['authorities.sentinel.next.signer']],
    ['sentinel2', ['authorities.sentinel.next']],
  ])('with a fault in it is refused at its place: %o', (given, at) => {
    expect(faults(withKey({ kind: 'key', address: oldKey, signer: keystore('a', env('OLD')), chain: mainnet, next: given }))).toEqual(at)
  })

  test('does not take a name that another authority has', () => {
    const sentinel = { kind: 'key', address: oldKey, signer: keystore('a', env('OLD')), chain: mainnet, next }
    const other = key({ address: newKey, signer: keystore('b', env('B')), chain: mainnet })
    expect(faults(changed('authorities', { sentinel, 'sentinel.next': other }))).toEqual(['authorities.sentinel.next'])
  })
})

describe('a private relay', () => {
  const withRelay = (relay: unknown): unknown => {
    const chain = evm('side', { id: 10, rpc: env('SIDE'), relay: relay as never })
    return changed('authorities', { side: key({ address: addresses.weth, signer: keystore('a', env('B')), chain }) })
  }

  test('is settled with its defaults, and absent where the plan names none', () => {
    const plan = settled(withRelay({ url: env('RELAY_URL') }))
    expect(plan.chains.find((one) => one.name === 'side')?.relay).toEqual({
      url: { kind: 'env', name: 'RELAY_URL' },
      kind: 'private-transaction',
      publicAfter: 3,
      auth: undefined,
    })
    expect(plan.chains.find((one) => one.name === 'mainnet')).not.toHaveProperty('relay')
  })

  test.each([
    [{ url: 'https://relay.example' }, ['chains.side.relay.url']],
    [{ url: env('A'), kind: 'blobs' }, ['chains.side.relay.kind']],
    [{ url: env('A'), publicAfter: 0 }, ['chains.side.relay.publicAfter']],
    [{ url: env('A'), publicAfter: 26 }, ['chains.side.relay.publicAfter']],
    [{ url: env('A'), auth: '0x12' }, ['chains.side.relay.auth']],
    [{ url: env('A'), after: 3 }, ['chains.side.relay.after']],
    ['https://relay.example', ['chains.side.relay']],
  ])('with a fault in it is refused at its place: %o', (given, at) => {
    expect(faults(withRelay(given))).toEqual(at)
  })
})

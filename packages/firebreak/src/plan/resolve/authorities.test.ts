import { describe, expect, test } from 'vitest'
import { balanceProbe } from '../../chain/codec/balance-read.ts'
import { encodeEvent } from '../../chain/codec/event-probe.ts'
import { encodeRead } from '../../chain/codec/encode-read.ts'
import { encodeWrite } from '../../chain/codec/encode-write.ts'
import { invariant } from '../../detectors/invariant.ts'
import { UserError } from '../../model/errors.ts'
import type { ResolvedPlan } from '../../model/plan.ts'
import { key, safe, type SafeOptions } from '../authority.ts'
import { evm } from '../chain.ts'
import { definePlan } from '../define.ts'
import { env } from '../references.ts'
import { resolvePlan } from '../resolve.ts'

const mainnet = evm('mainnet', { id: 1, rpc: env('MAINNET_RPC') })
const other = evm('other', { id: 10, rpc: env('OTHER_RPC') })
const vault = mainnet.at('0x70997970C51812dc3A010C7d01b50e0d17dc79C8', [
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
] as const)
const address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const signer = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'

function plan(options: Partial<SafeOptions> = {}, automatic = false): { readonly plan: ResolvedPlan; readonly warned: readonly string[] } {
  const definition = definePlan({
    name: 'p',
    contracts: { vault },
    watch: { odd: invariant({ paused: vault.read.paused() }, (now) => !now.paused) },
    authorities: {
      sentinel: key({ address: signer, signer: env('KEY'), chain: mainnet }),
      far: key({ address: signer, signer: env('KEY'), chain: other }),
      council: safe({ address, chain: mainnet, executor: 'sentinel', ...options }),
    },
    brakes: { pause: { call: vault.write.pause(), holds: vault.read.paused(), by: 'council', falsePauseCosts: '$1/h' } },
    respond: (on) => [automatic ? on('odd').pull('pause').automatically({ atMost: '1/day' }) : on('odd').propose('pause').to('council')],
  })
  const { plan: settled, warnings } = resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe })
  return { plan: settled, warned: warnings.map((one) => one.path) }
}

const faults = (options: Partial<SafeOptions>, automatic = false): readonly string[] => {
  try {
    plan(options, automatic)
    return []
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.faults.map(({ path }) => path)
  }
}

describe('a Safe', () => {
  test('is settled with its executor’s address, its chain’s id and the field’s signing time', () => {
    expect(plan().plan.authorities.find((one) => one.name === 'council')).toEqual({
      kind: 'safe',
      name: 'council',
      chain: 'mainnet',
      chainId: 1,
      address,
      executor: 'sentinel',
      executorAddress: signer,
      service: undefined,
      serviceKey: undefined,
      multiSend: undefined,
      signersTakeMs: 94 * 60_000,
      known: [],
    })
  })

  test('uses its executor, so that nobody warns of an unused key', () => {
    expect(plan().warned).not.toContain('authorities.sentinel')
    expect(plan().warned).toContain('authorities.far')
  })

  test('has its faults told at their places', () => {
    expect(faults({ executor: 'sentinl' })).toEqual(['authorities.council.executor'])
    expect(faults({ executor: 'far' })).toEqual(['authorities.council.executor'])
    expect(faults({ executor: 'council' })).toEqual(['authorities.council.executor'])
    expect(faults({ signersTake: 'soon' as '1h' })).toEqual(['authorities.council.signersTake'])
    expect(faults({ known: [address, '0x12' as '0x'] })).toEqual(['authorities.council.known[1]'])
    expect(faults({ multiSend: '0x12' as '0x' })).toEqual(['authorities.council.multiSend'])
    expect(faults({ service: 'https://safe.example' as unknown as ReturnType<typeof env> })).toEqual(['authorities.council.service'])
  })

  test('does not act by itself: an automatic rule asks for somebody who can', () => {
    expect(faults({}, true)).toContain('respond[0].pull')
  })
})

import { expect, it } from 'vitest'
import { addresses, mainnet, samplePlan } from '../../test/plan-types/sample.ts'
import { encoders, faultsOf } from '../../test/plan-types/settle.ts'
import { accessManager, evm, env, governor, timelock } from '../index.ts'
import { resolvePlan } from './resolve.ts'

const at = { address: addresses.pool, chain: mainnet, sender: 'sentinel' }
const withAuthorities = (more: object) => ({ ...samplePlan, authorities: { ...samplePlan.authorities, ...more } }) as typeof samplePlan

it('settles timelocks, access managers and governors with the key that they act for', () => {
  const { plan } = resolvePlan(
    withAuthorities({ slow: timelock(at), roles: accessManager(at), dao: governor(at), comp: governor({ ...at, flavour: 'bravo' }) }),
    encoders,
  )
  const key = plan.authorities.find((one) => one.name === 'sentinel')
  const common = { chain: 'mainnet', address: addresses.pool, sender: 'sentinel', senderAddress: key?.address }
  expect(plan.authorities.filter((one) => one.name !== 'sentinel' && 'sender' in one)).toEqual([
    { kind: 'governor', flavour: 'bravo', name: 'comp', ...common },
    { kind: 'governor', flavour: 'openzeppelin', name: 'dao', ...common },
    { kind: 'accessManager', name: 'roles', ...common },
    { kind: 'timelock', name: 'slow', ...common },
  ])
})

it('says what is wrong with them, each with its path', () => {
  const other = evm('other', { id: 5, rpc: env('OTHER') })
  const faults = faultsOf(
    withAuthorities({
      a: { ...timelock(at), sender: undefined },
      b: timelock({ ...at, sender: 'sentinl' }),
      c: { ...governor(at), flavour: 'alpha' },
      d: accessManager({ ...at, chain: other }),
      e: { ...timelock(at), delay: '2d' },
    }),
  )
  expect(faults.map((fault) => fault.path)).toEqual([
    'authorities.a.sender',
    'authorities.b.sender',
    'authorities.c.flavour',
    'authorities.d.sender',
    'authorities.e.delay',
  ])
  expect(faults[1]?.mend).toBe("did you mean 'sentinel'?")
})

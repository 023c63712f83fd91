import { expect, test } from 'vitest'
import { toyPlan } from '../../test/support/toy.ts'
import type { ResolvedChain } from '../model/plan.ts'
import { relayFindings } from './relay.ts'

const [bare] = toyPlan().chains
const chain = (more: Partial<ResolvedChain> = {}): ResolvedChain => {
  if (!bare) throw new Error('the toy plan has a chain')
  return { ...bare, ...more }
}
const relay = { url: { kind: 'env', name: 'RELAY' }, kind: 'bundle', publicAfter: 3, auth: undefined } as const
const says = (...given: Parameters<typeof relayFindings>): string =>
  relayFindings(...given)
    .map((one) => one.says)
    .join()

test('without a relay a brake can be seen, where there is a public mempool at all', () => {
  expect(says(chain(), undefined)).toMatch(/has no private relay: .* the attacker can see it and be ahead of it/)
  expect(says(chain({ profile: { mempool: 'none', sequencer: undefined } }), undefined)).toBe('')
})

test('one that answers is nothing to say; one that does not is', () => {
  expect(says(chain({ relay }), { ok: true })).toBe('')
  expect(says(chain({ relay }), undefined)).toBe('')
  expect(says(chain({ relay }), { ok: false, why: 'cannot be reached (ECONNREFUSED)' })).toMatch(/^its private relay cannot be reached/)
})

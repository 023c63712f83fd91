// What `check` says of endpoints and of kinds of chains.
import { expect, test } from 'vitest'
import type { ResolvedChain } from '../model/plan.ts'
import { endpointFindings, type EndpointFacts } from './endpoints.ts'

const chain = (profile: Partial<ResolvedChain['profile']> = {}): ResolvedChain => ({
  name: 'main',
  id: 1,
  endpoints: [],
  agreement: { aloneAfterMs: 300, aloneUpTo: 0n },
  profile: { mempool: 'public', sequencer: undefined, ...profile },
  finality: 64,
})
const endpoint = (operator: string, more: Partial<EndpointFacts> = {}): EndpointFacts => ({
  name: operator,
  operator,
  reached: true,
  simulates: true,
  proofs: true,
  lacks: [],
  ...more,
})
const says = (...parameters: Parameters<typeof endpointFindings>): string =>
  endpointFindings(...parameters)
    .map((one) => `${one.about} ${one.says}`)
    .join('\n')

test('one endpoint, or one operator, is nobody’s to contradict', () => {
  expect(says(chain(), [endpoint('ours')], undefined)).toContain('main has one endpoint')
  expect(says(chain(), [endpoint('ours'), endpoint('ours')], undefined)).toContain('2 endpoints of one operator')
})

test('three operators who can do everything are nothing to speak of', () => {
  expect(says(chain(), [endpoint('a'), endpoint('b'), endpoint('c')], undefined)).toBe('')
})

test('what each cannot do is told, and where that leaves one operator’s word', () => {
  const lacks = [{ capability: 'simulateV1', cost: 'nothing is proven' }]
  const all = [endpoint('a'), endpoint('b', { simulates: false, proofs: false, lacks }), endpoint('c', { reached: false })]
  expect(says(chain(), all, undefined)).toMatch(/b lacks simulateV1.*\nc cannot be reached\nmain only a can simulate/)
  const blind = all.map((one) => ({ ...one, proofs: false }))
  expect(says(chain(), blind, undefined)).toContain('no endpoint gives proofs')
})

test('a chain without a public mempool, and one with a sequencer', () => {
  const three = [endpoint('a'), endpoint('b'), endpoint('c')]
  expect(says(chain({ mempool: 'none' }), three, undefined)).toContain('no public mempool')
  expect(says(chain({ sequencer: { uptimeFeed: undefined } }), three, undefined)).toContain('no feed is named')
  expect(says(chain({ sequencer: { uptimeFeed: '0x0000000000000000000000000000000000000001' } }), three, false)).toContain(
    'sequencer is down',
  )
})

import { describe, expect, test } from 'vitest'
import { someone, transaction } from '../../test/support/moments.ts'
import type { CallFrame } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { lookouts, looksAtBlock } from './lookouts.ts'

describe('code', () => {
  test.each<[string, Hex, boolean]>([
    ['nothing', '0x', false],
    ['COINBASE', '0x41', true],
    ['TIMESTAMP', '0x600142', true],
    ['PREVRANDAO', '0x5b44', true],
    ['number, gas limit and base fee, which are exact', '0x434548', false],
    ['data of a PUSH1', '0x6041', false],
    ['data of a PUSH32', `0x7f${'41'.repeat(32)}00`, false],
    ['what follows the data', `0x7f${'00'.repeat(32)}42`, true],
    ['data that the code ends in', '0x7f4142', false],
  ])('with %s', (_, code, looks) => {
    expect(looksAtBlock(code)).toBe(looks)
  })
})

describe('a transaction looks at its block when anything that it runs through does', () => {
  const [clock, plain, ours, lender, nobody] = [1, 2, 3, 4, 5].map((n) => someone(n + 1_000_000)) as [
    Address,
    Address,
    Address,
    Address,
    Address,
  ]
  const codes: Readonly<Record<Address, Hex>> = { [clock]: '0x42', [plain]: '0x00', [ours]: '0x42', [lender]: `0xef0100${clock.slice(2)}` }
  const asked: Address[][] = []
  const node = {
    code: async (addresses: readonly Address[]) => {
      asked.push([...addresses])
      return Object.fromEntries(addresses.flatMap((address) => (codes[address] ? [[address, codes[address]]] : [])))
    },
  }
  const frame = (to: Address, kind: CallFrame['kind'] = 'call'): CallFrame => ({
    depth: 1,
    kind,
    from: nobody,
    to,
    selector: '0x',
    value: 0n,
    failed: false,
  })
  const to = (address: Address | undefined) => ({ ...transaction(1, nobody), to: address })

  test('directly, through another contract, or through code that its sender lends itself', async () => {
    const among = lookouts(node, new Set([ours])).among
    expect(await among(to(clock), [], '0x01')).toBe(true)
    expect(await among(to(plain), [], '0x01')).toBe(false)
    expect(await among(to(plain), [frame(plain), frame(clock, 'staticcall')], '0x01')).toBe(true)
    expect(await among(to(lender), [], '0x01')).toBe(true)
  })

  test('and the plan’s own contracts are known', async () => {
    expect(await lookouts(node, new Set([ours])).among(to(ours), [frame(ours)], '0x01')).toBe(false)
  })

  test('and code that comes into being on the way counts as looking', async () => {
    const { among } = lookouts(node, new Set())
    expect(await among(to(undefined), [], '0x01')).toBe(true)
    expect(await among(to(plain), [frame(nobody, 'create')], '0x01')).toBe(true)
  })

  test('asked once: code stays, and where there is none nobody asks twice at one block', async () => {
    asked.length = 0
    const { among } = lookouts(node, new Set())
    for (const at of ['0x01', '0x01', '0x02'] as const) await among(to(nobody), [frame(plain)], at)
    expect(asked).toEqual([[nobody, plain], [nobody]])
  })
})

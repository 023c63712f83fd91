import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MinedBlock } from '../drill/events.ts'
import { timeline } from './timeline.ts'

const plain = (_: unknown, text: string): string => text
const dollar = 10n ** 18n

const tx = fc.record({
  hash: fc.constant<`0x${string}`>('0x01'),
  role: fc.constantFrom('attack' as const, 'brake' as const, 'other' as const),
  ok: fc.boolean(),
})
const block: fc.Arbitrary<MinedBlock> = fc.record({
  number: fc.bigInt(0n, 99_999_999n),
  txs: fc.array(tx, { maxLength: 3 }),
  lost: fc.bigInt(0n, 10n ** 30n),
})

describe('the picture of a few blocks', () => {
  it('draws each block as a box with its transactions in order', () => {
    const blocks: readonly MinedBlock[] = [
      {
        number: 7n,
        txs: [
          { hash: '0x01', role: 'brake', ok: true },
          { hash: '0x02', role: 'attack', ok: false },
        ],
        lost: 0n,
      },
      { number: 8n, txs: [], lost: 5_000n * dollar },
    ]
    expect(timeline(blocks, 80, plain)).toEqual([
      '      ┌─ block 7 ──────────┐┌─ block 8 ─┐',
      '      │ brake ✓   attack ✗ ││           │',
      '      └────────────────────┘└───────────┘',
      'lost    $0                    $5,000',
    ])
  })

  it('never gets wider than it may, and its boxes are closed', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), fc.integer({ min: 20, max: 100 }), (blocks, width) => {
        const [top = '', middle = '', bottom = '', lost = ''] = timeline(blocks, width, plain)
        for (const line of [top, middle, bottom, lost]) expect(line.length).toBeLessThanOrEqual(width)
        expect(middle.length).toBe(top.length)
        expect(bottom.length).toBe(top.length)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countText, short, spanText, timeText, wrapped } from './words.ts'

describe('numbers in words', () => {
  it('writes spans, counts, moments and hashes', () => {
    expect([0, 0.2, 12, 95.4, 150, 5_399, 7_200].map(spanText)).toEqual(['0 s', 'under 1 s', '12 s', '95 s', '2.5 min', '90 min', '2 h'])
    expect([countText(1, 'block'), countText(2n, 'block'), countText(1_000, 'entry', 'entries')]).toEqual([
      '1 block',
      '2 blocks',
      '1,000 entries',
    ])
    expect(timeText(0)).toBe('1970-01-01 00:00:00')
    expect(short(`0x${'ab'.repeat(32)}`)).toBe('0xabababab…abab')
  })

  it('breaks lines without losing a word, and none is wider than it may be unless it is one word', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), fc.integer({ min: 5, max: 40 }), (words, width) => {
        const lines = wrapped(words.join(' '), width)
        expect(lines.join(' ')).toBe(words.join(' '))
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true)
      }),
    )
  })
})

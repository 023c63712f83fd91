import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokenStream, frames } from './frames.ts'

/** Text that an attacker would choose: everything that ends or begins something in JSON. */
const nastyText = fc.oneof(
  fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', '\n', '\r', 'é', '𝔽', ' ', ':', ',') }),
  fc.string({ unit: 'binary' }),
  fc.constant('oops {'),
)
const nastyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    nastyText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(nastyText, tie('value'), { maxKeys: 4 }),
  ),
})).value
/** JSON-RPC messages are objects or arrays. */
const message = fc.oneof(fc.dictionary(nastyText, nastyValue, { maxKeys: 4 }), fc.array(nastyValue, { maxLength: 4 }))

/** How a node may end its messages: compact or indented, with or without a newline. */
const framing = fc.record({ indent: fc.constantFrom(undefined, 2), end: fc.constantFrom('', '\n', '\r\n', ' ', '\n\n') })

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

function read(chunks: readonly Buffer[], limit = 1e9): unknown[] {
  const got: unknown[] = []
  const incoming = frames((value) => got.push(value), limit)
  for (const chunk of chunks) incoming.feed(chunk)
  expect(incoming.unfinished()).toBe(false)
  return got
}

describe('frames', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

  test('gives every message once and in order, however it is framed and cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), framing, sizes, (messages, { indent, end }, cuts) => {
        const bytes = Buffer.from(messages.map((value) => JSON.stringify(value, null, indent) + end).join(''))
        const expected: unknown[] = messages.map((value) => JSON.parse(JSON.stringify(value)))
        expect(read(cut(bytes, cuts))).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  test('gives every message even when the framing changes in the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(message, framing), { maxLength: 12 }), sizes, (parts, cuts) => {
        const bytes = Buffer.from(parts.map(([value, { indent, end }]) => JSON.stringify(value, null, indent) + end).join(''))
        const expected: unknown[] = parts.map(([value]) => JSON.parse(JSON.stringify(value)))
        expect(read(cut(bytes, cuts))).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  test('delivers a message without a newline as soon as its last byte is there', () => {
    const got: unknown[] = []
    const incoming = frames((value) => got.push(value), 1_000)
    incoming.feed(Buffer.from('{"a":"}'))
    expect(got).toEqual([])
    incoming.feed(Buffer.from('"}'))
    expect(got).toEqual([{ a: '}' }])
  })

  test.each(['garbage\n', '{"a":1}}', '{"a":]\n[}', ']'])('says that %j cannot be understood', (text) => {
    expect(() => read([Buffer.from(text)])).toThrow(BrokenStream)
  })

  test('refuses a message that does not end', () => {
    const incoming = frames(() => undefined, 1_000)
    const feed = (): void => {
      for (let turn = 0; turn < 100; turn++) incoming.feed(Buffer.from('{"a":"aaaaaaaaaaaaaaaaaa'))
    }
    expect(feed).toThrow(BrokenStream)
  })

  test.each(['', '\n'])('reads a large answer in time that grows with its size only (ending %j)', (end) => {
    // Every chunk ends with a brace, so each could be the end of the message: reading again from the start would take hours.
    const chunks = [Buffer.from('[{}')]
    for (let n = 0; n < 100_000; n++) chunks.push(Buffer.from(`,{"a":"{${'a'.repeat(30)}}"}`))
    chunks.push(Buffer.from(`]${end}`))
    const got: unknown[] = read(chunks)
    expect(got).toHaveLength(1)
    expect(got[0]).toHaveLength(100_001)
  })
})

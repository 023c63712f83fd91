// Shows that equal values have equal texts, different values different ones, and that every text leads back to its value.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, canonicalHash, NotCanonical, parseCanonical } from './canonical.ts'

const keys = fc.oneof(fc.string(), fc.constantFrom('$n', '$m', '$$n', '$', '__proto__', 'constructor', '0', '10', '9'))
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('{"$n":"1"}', '$n', '\ud800', '\u2028'),
  fc.bigInt(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
  fc.boolean(),
  fc.constant(null),
)
const { values } = fc.letrec<{ values: unknown }>((tie) => ({
  values: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie('values'), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie('values')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
    fc.array(fc.tuple(scalars, tie('values')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    // Shapes that look like our own tags.
    scalars.map((value) => ({ $n: value })),
    tie('values').map((value) => ({ $m: [[value, value]] })),
  ),
}))

/** The same value with every object's and Map's fields in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (value instanceof Map) return new Map([...value].reverse().map(([key, item]) => [key, turned(item)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  )
}

describe('canonical', () => {
  test('leads back to exactly the value it was made from', () => {
    fc.assert(
      fc.property(values, (value) => void expect(parseCanonical(canonical(value))).toEqual(value)),
      { numRuns: 2000 },
    )
  })

  test('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(values, (value) => void expect(canonical(turned(value))).toBe(canonical(value))),
      { numRuns: 1000 },
    )
  })

  test('never gives one text to two values', () => {
    const seen = new Map<string, unknown>()
    fc.assert(
      fc.property(values, (value) => {
        const text = canonical(value)
        if (seen.has(text)) expect(seen.get(text)).toEqual(value)
        seen.set(text, value)
      }),
      { numRuns: 3000 },
    )
  })

  test('is what JSON says for plain JSON with sorted keys', () => {
    expect(canonical({ b: [1, 'x', null], a: { d: true, c: -0 } })).toBe('{"a":{"c":0,"d":true},"b":[1,"x",null]}')
  })

  test('tags bigints and Maps, and marks keys of the user that look like tags', () => {
    expect(
      canonical({
        n: 12n,
        m: new Map([
          ['b', 1],
          ['a', 2],
        ]),
        $n: '12',
      }),
    ).toBe('{"$$n":"12","m":{"$m":[["a",2],["b",1]]},"n":{"$n":"12"}}')
  })

  test('leaves undefined fields out', () => {
    expect(canonical({ a: undefined, b: new Map([['c', undefined]]) })).toBe('{"b":{"$m":[]}}')
    expect(canonicalHash({ a: undefined })).toBe(canonicalHash({}))
  })

  const circle: unknown[] = []
  circle.push(circle)
  test.each([
    [{ a: [1, { b: NaN }] }, 'value.a[1].b'],
    [{ a: Infinity }, 'value.a'],
    [undefined, 'value'],
    [[1, undefined], 'value[1]'],
    [{ a: new Map<string, unknown>([['k', new Uint8Array(2)]]) }, 'value.a.get(k)'],
    [{ when: new Date(0) }, 'value.when'],
    [{ f: () => 1 }, 'value.f'],
    [new Map([[{}, 1]]), 'value'],
    [new Set([1]), 'value'],
  ])('refuses what has no text and says where (%#)', (value, where) => {
    expect(() => canonical(value)).toThrow(NotCanonical)
    expect(() => canonical(value)).toThrow(expect.objectContaining({ where }))
  })

  test('refuses a value that contains itself', () => {
    expect(() => canonical(circle)).toThrow(NotCanonical)
  })
})

describe('parseCanonical', () => {
  test.each(['{"$n":"01"}', '{"$n":1}', '{"$m":[[1]]}', '{"$m":1}', '{"$x":1}', '{"$n":"1","a":2}', '{'])('refuses %s', (text) => {
    expect(() => parseCanonical(text)).toThrow(SyntaxError)
  })
})

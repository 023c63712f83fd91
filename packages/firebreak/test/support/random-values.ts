// Test support: random ABI types with values that fit them.
import fc from 'fast-check'
import { getAddress } from 'viem'
import type { AbiParameter } from 'abitype'

export interface TypedValue {
  readonly parameter: AbiParameter
  readonly value: unknown
}

const hexOf = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`
const bytesOf = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max }).map(hexOf)
const sizes = fc.integer({ min: 1, max: 32 })

/** viem gives numbers up to 48 bits and bigints above. */
const fitting = (bits: number, value: bigint): number | bigint => (bits > 48 ? value : Number(value))
const uint = sizes.chain((size) =>
  fc.bigInt({ min: 0n, max: 2n ** BigInt(size * 8) - 1n }).map((value) => ({ type: `uint${size * 8}`, value: fitting(size * 8, value) })),
)
const int = sizes.chain((size) => {
  const half = 2n ** BigInt(size * 8 - 1)
  return fc.bigInt({ min: -half, max: half - 1n }).map((value) => ({ type: `int${size * 8}`, value: fitting(size * 8, value) }))
})

const wordValue: fc.Arbitrary<{ readonly type: string; readonly value: unknown }> = fc.oneof(
  fc.boolean().map((value) => ({ type: 'bool', value })),
  bytesOf(20, 20).map((value) => ({ type: 'address', value: getAddress(value) })),
  sizes.chain((size) => bytesOf(size, size).map((value) => ({ type: `bytes${size}`, value }))),
  uint,
  int,
)

/** Strings end in a letter: viem takes zero bytes off their end. */
const dynamicValue: fc.Arbitrary<{ readonly type: string; readonly value: unknown }> = fc.oneof(
  fc.string({ maxLength: 50 }).map((text) => ({ type: 'string', value: `${text}.` })),
  bytesOf(0, 70).map((value) => ({ type: 'bytes', value })),
  fc.array(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), { maxLength: 5 }).map((value) => ({ type: 'uint256[]', value })),
)

const leaf = fc.oneof({ weight: 3, arbitrary: wordValue }, { weight: 1, arbitrary: dynamicValue })

const tuple = fc.array(leaf, { minLength: 1, maxLength: 3 }).map((parts) => ({
  type: 'tuple',
  components: parts.map(({ type }, index) => ({ type, name: `part${index}` })),
  value: Object.fromEntries(parts.map(({ value }, index) => [`part${index}`, value])),
}))

const anyValue: fc.Arbitrary<{ readonly type: string; readonly components?: readonly AbiParameter[]; readonly value: unknown }> = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 1, arbitrary: tuple },
)

export const typedValues: fc.Arbitrary<readonly TypedValue[]> = fc
  .array(anyValue, { maxLength: 5 })
  .map((values) => values.map(({ value, ...type }, index) => ({ parameter: { ...type, name: `arg${index}` }, value })))

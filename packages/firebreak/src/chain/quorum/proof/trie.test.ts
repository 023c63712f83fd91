// A proof shows what is in the trie and nothing else: checked against a trie that a library builds.
import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { bytesToHex, hexToBytes, keccak256, numberToHex, toRlp } from 'viem'
import { expect, test } from 'vitest'
import { BadProof, provenValue } from './trie.ts'

const keyOf = (n: number) => keccak256(numberToHex(n, { size: 32 }))
const valueOf = (n: number) => toRlp(numberToHex(n + 1, { size: (n % 40) + 8 }))

test('finds what is there, and proves what is not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 5_000 }),
      async (present, asked) => {
        const trie = await createMPT()
        for (const n of present) await trie.put(hexToBytes(keyOf(n)), hexToBytes(valueOf(n)))
        const nodes = (await createMerkleProof(trie, hexToBytes(keyOf(asked)))).map((node) => bytesToHex(node))
        const found = provenValue(bytesToHex(trie.root()), keyOf(asked), nodes)
        expect(found).toBe(present.includes(asked) ? valueOf(asked) : undefined)
      },
    ),
    { numRuns: 60 },
  )
})

test('is not content with another root, a node that was changed, or one that is missing', async () => {
  const trie = await createMPT()
  for (let n = 0; n < 200; n++) await trie.put(hexToBytes(keyOf(n)), hexToBytes(valueOf(n)))
  const root = bytesToHex(trie.root())
  const nodes = (await createMerkleProof(trie, hexToBytes(keyOf(7)))).map((node) => bytesToHex(node))
  expect(provenValue(root, keyOf(7), nodes)).toBe(valueOf(7))
  expect(() => provenValue(keyOf(1), keyOf(7), nodes)).toThrow(BadProof)
  expect(() => provenValue(root, keyOf(7), nodes.slice(1))).toThrow(BadProof)
  expect(() => provenValue(root, keyOf(7), [])).toThrow(BadProof)
  for (const [i, node] of nodes.entries()) {
    const changed = nodes.with(i, `${node.slice(0, -2)}${node.endsWith('00') ? '01' : '00'}` as `0x${string}`)
    expect(() => provenValue(root, keyOf(7), changed)).toThrow(BadProof)
  }
})

test('an empty trie holds nothing', () => {
  expect(provenValue(keccak256('0x80'), keyOf(1), [])).toBeUndefined()
})

import { expect, test } from 'vitest'
import { knownSecrets } from '../base/secrets.ts'
import type { Effect, Input } from '../engine/inputs.ts'
import { storyOf } from './story.ts'

/** What the screen shows of these signals, each at a block. */
function shown(
  ...signals: readonly { readonly watch?: string; readonly summary?: string; readonly block: bigint; readonly at?: number }[]
) {
  const lines: string[] = []
  const say = (line = ''): void => void lines.push(line)
  const story = storyOf({ json: false, secrets: knownSecrets(), say, note: say, document: () => {}, paint: (_, text) => text })
  for (const { watch = 'solvent', summary = 'no longer holds', block, at = Number(block) * 12_000 } of signals) {
    const body = { watch, summary, likelihood: 0.95, moment: { kind: 'block', block: { number: block } } }
    const effects = [{ kind: 'record', entries: [{ kind: 'signal', at, body }] }] as unknown as readonly Effect[]
    story.onInput({ kind: 'tick', at } as unknown as Input, effects)
  }
  return lines.length
}

test('what lasts from block to block is shown once, and again after ten minutes', () => {
  expect(shown({ block: 1n }, { block: 2n }, { block: 3n })).toBe(1)
  expect(shown(...Array.from({ length: 61 }, (_, i) => ({ block: BigInt(i) })))).toBe(2)
})

test('what stops and comes again, what changes, and what Firebreak says of itself is news', () => {
  expect(shown({ block: 1n }, { block: 5n })).toBe(2)
  expect(shown({ block: 1n }, { block: 2n, summary: 'it is worse' })).toBe(2)
  expect(shown({ watch: 'firebreak', block: 1n }, { watch: 'firebreak', block: 2n })).toBe(2)
})

// Four separate lies, each by one of three and by two of three together: we act rightly or leave it to people, and the liars are named.
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../src/local-chain/rules.ts'
import { forgedHolds, forgedLogs, forgedSimulation, target, withheldBlocks, type Target } from './lies.ts'
import { attack, eventually, privateAttack, proposed, pulled, through, type Seen, type Through } from './scene.ts'

interface Lie {
  readonly name: string
  readonly rule: (at: Target & { after: bigint }) => Rule
  /** Seen waiting, or only once it is in a block. */
  readonly attack: (seen: Seen) => Promise<void>
  readonly lost: bigint
}

const lies: readonly Lie[] = [
  { name: 'forged holds', rule: forgedHolds, attack: privateAttack, lost: 1n },
  { name: 'forged logs', rule: forgedLogs, attack: privateAttack, lost: 1n },
  { name: 'a forged simulation', rule: forgedSimulation, attack, lost: 0n },
  { name: 'withheld blocks', rule: withheldBlocks, attack: privateAttack, lost: 1n },
]

const endpoints = (at: Target & { after: bigint }, lie: Lie, liars: number): readonly Through[] => [
  { operator: 'honest' },
  { operator: 'mallory', rules: [lie.rule(at)] },
  { operator: liars > 1 ? 'oscar' : 'fair', rules: liars > 1 ? [lie.rule(at)] : [] },
]

const named = (seen: Seen, who: string): boolean =>
  seen.signals('disagreement').some((one) => one.summary.includes(who)) || seen.signals('endpoint').some((one) => one.summary.includes(who))

const begin = async (seen: Seen, at: Target & { after: bigint }): Promise<void> => {
  at.vault = seen.scene.vault
  at.after = await seen.scene.head()
  at.on = true
}

describe('one liar among three', () => {
  test.each(lies)(
    '$name: the attack is stopped, and the liar is named',
    async (lie) => {
      const at = { ...target(), after: 0n }
      await through(endpoints(at, lie, 1), {}, async (seen) => {
        await begin(seen, at)
        await lie.attack(seen)
        await eventually(seen, 'a pull', () => pulled(seen))
        await seen.engine.settled()
        await seen.scene.kit.mine()
        await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
        expect(await seen.scene.held()).toBe(seen.scene.whole - (seen.scene.whole / 10n) * lie.lost)
        await eventually(seen, 'the liar to be named', () => named(seen, 'mallory'))
        expect(named(seen, 'honest is') || named(seen, 'fair is')).toBe(false)
      })
    },
    20_000,
  )
})

describe('two of three together', () => {
  test.each(lies)(
    '$name: nothing is done by itself beyond the bound, and people are told',
    async (lie) => {
      const at = { ...target(), after: 0n }
      await through(endpoints(at, lie, 2), {}, async (seen) => {
        await begin(seen, at)
        await lie.attack(seen)
        await eventually(seen, 'a proposal', () => proposed(seen) !== undefined)
        expect(proposed(seen)?.obstacle).toBe('alone')
        expect(pulled(seen)).toBe(false)
        expect(seen.entries().some((entry) => entry.kind === 'receipt')).toBe(false)
      })
    },
    20_000,
  )
})

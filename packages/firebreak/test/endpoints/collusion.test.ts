// Two of three lie together: about a loss that would never be, and where nothing can be proven.
import { expect, test } from 'vitest'
import { encodeFunctionData } from 'viem'

import { forgedSimulation, inventedLoss, noProofs, target } from './lies.ts'
import { attack, eventually, proposed, pulled, through, type Seen } from './scene.ts'

const drain = encodeFunctionData({
  abi: [{ type: 'function', name: 'exploit', stateMutability: 'nonpayable', inputs: [{ type: 'uint256', name: 'amount' }], outputs: [] }],
  args: [100_000n * 10n ** 6n],
})
const harmless = encodeFunctionData({ abi: [{ type: 'function', name: 'greet', stateMutability: 'nonpayable', inputs: [], outputs: [] }] })

const greet = async ({ scene }: Seen): Promise<void> => {
  await scene.kit.broadcast((await scene.call(scene.attacker, 'greet')).raw)
}

test('a loss that two invent is disproved: nothing is done, and both are set aside', async () => {
  const at = target()
  const rules = [inventedLoss(at, harmless, drain)]
  await through([{ operator: 'honest' }, { operator: 'mallory', rules }, { operator: 'oscar', rules }], {}, async (seen) => {
    at.on = true
    await greet(seen)
    await eventually(seen, 'both to be named', () =>
      ['mallory', 'oscar'].every((one) => seen.signals('endpoint').some((said) => said.summary.includes(one))),
    )
    await seen.engine.settled()
    expect(seen.signals('disagreement')[0]?.evidence).toMatchObject({ settledBy: 'proof' })
    expect(seen.decisions()).toEqual([])
  })
}, 20_000)

test('where nothing can be proven, a loss that two invent is left to people', async () => {
  const at = target()
  const rules = [inventedLoss(at, harmless, drain), noProofs]
  await through(
    [
      { operator: 'honest', rules: [noProofs] },
      { operator: 'mallory', rules },
      { operator: 'oscar', rules },
    ],
    {},
    async (seen) => {
      at.on = true
      await greet(seen)
      await eventually(seen, 'a proposal', () => proposed(seen) !== undefined)
      expect(proposed(seen)).toMatchObject({ obstacle: 'alone', alone: 'mallory, oscar' })
      expect(seen.signals('disagreement')[0]?.evidence).toMatchObject({ settledBy: 'nothing' })
      expect(pulled(seen)).toBe(false)
    },
  )
}, 20_000)

test('where nothing can be proven, a loss that two deny is told to people', async () => {
  const at = target()
  const rules = [forgedSimulation(at), noProofs]
  await through(
    [
      { operator: 'honest', rules: [noProofs] },
      { operator: 'mallory', rules },
      { operator: 'oscar', rules },
    ],
    {},
    async (seen) => {
      at.vault = seen.scene.vault
      at.on = true
      await attack(seen)
      await eventually(seen, 'the disagreement', () =>
        seen.signals('disagreement').some((one) => one.summary.includes('nothing') || one.summary.includes('honest')),
      )
      await seen.engine.settled()
      expect(pulled(seen)).toBe(false)
    },
  )
}, 20_000)

// The engine never knows that it is tested: another chain id, other decimals and other addresses give the same decision.
import { expect, test } from 'vitest'
import { recorded, journalOf } from './facts.ts'
import { brakeWaits, onStage } from './run-scene.ts'
import type { SceneOptions } from './scene.ts'

const worlds: readonly SceneOptions[] = [
  { seed: 1, chainId: 31_337, decimals: 6 },
  { seed: 2, chainId: 1, decimals: 18, plan: { name: 'acme-vault' } },
  { seed: 3, chainId: 8_453, decimals: 2 },
]

test('the same decision in every world', async () => {
  const decisions: unknown[] = []
  for (const world of worlds) decisions.push(await decisionIn(world))
  expect(decisions[0]).toMatchObject({ verdict: 'pull', brakes: ['pause'], proof: 'proven' })
  for (const decision of decisions) expect(decision).toEqual(decisions[0])
})

async function decisionIn(world: SceneOptions): Promise<unknown> {
  let seen: unknown
  await onStage(world, async (stage) => {
    const { scene } = stage
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await scene.kit.broadcast((await scene.attack()).raw)
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await scene.held()).toBe(scene.whole)
    expect(await firebreak.stop()).toBe(0)
    const { of } = recorded(journalOf(scene, world.plan?.name))
    const decision = of('decision')[0]?.body as unknown as Readonly<Record<string, unknown>>
    const comparison = of('comparison')[0]?.body as unknown as Readonly<Record<string, unknown>> & {
      candidates: readonly { forms: readonly { loss: bigint }[] }[]
    }
    const { verdict, why, rule, brakes, confidence, breakEven, proof, tipToBeat } = decision
    const { predictedLoss, worstLoss, untested, unpriced } = comparison
    const candidates = comparison.candidates.map((one) => ({ ...one, forms: one.forms.map((form) => form.loss) }))
    seen = { verdict, why, rule, brakes, confidence, breakEven, proof, tipToBeat, predictedLoss, worstLoss, untested, unpriced, candidates }
  })
  return seen
}

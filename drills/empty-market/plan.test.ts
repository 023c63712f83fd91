import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planBeside } from '../shared/testing.ts'
import drill from './drill.ts'

it('has a plan without a fault, that protects every asset which the attack can reach', async () => {
  const { plan, warnings } = await planBeside(drill, join(import.meta.dirname, drill.plan))
  // A bare key is what a drill has: everything else has to be in order.
  expect(warnings.map(({ path }) => path)).toEqual(['authorities.guardian.signer'])
  expect(new Set(plan.holdings.map(({ asset }) => asset))).toEqual(new Set(plan.assets.map(({ name }) => name)))
  expect(plan.assets.length).toBe(5)
  // Narrow brakes are cheaper than the wide ones that include them, or the smallest that suffices would mean nothing.
  const costOf = (name: string): bigint => plan.brakes.find((brake) => brake.name === name)?.costPerHour ?? 0n
  for (const [narrow, wide] of [
    ['pauseKelpMints', 'pauseAllMints'],
    ['pauseUsdcBorrows', 'pauseAllBorrows'],
  ] as const)
    expect(costOf(narrow)).toBeLessThan(costOf(wide))
})

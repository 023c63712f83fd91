// The drills through three endpoints of which one lies, each in its own way.
import { expect, test } from 'vitest'
import { join } from 'node:path'
import { lies } from '../packages/firebreak/src/drill/liars.ts'
import { runDrill } from '../packages/firebreak/src/drill/run.ts'

const runs = lies.flatMap((liar, i) => [
  { drill: 'empty-market', variant: i % 2 === 0 ? ('public' as const) : ('private' as const), liar },
  { drill: 'spot-oracle', variant: i % 2 === 0 ? ('private' as const) : ('public' as const), liar },
])

test.each(runs)('$drill, $variant: one of three lies about $liar', async ({ drill, variant, liar }) => {
  const { wrong } = await runDrill({ folder: join(import.meta.dirname, drill), variant, seed: 1, endpoints: 3, liar })
  expect(wrong, `npx firebreak drill drills/${drill} --variant ${variant} --seed 1 --endpoints 3 --liar ${liar}`).toEqual([])
})

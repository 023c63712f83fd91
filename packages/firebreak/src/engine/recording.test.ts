// A recording says which watches were not run, so that a replay with the whole plan decides the same.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blockAt, saying } from '../../test/support/toy-engine.ts'
import { pool, toyPlan } from '../../test/support/toy.ts'
import { leaveOut } from '../base/leave-out.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { createCore } from './core.ts'
import type { Input } from './inputs.ts'
import { rebuild } from './rebuild.ts'
import { recorder, replay } from './recording.ts'

const plan = toyPlan({ watches: ['drain', 'loop'].map((name) => ({ name, detector: saying(name, pool) })) })
const inputs = [1, 2, 3].map((n): Input => {
  const happening = blockAt(plan, n, { drain: 60n, loop: 60n })
  return { kind: 'happening', at: n * 12_000, happening }
})

async function recorded(file: string, run: ResolvedPlan): Promise<void> {
  const memory = rebuild({ read: () => [] }).memory
  const core = createCore(run, memory, () => true)
  const recording = recorder(file)
  recording.begin(run, memory, [])
  for (const input of inputs) recording.add(input, core.step(input))
  await recording.end()
}

test('a watch that was left out is left out of the replay, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-recording-'))
  try {
    const [without, whole] = [join(folder, 'without'), join(folder, 'whole')]
    await recorded(without, leaveOut(plan, new Set(['loop'])))
    await recorded(whole, plan)
    expect(await replay(without, plan)).toMatchObject({ inputs: 3, differs: undefined })
    expect(await replay(whole, plan)).toMatchObject({ inputs: 3, differs: undefined })
    // The other way round it shows: the watch does have something to say.
    expect(await replay(whole, leaveOut(plan, new Set(['loop'])))).not.toMatchObject({ differs: undefined })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

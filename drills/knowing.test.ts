// The attacker who knows, and the attack in a flood, against each drill's plan with Firebreak on watch.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { floodSize } from '../packages/firebreak/src/drill/perform-flood.ts'
import { runDrill } from '../packages/firebreak/src/drill/run.ts'

const folderOf = (drill: string): string => join(import.meta.dirname, drill)

describe.each(['empty-market', 'spot-oracle'])('%s', (drill) => {
  it.each([1, 2])('loses nothing to a knowing attacker once a brake holds, seed %i', async (seed) => {
    const { result, wrong, blocks, blocksAlone } = await runDrill({ folder: folderOf(drill), variant: 'aware', seed })
    expect(wrong).toEqual([])
    expect(result).toMatchObject({ lostAfterBrakeUsd: 0, falseActions: 0, decision: { proof: 'proven' } })
    // The first round stays below every bound and takes its part; the second would have gone on.
    const succeeds = (all: typeof blocks) => all.flatMap((block) => block.txs).filter((tx) => tx.role === 'attack' && tx.ok).length
    expect(result.lostUsd).toBeGreaterThan(0)
    expect(result.lostUsdWithoutFirebreak).toBeGreaterThan(result.lostUsd * 2)
    expect(succeeds(blocksAlone)).toBeGreaterThan(2)
  })

  it.each([
    [1, floodSize],
    [2, 1_500],
  ])('stops the attack in a flood, and accounts for every transaction of it, seed %i', async (seed, flood) => {
    const { result, wrong } = await runDrill({ folder: folderOf(drill), variant: 'flood', seed, flood })
    expect(wrong).toEqual([])
    expect(result).toMatchObject({ lostUsd: 0, falseActions: 0, contained: { beforeAttack: true } })
    const { waiting } = result
    if (!waiting) throw new Error('nothing was counted')
    const { dropped, passed } = waiting
    expect(waiting.seen).toBeGreaterThan(flood)
    const accounted = waiting.examined + waiting.inLine + passed.plain + passed.underpriced
    expect(accounted + dropped.full + dropped.late + dropped.sender + dropped.failed).toBeGreaterThanOrEqual(waiting.seen)
    expect(passed.plain).toBeGreaterThan(flood / 3)
  })
})

// Several honest endpoints: agreement costs nothing that anybody would notice, and those who are slow, late or dead are not waited for.
import { expect, test } from 'vitest'
import { replay } from '../../src/engine/recording.ts'
import { delay, type Rule } from '../../src/local-chain/rules.ts'
import { lagging, target } from './lies.ts'
import { attack, eventually, privateAttack, proposed, pulled, through } from './scene.ts'

test('three that agree: the attack is stopped, the receipt is declared, and nobody is blamed', async () => {
  await through([{ operator: 'ours' }, { operator: 'acme' }, { operator: 'third' }], {}, async (seen) => {
    await attack(seen)
    await eventually(seen, 'a pull', () => pulled(seen))
    await seen.engine.settled()
    await seen.scene.kit.mine()
    await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
    expect(await seen.scene.held()).toBe(seen.scene.whole)
    expect(seen.signals('disagreement')).toEqual([])
    expect(seen.signals('endpoint')).toEqual([])
    expect(seen.decisions().every((one) => one.alone === undefined)).toBe(true)
    expect(seen.troubles).toEqual([])
  })
}, 20_000)

test('one that answers slowly for ever is not waited for, and in the end it is set aside', async () => {
  let slow = false
  const rules = [delay(3_000, () => slow)]
  await through([{ operator: 'ours' }, { operator: 'acme' }, { operator: 'slow', rules }], {}, async (seen) => {
    slow = true
    await attack(seen)
    await eventually(seen, 'a pull', () => pulled(seen), 1_500)
    await seen.scene.kit.mine()
    await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
    expect(await seen.scene.paused()).toBe(true)
    await eventually(seen, 'the slow one to be named', () =>
      seen.signals('endpoint').some((one) => /slow is set aside.*long after/.test(one.summary)),
    )
  })
}, 20_000)

test('two endpoints of one operator count once: their common word is bounded, and said to be theirs', async () => {
  let away = false
  const gone: Rule = { before: () => (away ? { silence: true } : undefined) }
  await through([{ operator: 'ours' }, { operator: 'ours' }, { operator: 'acme', rules: [gone] }], {}, async (seen) => {
    away = true
    await attack(seen)
    await eventually(seen, 'a proposal', () => proposed(seen) !== undefined)
    expect(proposed(seen)).toMatchObject({ obstacle: 'alone', alone: 'ours' })
    expect(pulled(seen)).toBe(false)
  })
}, 20_000)

test('within the bound one operator is enough, and a replay repeats all of it byte for byte', async () => {
  let away = false
  const gone: Rule = { before: () => (away ? { silence: true } : undefined) }
  await through([{ operator: 'ours' }, { operator: 'acme', rules: [gone] }], { aloneUpTo: '$9,000,000' }, async (seen) => {
    away = true
    await attack(seen)
    await eventually(seen, 'a pull', () => pulled(seen))
    expect(seen.decisions().find((one) => one.verdict === 'pull')?.alone).toBe('ours')
    await seen.engine.settled()
    await seen.scene.kit.mine()
    await eventually(seen, 'the brake to be seen', () => seen.scene.paused())
    // By one operator's word it is not declared.
    expect(seen.entries().some((entry) => entry.kind === 'receipt')).toBe(false)
    await seen.engine.stop()
    const repeated = await replay(seen.recording, seen.plan)
    expect(repeated.differs).toBeUndefined()
    expect(repeated.inputs).toBeGreaterThan(3)
  })
}, 20_000)

test('one that dies in the middle of an incident is not missed', async () => {
  await through([{ operator: 'ours' }, { operator: 'acme' }, { operator: 'third' }], {}, async (seen) => {
    await attack(seen)
    seen.proxies[0]?.refuse(true)
    seen.proxies[0]?.cut()
    await eventually(seen, 'a pull', () => pulled(seen))
    await seen.engine.settled()
    await seen.scene.kit.mine()
    await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
    expect(await seen.scene.held()).toBe(seen.scene.whole)
    await eventually(seen, 'the dead one to be named', () => seen.signals('endpoint').some((one) => /ours is set aside/.test(one.summary)))
    seen.proxies[0]?.refuse(false)
    await eventually(seen, 'it to be back', () => seen.signals('endpoint').some((one) => /ours answers again/.test(one.summary)))
  })
}, 20_000)

test('two that differ only by a lagging head: what one said first is confirmed, and nobody is blamed', async () => {
  const at = target()
  await through([{ operator: 'ours' }, { operator: 'behind', rules: [lagging(at, 500)] }], {}, async (seen) => {
    await attack(seen)
    await eventually(seen, 'a pull', () => pulled(seen))
    at.on = true
    await seen.scene.kit.mine()
    // Nothing is declared by one word; once the other knows the block it is, without another block.
    await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
    expect(seen.signals('disagreement')).toEqual([])
    expect(seen.signals('endpoint')).toEqual([])
    expect(seen.entries().some((entry) => entry.kind === 'retraction')).toBe(false)
  })
}, 20_000)

for (const [where, strike] of [
  ['waits', attack],
  ['was mined', privateAttack],
] as const)
  test(`a second word that comes late turns the proposal into a pull, without another block: the attack ${where}`, async () => {
    let late = false
    const rules = [delay(600, ({ method }) => late && method === 'eth_simulateV1')]
    await through([{ operator: 'ours' }, { operator: 'acme', rules }, { operator: 'third', rules }], {}, async (seen) => {
      late = true
      await strike(seen)
      await eventually(seen, 'a proposal by one word', () => proposed(seen)?.obstacle === 'alone')
      const head = await seen.scene.head()
      late = false
      await eventually(seen, 'a pull once others have spoken', () => pulled(seen))
      expect(await seen.scene.head()).toBe(head)
      expect(seen.decisions().findLast((one) => one.verdict === 'pull')?.alone).toBeUndefined()
    })
  }, 20_000)

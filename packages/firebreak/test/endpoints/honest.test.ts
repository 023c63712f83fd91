// Several honest endpoints: agreement costs nothing that anybody would notice, and those who are slow, late or dead are not waited for.
import { expect, test } from 'vitest'
import { delay } from '../../src/local-chain/rules.ts'
import { attack, eventually, pulled, through } from './scene.ts'

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
  await through(
    [
      { operator: 'ours' },
      { operator: 'acme' },
      { operator: 'slow', rules: [delay(3_000, (call) => !/chainId|clientVersion/.test(call.method))] },
    ],
    {},
    async (seen) => {
      const began = performance.now()
      await attack(seen)
      await eventually(seen, 'a pull', () => pulled(seen))
      expect(performance.now() - began).toBeLessThan(1_500)
      await seen.scene.kit.mine()
      await eventually(seen, 'a receipt', () => seen.entries().some((entry) => entry.kind === 'receipt'))
      expect(await seen.scene.paused()).toBe(true)
      await eventually(seen, 'the slow one to be named', () =>
        seen.signals('endpoint').some((one) => /slow is set aside.*(long after|fails)/.test(one.summary)),
      )
    },
  )
}, 20_000)

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRef, someone, transaction, word } from '../../test/support/moments.ts'
import { attackTx, coin, dollar, held, pool, toyPlan, toyQuestion, usdcToken, wethToken } from '../../test/support/toy.ts'
import type { Attack } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import { mutationsOf } from './mutations.ts'
import { formsOf, stranger, trialOf } from './trials.ts'

const assets = [coin('usdc', usdcToken), coin('weth', wethToken)]
const tokens = assets.map((one) => ({ name: one.name, address: one.token ?? someone(0) }))
const head = blockRef(1_000)
const attackOf = (data: Hex, more: Partial<Attack> = {}): Attack => ({
  origin: 'pending',
  base: head,
  head,
  txs: [attackTx(1, { data })],
  code: {},
  ...more,
})
const mutate = (attack: Attack, families = [tokens], prices: Readonly<Record<string, bigint>> = {}) =>
  mutationsOf(attack, assets, families, 1_000_000n, stranger, prices)
const pad = (address: Address): string => address.slice(2).padStart(64, '0')
const dataOf = (attack: Attack, form: string): Hex | undefined =>
  mutate(attack)
    .find((one) => one.form === form)
    ?.txs.at(-1)?.data

describe('another asset', () => {
  test('takes its place in whole calldata words', () => {
    expect(dataOf(attackOf(`0x12345678${pad(usdcToken)}${word(5n)}`), 'weth instead of usdc')).toBe(
      `0x12345678${pad(wethToken)}${word(5n)}`,
    )
  })

  test('takes its place in calls that a wallet or a multicall carries inside, and so does another amount', () => {
    const inner = `12345678${pad(usdcToken)}${word(600_000n)}`
    const carried = (call: string): string => {
      const bytes = call.length / 2
      return `${word(BigInt(bytes))}${call}${'0'.repeat((64 - (call.length % 64)) % 64)}`
    }
    const twice = (call: string): Hex => `0xaaaaaaaa${pad(pool)}${word(64n)}${carried(`bbbbbbbb${word(32n)}${carried(call)}`)}`
    expect(dataOf(attackOf(twice(inner)), 'weth instead of usdc')).toBe(twice(`12345678${pad(wethToken)}${word(600_000n)}`))
    expect(dataOf(attackOf(twice(inner)), 'ten times 600000')).toBe(twice(`12345678${pad(usdcToken)}${word(6_000_000n)}`))
  })

  test('does not where its digits are only part of other words, or the selector', () => {
    const across: Hex = `0x12345678${usdcToken.slice(2)}${'0'.repeat(24)}${word(5n)}`
    expect(mutate(attackOf(across)).map((one) => one.form)).not.toContain('weth instead of usdc')
  })

  test("takes its place in the PUSH20 constants of the attacker's own code, and nowhere else in it", () => {
    const bare = usdcToken.slice(2)
    const code = { [someone(901)]: `0x6001${'73'}${bare}ff${bare}00` as Hex }
    const found = mutate(attackOf('0x12345678', { code })).find((one) => one.form === 'weth instead of usdc')
    expect(found?.code).toEqual({ [someone(901)]: `0x600173${wethToken.slice(2)}ff${bare}00` })
  })

  test('takes its place anywhere in the init code of a deployment', () => {
    const init: Hex = `0x600a73${usdcToken.slice(2)}60ff${pad(usdcToken)}`
    const deploys = attackOf('0x', { txs: [{ ...attackTx(1, { data: init }), to: undefined }] })
    expect(dataOf(deploys, 'weth instead of usdc')).toBe(init.replaceAll(usdcToken.slice(2), wethToken.slice(2)))
  })

  test('is asked for in the amount of equal worth, too', () => {
    const attack = attackOf(`0x12345678${pad(usdcToken)}${word(600_000n)}`)
    const found = mutate(attack, [tokens], { usdc: dollar, weth: 2_000n * dollar }).find(
      (one) => one.form === 'weth instead of usdc, 300 of it',
    )
    expect(found?.txs.at(-1)?.data).toBe(`0x12345678${pad(wethToken)}${word(300n)}`)
  })

  test('may be another contract that holds assets', () => {
    const holders = [
      { name: 'pool', address: pool },
      { name: 'other', address: someone(2) },
    ]
    expect(mutate(attackOf(`0x12345678${pad(pool)}`), [tokens, holders]).map((one) => one.form)).toContain('other instead of pool')
  })
})

describe('another amount', () => {
  test('is a tenth, and ten times', () => {
    const attack = attackOf(`0x12345678${word(7n)}${word(600_000n)}`)
    expect(dataOf(attack, 'a tenth of 600000')).toBe(`0x12345678${word(7n)}${word(60_000n)}`)
    expect(dataOf(attack, 'ten times 600000')).toBe(`0x12345678${word(7n)}${word(6_000_000n)}`)
  })

  test('is not made of small numbers, addresses or words far above what is at stake', () => {
    const forms = mutate(attackOf(`0x12345678${word(1_000n)}${pad(usdcToken)}${word(10n ** 12n)}`)).map((one) => one.form)
    expect(forms.filter((form) => form.includes('tenth'))).toEqual([])
  })

  test('leaves a tail that is no whole word alone', () => {
    expect(dataOf(attackOf(`0x12345678${word(600_000n)}abcd`), 'a tenth of 600000')).toBe(`0x12345678${word(60_000n)}abcd`)
  })
})

describe('another sender', () => {
  test('sends everything that the attacker sent, named as itself wherever the attacker named itself', () => {
    const first = { ...transaction(3, someone(900), someone(2)), nonce: 0n }
    const last = attackTx(4, { nonce: 1n, data: `0x12345678${pad(someone(900))}` })
    const code = { [someone(901)]: `0x73${someone(900).slice(2)}` as Hex }
    const found = mutate(attackOf('0x', { txs: [first, last], code })).find((one) => one.form === 'another sender')
    expect(found?.txs.map((tx) => tx.from)).toEqual([stranger, stranger])
    expect(found?.txs[1]?.data).toBe(`0x12345678${pad(stranger)}`)
    expect(found?.code).toEqual({ [someone(901)]: `0x73${stranger.slice(2)}` })
  })

  test('is paid by the attacker within the trial: nobody is given coins', () => {
    const plan = toyPlan()
    const form = formsOf(plan, toyQuestion(plan)).find((one) => one.name === 'another sender')
    const [funding, attack] = form?.steps[0] ?? []
    expect(funding).toMatchObject({ from: someone(900), to: stranger })
    expect(funding?.value).toBe((attack?.gas ?? 0n) * (attack?.maxFee ?? 0n) + (attack?.value ?? 0n))
  })
})

test('many assets give one form of each kind before a second of any, within a cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 12 }), (count, used) => {
      const many = Array.from({ length: count }, (_, i) => coin(`t${i}`, someone(9_000_000_000_000_000 + i)))
      const family = many.map((one) => ({ name: one.name, address: one.token ?? someone(0) }))
      const data: Hex = `0x12345678${family
        .slice(0, used)
        .map((one) => pad(one.address))
        .join('')}${word(600_000n)}`
      const forms = mutationsOf(attackOf(data), many, [family], 1_000_000n, stranger, {}).map((one) => one.form)
      expect(forms.length).toBeLessThanOrEqual(10)
      expect(new Set(forms).size).toBe(forms.length)
      // Targets are spread: no asset is aimed at twice while another one that fits is not aimed at.
      const aims = forms.filter((form) => form.includes('instead')).map((form) => form.split(' ')[0])
      const times = [...new Set(aims)].map((aim) => aims.filter((one) => one === aim).length)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1)
      if (count <= 6) expect(forms).toEqual(expect.arrayContaining(['a tenth of 600000', 'ten times 600000', 'another sender']))
    }),
  )
})

test('every call of a trial says its gas and a fee that clears the base fee of its block, whatever the attacker paid', () => {
  const plan = toyPlan()
  const base = { ...head, baseFee: 10n ** 12n }
  const question = toyQuestion(plan, { attack: attackOf('0x12345678', { base, head: base }), before: { [base.hash]: [1n, 1n] } })
  for (const form of formsOf(plan, question)) {
    const trial = trialOf(plan, question, form, ['narrow'])
    for (const [i, step] of trial.steps.entries())
      for (const call of step) {
        expect(call.gas).toBeGreaterThan(0n)
        expect(call.maxFee).toBeGreaterThanOrEqual((base.baseFee * 9n ** BigInt(i + 1)) / 8n ** BigInt(i + 1))
      }
  }
})

test('a plan without the attacked holdings still tries the attack as seen', () => {
  const plan = toyPlan({ holdings: [held('usdc', someone(2))], contracts: [] })
  expect(
    formsOf(plan, toyQuestion(plan))
      .slice(0, 2)
      .map((form) => form.name),
  ).toEqual(['as seen', 'as seen and again in the following block'])
})

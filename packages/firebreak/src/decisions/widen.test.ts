import { describe, expect, test } from 'vitest'
import { brake, decide, dollar, pool, toyPlan, toyQuestion, usdcToken, wethToken, type World } from '../../test/support/toy.ts'
import type { Address, Hex } from '../model/hex.ts'

/** A brake whose call names these tokens. */
const about = (name: string, perHour: bigint, ...tokens: readonly Address[]) => {
  const words = tokens.map((token) => token.slice(2).padStart(64, '0')).join('')
  return brake(name, {
    costPerHour: perHour * dollar,
    calls: [{ to: pool, data: `0x${Buffer.from(name).toString('hex')}${words}` as Hex, label: name }],
  })
}
const planWith = (untested: 'report' | 'widen', ...brakes: ReturnType<typeof brake>[]) => {
  const base = toyPlan({ brakes })
  return { ...base, bounds: { ...base.bounds, untested } }
}
/** Takes usdc and nothing else, in no other form than as seen; weth goes untested. */
const opaque =
  (...stopping: readonly string[]): World =>
  (form, pulled) => [form.startsWith('as seen') && !pulled.some((name) => stopping.includes(name)) ? [600_000n, 0n] : [0n, 0n]]
const chosen = (plan: ReturnType<typeof planWith>, world: World) => decide(plan, toyQuestion(plan), world).comparison

describe('where value went untested, a brake for the taken asset alone', () => {
  const [freezeUsdc, freezeWeth, freezeBoth, pause] = [
    about('freezeUsdc', 10n, usdcToken),
    about('freezeWeth', 5n, wethToken),
    about('freezeBoth', 50n, usdcToken, wethToken),
    about('pause', 90n),
  ]
  const world = opaque('freezeUsdc', 'freezeBoth', 'pause')

  test('only sends the attacker to the next: one that is about more is taken', () => {
    expect(chosen(planWith('widen', freezeWeth, freezeUsdc, freezeBoth), world).chosen).toEqual(['freezeBoth'])
    expect(chosen(planWith('widen', freezeUsdc, pause), world).chosen).toEqual(['pause'])
  })

  test('does as well as ever where the plan only wants to be told', () => {
    expect(chosen(planWith('report', freezeUsdc, freezeBoth), world).chosen).toEqual(['freezeUsdc'])
  })

  test('is taken where nothing else suffices', () => {
    expect(chosen(planWith('widen', freezeUsdc, freezeWeth), world).chosen).toEqual(['freezeUsdc'])
  })

  test('is not taken for one step more room either, however little it costs', () => {
    const root = about('root', 2n)
    const world = opaque('root', 'freezeUsdc', 'pause')
    expect(chosen(planWith('widen', root, freezeUsdc, pause), world).chosen).toEqual(['pause'])
  })

  test('is not the nearest to sufficient, either', () => {
    // Something always leaves: an attacker who also withdraws what is its own makes every brake insufficient.
    const always: World = (form, pulled) => [
      form.startsWith('as seen')
        ? pulled.some((name) => name === 'freezeUsdc' || name === 'pause')
          ? [3n, 0n]
          : [600_000n, 0n]
        : [0n, 0n],
    ]
    const plan = planWith('widen', freezeUsdc, pause)
    expect(chosen(plan, always)).toMatchObject({ chosen: undefined, closest: ['pause'], why: expect.stringContaining('weth') })
    expect(chosen(planWith('report', freezeUsdc, pause), always)).toMatchObject({ chosen: undefined, closest: ['freezeUsdc'] })
  })
})

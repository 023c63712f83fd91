import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dollar } from '../shared/coins.ts'
import { brake, perform, rob, robBehind, showsUp, stageOf, type Pull, type Stage } from '../shared/testing.ts'
import { poolAbi, sourceAbi } from './abi.ts'
import drill from './drill.ts'
import type { Deployment } from './plan.ts'

describe.each([1, 2])('spot-oracle, seed %i, with nobody watching', (seed) => {
  let stage: Stage
  let at: Deployment
  beforeAll(async () => {
    stage = await stageOf(drill, seed)
    at = stage.scene.deployment as unknown as Deployment
  })
  afterAll(() => stage?.stop())

  const pull = (functionName: string, args: readonly unknown[]): Pull => ({ to: at.pool, abi: poolAbi, functionName, args })
  const number = async (functionName: string, token: string): Promise<bigint> =>
    BigInt(String(await stage.kit.read(at.pool, poolAbi, functionName, [token])))

  /** Cash of the lendable assets at true prices, in dollars. */
  const cash = async (): Promise<bigint> => {
    let sum = 0n
    for (const { token, decimals } of Object.values(at.assets))
      sum += ((await number('cashOf', token)) * (await number('priceOf', token))) / 10n ** BigInt(decimals)
    return sum
  }
  const spot = async (): Promise<bigint> => BigInt(String(await stage.kit.read(at.spot, sourceAbi, 'price')))

  it('loses nearly everything in two rounds, and the same each time', async () => {
    const reachable = await cash()
    expect(await stage.scene.lost()).toBe(0n)
    const once = await stage.aside(async () => [await rob(stage, 0), await rob(stage, 1), await cash()])
    const again = await stage.aside(async () => [await rob(stage, 0), await rob(stage, 1), await cash()])
    const [first = 0n, both = 0n, left = 0n] = once
    expect(again).toEqual(once)
    expect(left).toBe(0n)
    expect(first).toBeGreaterThan(0n)
    expect(both).toBeGreaterThan(first)
    // What is missing is the collateral that the attacker leaves behind and the exchange's fees.
    expect(both * 100n).toBeGreaterThan(reachable * 90n)
    expect(both).toBeLessThanOrEqual(reachable)
    expect(await stage.scene.lost()).toBe(0n)
  })

  it('can repeat its first round as it was, and still finds something', async () => {
    await stage.aside(async () => {
      const first = await rob(stage, 0)
      expect(await rob(stage, 0)).toBeGreaterThan(first)
    })
  })

  it('puts the price back within the transaction', async () => {
    await stage.aside(async () => {
      const before = await spot()
      await rob(stage, 0)
      const after = await spot()
      expect(((after > before ? after - before : before - after) * 100n) / before).toBeLessThan(10n)
    })
  })

  it('loses nothing behind a pause of deposits or of borrows, or without the collateral factor', async () => {
    const saving = [
      pull('setDepositsPaused', [at.reef.token, true]),
      pull('setBorrowsPaused', [true]),
      pull('setCollateralFactor', [at.reef.token, 0]),
    ]
    for (const one of saving) expect(await stage.aside(() => robBehind(stage, 'guardian', [one]))).toEqual({ first: 0n, both: 0n })
  })

  it('loses part behind a freeze of one asset, and all behind pauses of liquidations and withdrawals', async () => {
    const free = await stage.aside(() => robBehind(stage, 'guardian', []))
    for (const { token } of Object.values(at.assets)) {
      const { both } = await stage.aside(() => robBehind(stage, 'guardian', [pull('setBorrowsFrozen', [token, true])]))
      expect(both).toBeGreaterThan(dollar)
      expect(both).toBeLessThan(free.both)
    }
    for (const useless of ['setLiquidationsPaused', 'setWithdrawalsPaused']) {
      expect(await stage.aside(() => robBehind(stage, 'guardian', [pull(useless, [true])]))).toEqual(free)
    }
  })

  it('stops the second round by a pause after the first', async () => {
    for (const one of [pull('setDepositsPaused', [at.reef.token, true]), pull('setBorrowsPaused', [true])]) {
      await stage.aside(async () => {
        const first = await rob(stage, 0)
        await brake(stage, 'guardian', [one])
        expect(await rob(stage, 1)).toBeLessThanOrEqual(first)
      })
    }
  })

  it('lets the guardian take freedom away and never give it back', async () => {
    await stage.aside(async () => {
      await brake(stage, 'guardian', [pull('setBorrowsPaused', [true]), pull('setCollateralFactor', [at.reef.token, 100])])
      for (const one of [pull('setBorrowsPaused', [false]), pull('setCollateralFactor', [at.reef.token, 200])]) {
        await expect(brake(stage, 'guardian', [one])).rejects.toThrow('pool: not allowed')
      }
    })
  })

  it('lets ordinary life go on without a loss or a failed transaction', async () => {
    await stage.aside(async () => {
      const { mined, reverted } = await perform(stage, stage.scene.quiet())
      expect(reverted).toEqual([])
      expect(mined).toBeGreaterThan(15)
      expect(await stage.scene.lost()).toBe(0n)
    })
  })

  it('is only annoyed by people who want a pause', async () => {
    await stage.aside(async () => {
      const { reverted } = await perform(stage, stage.scene.grief())
      expect(new Set(reverted)).toEqual(
        new Set(['an attack that reverts, because nobody lends that much', 'somebody without collateral asks for everything']),
      )
      expect(await stage.scene.lost()).toBe(0n)
    })
    expect(await stage.aside(() => showsUp(stage, stage.scene.grief()))).toEqual(
      expect.arrayContaining([
        'an attack after a nonce gap',
        'an underpriced attack',
        'an attack behind a transaction that gives its gas money away',
      ]),
    )
  })
})

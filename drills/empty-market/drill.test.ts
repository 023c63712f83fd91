import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Address } from 'firebreak'
import { worth } from '../shared/coins.ts'
import { brake, perform, rob, robBehind, showsUp, stageOf, type Pull, type Stage } from '../shared/testing.ts'
import { comptrollerAbi } from './abi.ts'
import drill from './drill.ts'
import type { Deployment } from './plan.ts'

describe.each([1, 2])('empty-market, seed %i, with nobody watching', (seed) => {
  let stage: Stage
  let at: Deployment
  beforeAll(async () => {
    stage = await stageOf(drill, seed)
    at = stage.scene.deployment as unknown as Deployment
  })
  afterAll(() => stage?.stop())

  const cTokens = (): readonly Address[] => [...Object.values(at.markets), at.listing].map(({ cToken }) => cToken)
  const pull = (functionName: string, args: readonly unknown[]): Pull => ({ to: at.comptroller, abi: comptrollerAbi, functionName, args })

  /** Cash of the four markets at true prices. */
  const cash = async (): Promise<bigint> => {
    const abi = [
      { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address' }], outputs: [{ type: 'uint256' }] },
    ]
    const prices = [
      {
        type: 'function',
        name: 'getUnderlyingPrice',
        stateMutability: 'view',
        inputs: [{ type: 'address' }],
        outputs: [{ type: 'uint256' }],
      },
    ]
    let sum = 0n
    for (const { token, cToken, decimals } of Object.values(at.markets)) {
      const price = BigInt(String(await stage.kit.read(at.oracle, prices, 'getUnderlyingPrice', [cToken]))) / 10n ** BigInt(18 - decimals)
      sum += worth({ name: '', address: token, decimals, price }, BigInt(String(await stage.kit.read(token, abi, 'balanceOf', [cToken]))))
    }
    return sum
  }

  it('loses nearly everything in two rounds, and the same each time', async () => {
    const reachable = await cash()
    expect(await stage.scene.lost()).toBe(0n)
    const once = await stage.aside(async () => [await rob(stage, 0), await rob(stage, 1)])
    const again = await stage.aside(async () => [await rob(stage, 0), await rob(stage, 1)])
    const [first = 0n, both = 0n] = once
    expect(again).toEqual(once)
    expect(first).toBeGreaterThan(0n)
    expect(both).toBeGreaterThan(first)
    expect(both * 100n).toBeGreaterThan(reachable * 99n)
    expect(both).toBeLessThanOrEqual(reachable)
    expect(await stage.scene.lost()).toBe(0n)
  })

  it('loses nothing behind a pause of mints in the new market, of all mints, or of all borrows', async () => {
    const mints = cTokens().map((cToken) => pull('_setMintPaused', [cToken, true]))
    const borrows = cTokens().map((cToken) => pull('_setBorrowPaused', [cToken, true]))
    for (const pulls of [mints.slice(-1), mints, borrows]) {
      expect(await stage.aside(() => robBehind(stage, 'guardian', pulls))).toEqual({ first: 0n, both: 0n })
    }
  })

  it('loses part behind a pause of one market, and all behind pauses of transfers and liquidations', async () => {
    const free = await stage.aside(() => robBehind(stage, 'guardian', []))
    for (const cToken of Object.values(at.markets).map((market) => market.cToken)) {
      const { both } = await stage.aside(() => robBehind(stage, 'guardian', [pull('_setBorrowPaused', [cToken, true])]))
      expect(both).toBeGreaterThan(0n)
      expect(both).toBeLessThan(free.both)
    }
    for (const useless of ['_setTransferPaused', '_setSeizePaused']) {
      expect(await stage.aside(() => robBehind(stage, 'guardian', [pull(useless, [true])]))).toEqual(free)
    }
  })

  it('stops the second round by a pause after the first', async () => {
    await stage.aside(async () => {
      const first = await rob(stage, 0)
      await brake(stage, 'guardian', [pull('_setMintPaused', [at.listing.cToken, true])])
      expect(await rob(stage, 1)).toBe(first)
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
      expect(new Set(reverted)).toEqual(new Set(['an attack that reverts, because nobody lends that much']))
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

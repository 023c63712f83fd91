// Routers that move strangers' tokens, from call trees and from transfers alone; ordinary swaps, wallets, relayers and permit2; allowances given away.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  at,
  block,
  built,
  faultPaths,
  follow,
  pending,
  scopeOf,
  someone,
  token,
  transaction,
  transferLog,
  txHash,
  word,
} from '../../test/support/moments.ts'
import type { CallFrame, Log } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment } from '../model/moment.ts'
import { approvals } from './approvals.ts'
import type { ApprovalsOptions } from './approvals.ts'
import { pullsIn } from './pulls.ts'

const router = someone(1)
const usdcToken = someone(2)
const treasury = someone(3)
const permit2: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3'
/** Of the moments in test/support. */
const sender = someone(900)
const thief = someone(901)
const usdc = token('usdc', usdcToken, 6)
const scope = scopeOf([usdc], { [router]: 'router', [treasury]: 'treasury' })
const one: ApprovalsOptions = { tokens: ['usdc'], routers: [at(router)], ownersAtMost: 2, window: '10m' }
const watching = (options: Partial<ApprovalsOptions> = {}) => follow(built(approvals({ ...one, ...options }), scope))

const frame = (depth: number, from: Address, to: Address, selector: Hex = '0x', more: Partial<CallFrame> = {}): CallFrame => ({
  depth,
  kind: 'call',
  from,
  to,
  selector,
  value: 0n,
  failed: false,
  ...more,
})
const pull = (depth: number, by: Address, owner: Address, amount = 100n, more: Partial<CallFrame> = {}): CallFrame => {
  const input: Hex = `0x23b872dd${owner.slice(2).padStart(64, '0')}${thief.slice(2).padStart(64, '0')}${word(amount)}`
  return frame(depth, by, usdcToken, '0x23b872dd', { input, ...more })
}
/** The sender calls a contract of its own, which makes the router take from each of these. */
const drain = (...owners: readonly Address[]): readonly CallFrame[] => [
  frame(0, sender, thief),
  ...owners.flatMap((owner) => [frame(1, thief, router), pull(2, router, owner)]),
]
const would = (frames: readonly CallFrame[], time = 1_000) => pending([], { at: time, tx: 7, frames, touches: [router] })
const mined = (
  time: number,
  txs: readonly { readonly n: number; readonly frames?: readonly CallFrame[]; readonly to?: Address }[],
): BlockMoment => ({
  ...block([], { at: time }),
  touched: txs.map(({ n, frames, to }) => ({
    tx: transaction(n, sender, to ?? thief),
    queue: [],
    touches: [router],
    ...(frames ? { frames } : {}),
  })),
})
const victims = [someone(11), someone(12), someone(13), someone(14)] as const

describe('a router, from call trees', () => {
  test('speaks when more owners than may be are drained at once, and not at the bound', () => {
    expect(watching().see(would(drain(...victims.slice(0, 2))))).toMatchObject([{ weight: 'evidence', likelihood: 0.2, loss: [] }])
    expect(watching().see(would(drain(...victims.slice(0, 3))))).toMatchObject([
      {
        weight: 'verdict',
        likelihood: 0.725,
        summary: 'router moved tokens of 3 owners who had no hand in it within 10 m; 2 may be: 0.0003 usdc in this moment',
        loss: [{ asset: 'usdc', amount: 300n }],
        culprits: [txHash(7)],
        subjects: [router],
      },
    ])
    expect(watching().see(would(drain(...victims)))).toMatchObject([{ likelihood: 0.95 }])
  })

  test('counts within a window over transactions and blocks, and forgets what is older', () => {
    const { see } = watching()
    expect(see(mined(1_000, [{ n: 1, frames: drain(victims[0]) }]))).toMatchObject([{ weight: 'evidence' }])
    expect(see(mined(1_012, [{ n: 2, frames: drain(victims[1]) }]))).toMatchObject([{ weight: 'evidence' }])
    expect(see(would(drain(victims[1]), 1_012))).toMatchObject([{ weight: 'evidence' }])
    expect(see(would(drain(victims[2]), 1_012))).toMatchObject([{ weight: 'verdict', culprits: [txHash(7)] }])
    expect(see(mined(1_024, [{ n: 3, frames: drain(victims[2]) }]))).toMatchObject([{ weight: 'verdict', culprits: [txHash(3)] }])
    expect(see(mined(1_650, [{ n: 4, frames: drain(victims[3]) }]))).toMatchObject([{ weight: 'evidence', evidence: { owners: 1 } }])
  })

  test('ordinary swaps are nobody’s loss: of the sender, of a wallet that it goes through, and of pools that pay out', () => {
    const wallet = someone(20)
    const pool = someone(21)
    const { see } = watching()
    expect(see(would([frame(0, sender, router), pull(1, router, sender)]))).toEqual([])
    expect(see(would([frame(0, sender, wallet), frame(1, wallet, router), pull(2, router, wallet)]))).toEqual([])
    // A pool hands out its own; that is a transfer, and no pull.
    const swap = [frame(0, sender, router), pull(1, router, sender), frame(1, router, pool), frame(2, pool, usdcToken, '0xa9059cbb')]
    expect(see(would([...swap, ...swap.slice(1), ...swap.slice(1)]))).toEqual([])
    // Somebody else's spender is not ours to judge.
    expect(see(would([frame(0, sender, thief), ...victims.map((owner) => pull(1, thief, owner))]))).toEqual([])
  })

  test('a wallet that is called by the router has had no hand in it', () => {
    const wallet = someone(20)
    const frames = [frame(0, sender, router), frame(1, router, wallet), frame(2, wallet, someone(30)), pull(1, router, wallet)]
    expect(see1(frames)).toMatchObject([{ evidence: { owners: 1 } }])
  })

  test('permit2: an allowance used is a pull, an order that the owner signed is not', () => {
    const through = (selector: Hex) => [
      frame(0, sender, router),
      ...victims.flatMap((owner) => [frame(1, router, permit2, selector), pull(2, permit2, owner)]),
    ]
    expect(see1(through('0x36c78516'))).toMatchObject([{ weight: 'verdict' }])
    expect(see1(through('0x0d58b1db'))).toMatchObject([{ weight: 'verdict' }])
    // permitTransferFrom: signed for this very transfer.
    expect(see1(through('0x30f28b7a'))).toEqual([])
    expect(see1([frame(0, sender, thief), frame(1, thief, permit2, '0x36c78516'), pull(2, permit2, victims[0])])).toEqual([])
  })

  test('relayers that the plan lists are left alone, whether they send or are called', () => {
    expect(watching({ relayers: [sender] }).see(would(drain(...victims)))).toEqual([])
    expect(watching({ relayers: [at(thief)] }).see(would(drain(...victims)))).toEqual([])
    expect(watching({ relayers: [someone(50)] }).see(would(drain(...victims))).length).toBe(1)
  })

  test('what failed never happened', () => {
    const all = drain(...victims)
    expect(see1(all.map((one) => (one.to === router ? { ...one, failed: true } : one)))).toEqual([])
    expect(see1(all.map((one) => (one.to === usdcToken ? { ...one, failed: true } : one)))).toEqual([])
    expect(watching().see({ ...would(all), reverted: true })).toEqual([])
    // A failed call before does not hide what comes after it.
    const after = [frame(0, sender, thief), frame(1, thief, router, '0x', { failed: true }), pull(2, router, victims[0]), ...all.slice(1)]
    expect(see1(after)).toMatchObject([{ loss: [{ amount: 400n }] }])
  })

  test('finds in any tree just what a walk through that tree finds', () => {
    interface Tree {
      readonly to: number
      readonly failed: boolean
      readonly calls: readonly Tree[]
    }
    const tree: (depth?: number) => fc.Arbitrary<Tree> = fc.memo((depth) =>
      fc.record({
        to: fc.integer({ min: 0, max: 5 }),
        failed: fc.nat(4).map((n) => n === 0),
        calls: depth <= 1 ? fc.constant([]) : fc.array(tree(), { maxLength: 4 }),
      }),
    )
    const who = [router, usdcToken, thief, someone(40), someone(41), someone(42)] as const
    fc.assert(
      fc.property(tree(5), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 }), (root, owners) => {
        const frames: CallFrame[] = []
        const expected: bigint[] = []
        let pulls = 0
        const walk = (node: Tree, from: Address, depth: number, callers: readonly Address[], dead: boolean): void => {
          const to = who[node.to] ?? thief
          const gone = dead || node.failed
          const stack = [...callers, from]
          if (to === usdcToken) {
            const owner = who[owners[pulls % owners.length] ?? 0] ?? thief
            const amount = BigInt(++pulls)
            frames.push(pull(depth, from, owner, amount, { failed: node.failed }))
            if (!gone && from === router && owner !== router && !stack.includes(owner)) expected.push(amount)
          } else frames.push(frame(depth, from, to, '0x', { failed: node.failed }))
          for (const call of node.calls) walk(call, to, depth + 1, stack, gone)
        }
        walk(root, sender, 0, [], false)
        const found = pullsIn(frames, new Set([router]), new Set([usdcToken]))
        expect(found.map(({ amount }) => amount)).toEqual(expected)
      }),
    )
  })

  function see1(frames: readonly CallFrame[]) {
    return watching().see(would(frames))
  }
})

describe('a router, from transfers alone', () => {
  const transfers = approvals(one)
  const probe = built(transfers, scope).needs(undefined).logs[0]
  const paid = (n: number, ...payers: readonly Address[]): readonly Log[] =>
    payers.map((payer) => transferLog(usdcToken, payer, thief, 100n, n))
  const moment = (time: number, n: number, logs: readonly Log[]): BlockMoment => ({
    ...mined(time, [{ n }]),
    logs: new Map(probe ? [[probe.key, logs]] : []),
  })
  const learned = () => {
    const own = watching()
    for (let i = 0; i < 100; i++) own.see(moment(1_000 + i, 1, paid(1, someone(60), someone(61))))
    return own
  }

  test('is evidence until ordinary payers are known, and a verdict then', () => {
    expect(watching().see(moment(1_000, 1, paid(1, ...victims)))).toMatchObject([{ weight: 'evidence', loss: [] }])
    const { see } = learned()
    expect(see(moment(2_000, 1, paid(1, ...victims.slice(0, 2))))).toEqual([])
    expect(see(moment(2_012, 2, paid(2, someone(71), someone(72), someone(73))))).toMatchObject([
      { weight: 'verdict', likelihood: 0.725, loss: [{ asset: 'usdc', amount: 300n }], culprits: [txHash(2)] },
    ])
  })

  test('a swap through pools that paid before, and one that pays the pools as well, are ordinary', () => {
    const { see } = learned()
    expect(see(moment(2_000, 1, paid(1, someone(60), someone(61), someone(71), someone(72))))).toEqual([])
    const both = [...paid(2, someone(73), someone(74), someone(75))].flatMap((log) => [
      log,
      transferLog(usdcToken, sender, someone(73), 1n, 2),
      transferLog(usdcToken, sender, someone(74), 1n, 2),
    ])
    expect(see(moment(2_012, 2, both))).toEqual([])
    expect(see(moment(2_024, 3, paid(3, sender, router, someone(76), someone(77))))).toEqual([])
  })

  test('the state stays bounded, whatever the traffic', () => {
    const { see, state } = watching()
    for (let i = 0; i < 400; i++) see(moment(1_000 + i, 1, paid(1, someone(10_000 + 2 * i), someone(10_001 + 2 * i))))
    expect(JSON.stringify(state()).length).toBeLessThan(30_000)
    const traced = watching()
    for (let i = 0; i < 400; i++) traced.see(mined(1_000 + i, [{ n: i, frames: drain(someone(20_000 + i)) }]))
    expect(JSON.stringify(traced.state()).length).toBeLessThan(30_000)
    const before = traced.state()
    traced.see(mined(1_400, []))
    expect(traced.state()).toBe(before)
  })
})

describe('allowances that the plan’s contracts give', () => {
  const options: Partial<ApprovalsOptions> = { routers: [], owners: [at(treasury)], expected: [someone(80)] }
  const { routers: _, ...rest } = one
  const given = (owner: Address, spender: Address, value: bigint, held = 500n, more: Partial<ApprovalsOptions> = {}) => {
    const detector = built(approvals({ ...rest, ...options, ...more }), scope)
    const [approved] = detector.needs(detector.start).logs
    const [balance] = detector.needs(detector.start).reads
    if (!approved || !balance) throw new Error('nothing asked for')
    const log: Log = {
      ...transferLog(usdcToken, owner, spender, value, 5),
      topics: [approved.topic, ...transferLog(usdcToken, owner, spender, value, 5).topics.slice(1)],
    }
    return detector.step(detector.start, block([[balance, held]], { at: 1_000, logs: new Map([[approved.key, [log]]]) })).findings
  }

  test('an unknown spender is a verdict, and loses at most what there is', () => {
    expect(given(treasury, thief, 200n)).toMatchObject([
      { weight: 'verdict', likelihood: 0.9, loss: [{ asset: 'usdc', amount: 200n }], culprits: [txHash(5)], subjects: [treasury] },
    ])
    expect(given(treasury, thief, 2n ** 256n - 1n)).toMatchObject([
      { loss: [{ amount: 500n }], summary: `treasury approved ${thief}, whom it may not, for usdc: without limit` },
    ])
  })

  test('expected spenders, other owners and taking an allowance away are ordinary', () => {
    expect(given(treasury, someone(80), 10n ** 9n)).toEqual([])
    expect(given(someone(81), thief, 10n ** 9n)).toEqual([])
    expect(given(treasury, thief, 0n)).toEqual([])
  })

  test('no limit for an expected spender is what the plan says it is', () => {
    expect(given(treasury, someone(80), 2n ** 96n - 2n)).toEqual([])
    expect(given(treasury, someone(80), 2n ** 96n - 1n)).toMatchObject([{ weight: 'evidence', likelihood: 0.3, loss: [] }])
    expect(given(treasury, someone(80), 2n ** 256n - 1n, 500n, { unlimited: 'verdict' })).toMatchObject([
      { weight: 'verdict', likelihood: 0.5 },
    ])
    expect(given(treasury, someone(80), 2n ** 256n - 1n, 500n, { unlimited: 'allowed' })).toEqual([])
  })
})

test('reports every wrong option at once', () => {
  const wrong = { tokens: ['dai'], ownersAtMost: 0, window: 'soon' as '1m', unlimited: 'maybe' as 'allowed' }
  expect(faultPaths(approvals(wrong), scope)).toEqual(['window', 'tokens[0]', 'ownersAtMost', 'unlimited', 'routers', 'tokens'])
  expect(faultPaths(approvals({ ...one, owners: [{ address: treasury, chain: 'far' }] }), scope)).toEqual(['tokens'])
})

import { encodeFunctionData, encodePacked, hexToBigInt, keccak256, numberToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { BlockRef } from '../model/chain.ts'
import type { Probe } from '../model/call.ts'
import type { Trial, TrialCall } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { TrialOutcome } from '../model/decision.ts'
import { balanceProbe } from './codec/balance-read.ts'
import { encodeEvent, sortLogs } from './codec/event-probe.ts'
import { encodeRead } from './codec/encode-read.ts'
import { nextBlock } from './next-block.ts'
import { readerAddress, readerSender } from './reader/reader-address.ts'
import { parseSimulation } from './simulation-answer.ts'
import { asTrialCall, judgeRequest, parseJudgement, runTrials, simulateRequest, traceRequest } from './simulate.ts'
import { transaction } from '../../test/support/moments.ts'
import { readOf, startTestChain, trialCall } from '../../test/support/test-chain.ts'
import type { TestChain } from '../../test/support/test-chain.ts'
import { MalformedAnswer, NodeTimeout } from './transport/rpc.ts'

describe.each(['london', 'prague', 'osaka'])('simulations on a %s chain', (hardfork) => {
  let chain: TestChain
  let user: Address
  let base: BlockRef
  beforeAll(async () => {
    chain = await startTestChain({ hardfork })
    const [first, second] = chain.accounts
    if (!first || !second) throw new Error('no accounts')
    user = second
    await chain.rpc.request('anvil_setCoinbase', [`0x${'c0'.repeat(20)}`])
    await chain.rpc.request('anvil_mine', ['0x2', '0xc'])
    base = await chain.head()
  })
  afterAll(() => chain?.stop())

  const call = (name: string, more: Partial<TrialCall> = {}): TrialCall =>
    trialCall(user, chain.context.address, encodeFunctionData({ abi: chain.context.abi, functionName: name }), more)
  const of = (name: string) => encodeRead(readOf(chain.context, name))
  const look = (): readonly Probe[] => ['number', 'time', 'baseFee', 'coinbase', 'randao', 'count'].map(of)
  const trial = (steps: Trial['steps'], more: Partial<Trial> = {}): Trial => ({
    id: 't',
    base,
    brakes: [],
    form: 'as seen',
    steps,
    code: {},
    ...more,
  })
  const run = async (one: Trial, probes: readonly Probe[]) => {
    const [outcome] = await runTrials(chain.rpc, [one], probes)
    if (!outcome) throw new Error('no outcome')
    return outcome
  }
  const values = (outcome: TrialOutcome, step: number, probes: readonly Probe[]) => {
    if (!outcome.ok) throw new Error(outcome.why)
    const answers = outcome.steps[step]
    if (!answers) throw new Error('no such step')
    return probes.map((probe) => {
      const decoded = probe.of(answers)
      return decoded.ok ? decoded.value : decoded.why
    })
  }

  test('calls and reads see the next blocks in every detail, and one sender may come twice', async () => {
    const probes = look()
    const outcome = await run(trial([[call('look')], [call('look'), call('look')]]), probes)
    for (const [index, count] of [1n, 3n].entries()) {
      const { number, time, baseFee, feeRecipient, prevRandao } = nextBlock(base, index + 1)
      expect(feeRecipient.toLowerCase()).toBe(`0x${'c0'.repeat(20)}`)
      expect(hexToBigInt(prevRandao)).toBeGreaterThan(0n)
      const seen = values(outcome, index, probes)
      // Before the merge the same word is the block's difficulty, which cannot be overridden everywhere.
      if (hardfork === 'london') seen[4] = hexToBigInt(prevRandao)
      expect(seen).toEqual([number, time, baseFee, expect.stringMatching(/^0x[cC]0/), hexToBigInt(prevRandao), count])
      const event = chain.context.abi.find((entry) => entry.type === 'event')
      if (event?.type !== 'event' || !outcome.ok) throw new Error('no event')
      const seenLogs = encodeEvent({ kind: 'event', chain: 'test', address: chain.context.address, event })
      const logs = outcome.steps[index]?.calls.flatMap((each) => each.logs) ?? []
      expect(seenLogs.of({ logs: sortLogs([seenLogs], logs) }).map(({ args }) => [args['number'], args['time'], args['baseFee']])).toEqual(
        Array.from({ length: index + 1 }, () => [number, time, baseFee]),
      )
    }
    expect(await chain.rpc.request('eth_getCode', [readerAddress, 'latest'])).toBe('0x')
  })

  test('the same nonces as on the chain are accepted, explicit or not', async () => {
    const nonce = z
      .string()
      .transform(BigInt)
      .parse(await chain.rpc.request('eth_getTransactionCount', [user, 'latest']))
    const outcome = await run(trial([[call('look', { nonce })], [call('look', { nonce: nonce + 1n })]]), look())
    expect(outcome.ok && outcome.steps.map(({ calls }) => calls.map(({ ok }) => ok))).toEqual([[true], [true]])
  })

  test('a call that reverts fails alone and says why in safe words', async () => {
    const outcome = await run(trial([[call('fail'), call('look')]]), [of('count')])
    expect(outcome.ok && outcome.steps[0]?.calls.map(({ ok, why }) => [ok, why])).toEqual([
      [false, 'reverted: not today {'],
      [true, ''],
    ])
    expect(values(outcome, 0, [of('count')])).toEqual([1n])
    const burnt = await run(trial([[call('look', { gas: 22_000n })]]), [of('count')])
    expect(burnt.ok && burnt.steps[0]?.calls[0]).toMatchObject({ ok: false, why: 'used up its gas' })
  })

  test('nobody but the reader is given coins: an empty sender fails the trial, and no other', async () => {
    const poor = { ...call('look'), from: `0x${'99'.repeat(20)}` as const }
    const probes = [of('count'), balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, poor.from)]
    const outcomes = await runTrials(chain.rpc, [trial([[poor]]), trial([[call('look')]])], probes)
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true])
    expect(outcomes[0]).toMatchObject({ why: expect.stringMatching(/^[^\p{Cc}]{10,200}$/u) })
    expect(values(outcomes[1] ?? { ok: false, why: '' }, 0, probes)).toEqual([1n, 0n])
  })

  test('a fee below the base fee and a gap in the nonces fail the trial', async () => {
    const outcomes = await runTrials(
      chain.rpc,
      [trial([[call('look', { maxFee: 1n, maxTip: 1n })]]), trial([[call('look', { nonce: 99n })]])],
      [],
    )
    expect(outcomes.map((outcome) => !outcome.ok && outcome.why)).toEqual([
      expect.stringMatching(/base fee/),
      expect.stringMatching(/nonce too high/),
    ])
  })

  test('code can be rewritten for a trial, and stays so in its next block', async () => {
    // PUSH1 42 PUSH0-free: return 42 to whatever is asked.
    const code = { [chain.context.address]: '0x602a60005260206000f3' } as Record<Address, Hex>
    const outcome = await run(trial([[], []], { code }), [of('count')])
    expect([0, 1].map((step) => values(outcome, step, [of('count')]))).toEqual([[42n], [42n]])
  })

  test('many reads are spread over transactions that no chain refuses', async () => {
    const probes = Array.from({ length: 250 }, (_, index) => encodeRead<bigint>(readOf(chain.hostile, 'list', [BigInt(index % 60)])))
    const unique = [...Array(250).keys()].map((index) =>
      balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, `0x${index.toString(16).padStart(40, '0')}`),
    )
    const outcome = await run(trial([[call('look')], []]), [...probes, ...unique])
    expect(outcome.ok && outcome.steps[1]?.answers.size).toBe(310)
    expect(values(outcome, 1, unique.slice(100)).every((value) => typeof value === 'bigint')).toBe(true)
  })

  test('a waiting transaction is judged after its queue, and its logs carry its own hash', async () => {
    const probes = [of('count')]
    const txs = [call('look'), call('look')]
    const hashes: readonly Hex[] = [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`]
    const judge = async (all: readonly TrialCall[]) => {
      const { method, params } = judgeRequest(base, all, probes)
      return parseJudgement(await chain.rpc.request(method, params), all, probes, { label: 'test', hashes })
    }
    const judged = await judge(txs)
    expect(judged).toMatchObject({ ok: true, reverted: false })
    expect(judged.ok && judged.calls.map(({ logs }) => logs.map(({ tx }) => tx))).toEqual(hashes.map((hash) => [hash]))
    expect(judged.ok && of('count').of(judged)).toEqual({ ok: true, value: 2n })
    expect(await judge([call('look'), call('fail')])).toMatchObject({ ok: true, reverted: true })
    expect(await judge([call('fail'), call('look')])).toMatchObject({ ok: true, reverted: false })
  })
})

const block: BlockRef = {
  chain: 'test',
  number: 100n,
  hash: `0x${'aa'.repeat(32)}`,
  parent: `0x${'bb'.repeat(32)}`,
  timestamp: 1_000n,
  baseFee: 1_000_000_000n,
  gasLimit: 30_000_000n,
  gasUsed: 30_000_000n,
  feeRecipient: `0x${'c0'.repeat(20)}`,
  prevRandao: `0x${'dd'.repeat(32)}`,
}

const requestShape = z.tuple([
  z.object({
    validation: z.literal(true),
    blockStateCalls: z.array(
      z.object({
        blockOverrides: z.object({ number: z.string(), time: z.string(), gasLimit: z.string(), baseFeePerGas: z.string() }),
        stateOverrides: z.record(z.string(), z.object({ balance: z.string().optional(), code: z.string().optional() })).optional(),
        calls: z.array(z.object({ from: z.string(), gas: z.string(), maxFeePerGas: z.string(), maxPriorityFeePerGas: z.string() })),
      }),
    ),
  }),
  z.object({ blockHash: z.string() }),
])

test('requests satisfy what strict nodes ask for', () => {
  const attacker: Address = `0x${'99'.repeat(20)}`
  const big = trialCall(attacker, undefined, '0x', { gas: 29_000_000n })
  const probes = Array.from({ length: 150 }, (_, index) =>
    balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, numberToHex(index + 1, { size: 20 })),
  )
  const { params } = simulateRequest(block, [[big, big], [big]], probes, { secondsPerBlock: 2n })
  const [{ blockStateCalls }, { blockHash }] = requestShape.parse(params)
  expect(blockHash).toBe(block.hash)
  let [number, time] = [block.number, block.timestamp]
  for (const { blockOverrides, stateOverrides, calls } of blockStateCalls) {
    expect(BigInt(blockOverrides.number)).toBe(++number)
    expect(BigInt(blockOverrides.time)).toBeGreaterThan(time)
    time = BigInt(blockOverrides.time)
    const sum = calls.reduce((total, { gas }) => total + BigInt(gas), 0n)
    expect(BigInt(blockOverrides.gasLimit)).toBeGreaterThanOrEqual(sum)
    for (const { gas, maxFeePerGas, from } of calls) {
      expect(BigInt(maxFeePerGas)).toBeGreaterThanOrEqual(BigInt(blockOverrides.baseFeePerGas))
      if (from === readerSender) expect(BigInt(gas)).toBeLessThanOrEqual(2n ** 24n)
    }
    for (const [address, override] of Object.entries(stateOverrides ?? {}))
      expect(override.balance !== undefined).toBe(address === readerSender)
  }
})

describe('what a contract could tell a simulation by', () => {
  const attacker: Address = `0x${'99'.repeat(20)}`
  const probes = [balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, attacker)]
  const blocksOf = (gas: bigint, more: Partial<TrialCall> = {}) => {
    const { params } = simulateRequest(block, [[trialCall(attacker, attacker, '0x', { gas, ...more })]], probes)
    return requestShape.parse(params)[0].blockStateCalls
  }

  test('is not the gas limit: reads that do not fit beside the attack follow in a block of their own', () => {
    expect(blocksOf(1_000_000n).map(({ calls }) => calls.length)).toEqual([2])
    const apart = blocksOf(29_000_000n)
    expect(apart.map(({ calls }) => calls.length)).toEqual([1, 1])
    expect(BigInt(apart[0]?.blockOverrides.gasLimit ?? 0)).toBe(block.gasLimit)
  })

  test('is not an address that is written in our code', () => {
    const text = JSON.stringify(simulateRequest(block, [[trialCall(attacker, attacker, '0x')]], probes).params).toLowerCase()
    expect(text).not.toContain(readerAddress.slice(2).toLowerCase())
    expect(text).toContain(readerSender.slice(2).toLowerCase())
  })

  test('is not randomness that can be worked out from the block before', () => {
    const { prevRandao } = nextBlock(block, 1)
    const parent = block.prevRandao
    for (const known of [parent, keccak256(parent), keccak256(encodePacked(['bytes32', 'uint256'], [parent, 1n]))])
      expect(prevRandao).not.toBe(known)
  })

  test('is not what its envelope brings along', () => {
    const accessList = [{ address: attacker, storageKeys: [] }]
    const tx = transaction(1, attacker)
    const extras = { accessList, authorizationList: [{ address: attacker }], maxFeePerBlobGas: '0x1', blobVersionedHashes: ['0x01'] }
    expect(asTrialCall({ ...tx, envelope: { ...extras, input: '0x', r: '0x1' } }).extras).toEqual(extras)
    expect(asTrialCall({ ...tx, envelope: { accessList: [], authorizationList: null } }).extras).toBeUndefined()
    const [traced] = z
      .tuple([z.object({ accessList: z.unknown(), maxPriorityFeePerGas: z.string() })])
      .rest(z.unknown())
      .parse(traceRequest(block, { ...tx, envelope: extras }).params)
    expect(traced.accessList).toEqual(accessList)
  })

  test('is not that the same block is imagined each time: what was found in one block is repeated in it', () => {
    const next = { seconds: 24n, feeRecipient: attacker, prevRandao: `0x${'ee'.repeat(32)}` as const, gasLimit: 29_999_000n }
    const { seconds, ...seen } = next
    expect(nextBlock({ ...block, next }, 1)).toMatchObject({ ...seen, time: block.timestamp + seconds })
    expect(nextBlock({ ...block, next }, 2)).toMatchObject({ number: 102n, time: block.timestamp + 48n, prevRandao: next.prevRandao })
  })
})

describe('the next block', () => {
  test('has the base fee of EIP-1559', () => {
    const fee = (gasUsed: bigint, baseFee = block.baseFee) => nextBlock({ ...block, gasUsed, baseFee }, 1).baseFee
    expect(fee(30_000_000n)).toBe(1_125_000_000n)
    expect(fee(15_000_000n)).toBe(1_000_000_000n)
    expect(fee(0n)).toBe(875_000_000n)
    expect(fee(15_000_001n, 7n)).toBe(8n)
    expect(nextBlock({ ...block, gasLimit: 0n, gasUsed: 0n }, 1).baseFee).toBe(block.baseFee)
  })

  test('raises the gas limit only when it has to', () => {
    expect(nextBlock(block, 1, { gasNeeded: 30_000_000n }).gasLimit).toBe(block.gasLimit)
    expect(nextBlock(block, 1, { gasNeeded: 30_000_001n }).gasLimit).toBe(30_000_001n)
  })

  test('has a randao of its own', () => {
    expect(new Set([1, 2, 3].map((offset) => nextBlock(block, offset).prevRandao)).size).toBe(3)
  })
})

describe('answers of the node that make no sense', () => {
  const steps = [[trialCall(readerSender, undefined, '0x')]]
  const good = { status: '0x1', gasUsed: '0x5208', returnData: '0x', logs: [] }
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'ok'],
    ['no block', []],
    ['a block too many', [{ calls: [good] }, { calls: [good] }]],
    ['no calls', [{}]],
    ['a call too few', [{ calls: [] }]],
    ['a call too many', [{ calls: [good, good] }]],
    ['no status', [{ calls: [{ ...good, status: undefined }] }]],
    ['gas in words', [{ calls: [{ ...good, gasUsed: 'much' }] }]],
    ['empty gas', [{ calls: [{ ...good, gasUsed: '0x' }] }]],
    ['logs that are none', [{ calls: [{ ...good, logs: [{}] }] }]],
    ['a log from nowhere', [{ calls: [{ ...good, logs: [{ address: '0x12', topics: [], data: '0x' }] }] }]],
  ])('%s', async (_, result) => {
    expect(() => parseSimulation(result, steps, [], 'test')).toThrow(MalformedAnswer)
    const trials: readonly Trial[] = [{ id: 't', base: block, brakes: [], form: 'as seen', steps, code: {} }]
    expect(await runTrials({ request: () => Promise.resolve(result) }, trials, [])).toMatchObject([
      { ok: false, why: expect.stringMatching(/simulation/) },
    ])
  })

  test('reads that failed as a whole', () => {
    const probes = [balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, readerSender)]
    const failed = { status: '0x0', gasUsed: '0x0', returnData: '0x', error: { message: 'out of gas\u0007' } }
    expect(parseSimulation([{ calls: [good, failed] }], steps, probes, 'test')).toEqual({
      ok: false,
      why: 'the reads after step 1 failed as a whole: out of gas\\u{7}',
    })
    expect(() => parseSimulation([{ calls: [good, good] }], steps, probes, 'test')).toThrow(MalformedAnswer)
  })

  test('a timeout is an outcome, too', async () => {
    const trials: readonly Trial[] = [{ id: 't', base: block, brakes: [], form: 'as seen', steps, code: {} }]
    const outcomes = await runTrials({ request: () => Promise.reject(new NodeTimeout('test', 'eth_simulateV1', 5)) }, trials, [])
    expect(outcomes).toEqual([{ ok: false, why: 'test: no answer to eth_simulateV1 within 5 ms' }])
  })
})

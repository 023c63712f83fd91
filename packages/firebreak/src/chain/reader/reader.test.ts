import { decodeFunctionData, decodeFunctionResult, encodeFunctionResult, numberToHex } from 'viem'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Probe } from '../../model/call.ts'
import type { Hex } from '../../model/hex.ts'
import { balanceProbe } from '../codec/balance-read.ts'
import { encodeRead } from '../codec/encode-read.ts'
import { readOf, startTestChain } from '../../../test/support/test-chain.ts'
import type { TestChain } from '../../../test/support/test-chain.ts'
import { MalformedAnswer } from '../transport/rpc.ts'
import { readerAbi } from './reader-code.ts'
import { decodeReads, encodeReads, readAtBlock, readsGas } from './reader.ts'

const hex = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
const fakeProbe = fc.record({ to: hex(20, 20), data: hex(4, 100) }).map(({ to, data }): Probe => ({
  key: `test:${to}:${data}`,
  to,
  data,
  label: '',
  of: () => ({ ok: false, why: '' }),
}))

describe('the encoding', () => {
  test('is what viem decodes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fakeProbe, { selector: ({ key }) => key, maxLength: 12 }), (probes) => {
        const { functionName, args } = decodeFunctionData({ abi: readerAbi, data: encodeReads(probes) })
        expect(functionName).toBe('readAll')
        const requests = args?.[0]
        expect(Array.isArray(requests) && requests.map(({ target, data }) => [target.toLowerCase(), data])).toEqual(
          probes.map(({ to, data }) => [to, data]),
        )
      }),
    )
  })

  test('reads back what viem encodes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ probe: fakeProbe, ok: fc.boolean(), data: hex(0, 100) }), {
          selector: ({ probe }) => probe.key,
          maxLength: 12,
        }),
        (all) => {
          const returned = encodeFunctionResult({
            abi: readerAbi,
            functionName: 'readAll',
            result: all.map(({ ok, data }) => ({ ok, data })),
          })
          const answers = decodeReads(
            all.map(({ probe }) => probe),
            returned,
          )
          for (const { probe, ok, data } of all) expect(answers.get(probe.key)).toEqual({ ok, data })
        },
      ),
    )
  })

  test('is made once per list, with one read per key', () => {
    const [probe] = fc.sample(fakeProbe, 1)
    if (!probe) throw new Error('no sample')
    const probes = [probe, probe]
    expect(encodeReads(probes)).toBe(encodeReads(probes))
    expect(encodeReads(probes)).toBe(encodeReads([probe]))
    expect(readsGas(probes)).toBe(readsGas([probe]))
  })

  test('takes nonsense for what it is, wherever it is cut or changed', () => {
    const probes = fc.sample(fakeProbe, 3)
    const whole = encodeFunctionResult({
      abi: readerAbi,
      functionName: 'readAll',
      result: probes.map(() => ({ ok: true, data: '0x1234' as const })),
    })
    for (let end = 0; end < whole.length - 60; end += 7) expect(() => decodeReads(probes, whole.slice(0, end))).toThrow(MalformedAnswer)
    for (const nonsense of [undefined, null, 7, '', '0x', 'zz'.repeat(500), {}])
      expect(() => decodeReads(probes, nonsense)).toThrow(MalformedAnswer)
    fc.assert(
      fc.property(fc.nat(whole.length - 3), fc.constantFrom('0', '1', '8', 'f'), (at, digit) => {
        const changed = `${whole.slice(0, at + 2)}${digit}${whole.slice(at + 3)}`
        try {
          expect(decodeReads(probes, changed).size).toBe(3)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedAnswer)
        }
      }),
    )
  })
})

describe.each(['london', 'prague', 'osaka'])('on a %s chain', (hardfork) => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await startTestChain({ hardfork })
  })
  afterAll(() => chain?.stop())

  async function readAll(probes: readonly Probe[]) {
    const { hash } = await chain.head()
    const { method, params } = readAtBlock(probes, hash)
    return { answers: decodeReads(probes, await chain.rpc.request(method, params)) }
  }
  const of = (name: string, ...args: readonly unknown[]) => encodeRead(readOf(chain.hostile, name, args))

  test('a read that misbehaves fails alone, and says why', async () => {
    const nobody = encodeRead(readOf({ ...chain.hostile, address: `0x${'ab'.repeat(20)}` }, 'fine'))
    const before = of('fine')
    const hostile = [
      of('burn'),
      of('invalid'),
      of('bomb', 200_000n),
      of('revertBomb', 200_000n),
      of('silent'),
      of('braces'),
      of('panics', 0n),
    ]
    const after = [of('list', 100n), of('pair'), of('panics', 1n)]
    const moment = await readAll([before, ...hostile, nobody, ...after])
    expect(before.of(moment)).toEqual({ ok: true, value: 7n })
    expect(hostile.map((probe) => probe.of(moment))).toEqual([
      { ok: false, why: 'it failed without a reason, or used up its gas' },
      { ok: false, why: 'it failed without a reason, or used up its gas' },
      { ok: false, why: 'it gave back 200000 bytes, more than is read' },
      { ok: false, why: `reverted with 0x${'0'.repeat(77)}…` },
      { ok: false, why: 'it failed without a reason, or used up its gas' },
      { ok: false, why: 'reverted: oops {\\n}"]\\u{202e}' },
      { ok: false, why: 'panicked: division by zero' },
    ])
    expect(moment.answers.get(nobody.key)).toEqual({ ok: false, data: '0x' })
    expect(nobody.of(moment)).toEqual({ ok: false, why: 'there is no contract at this address' })
    expect(after.map((probe) => probe.of(moment))).toEqual([
      { ok: true, value: Array.from({ length: 100 }, (_, index) => BigInt(index)) },
      { ok: true, value: [expect.stringMatching(new RegExp(chain.hostile.address, 'i')), true] },
      { ok: true, value: 1n },
    ])
  })

  test('two hundred reads that burn all they get leave the rest their share', async () => {
    const burners = Array.from({ length: 100 }, (_, index) => ({ ...of('burn'), key: `burn ${index}` }))
    const bombs = Array.from({ length: 100 }, (_, index) => of('bomb', 5_000n - BigInt(index)))
    const fine = of('list', 50n)
    const moment = await readAll([...burners, ...bombs, fine])
    expect(fine.of(moment).ok).toBe(true)
    expect(bombs.filter(({ key }) => moment.answers.get(key)?.ok).length).toBe(100)
  })

  test('the answer is what viem decodes, too', async () => {
    const probes = [of('fine'), of('list', 3n), of('silent')]
    const { hash } = await chain.head()
    const { method, params } = readAtBlock(probes, hash)
    const returned = await chain.rpc.request(method, params)
    if (typeof returned !== 'string') throw new Error('no text')
    const outcomes = decodeFunctionResult({ abi: readerAbi, functionName: 'readAll', data: `0x${returned.slice(2)}` })
    expect(outcomes.map(({ ok, data }) => ({ ok, data }))).toEqual([...decodeReads(probes, returned).values()])
  })

  test('coins are read like a token', async () => {
    const [account] = chain.accounts
    if (!account) throw new Error('no account')
    const probe = balanceProbe({ name: 'ETH', chain: 'test', token: undefined }, account)
    const balance = await chain.rpc.request('eth_getBalance', [account, 'latest'])
    const decoded = probe.of(await readAll([probe]))
    expect(decoded.ok && numberToHex(decoded.value)).toBe(balance)
  })

  test('reads see the block that they are made at, also when it is not the last', async () => {
    const probes = ['number', 'time', 'coinbase'].map((name) => encodeRead(readOf(chain.context, name)))
    const then = await chain.head()
    await chain.rpc.request('anvil_mine', ['0x3', '0x64'])
    const { method, params } = readAtBlock(probes, then.hash)
    const moment = { answers: decodeReads(probes, await chain.rpc.request(method, params)) }
    expect(probes.map((probe) => probe.of(moment))).toEqual(
      [then.number, then.timestamp, then.feeRecipient].map((value) => ({ ok: true, value })),
    )
  })
})

import fc from 'fast-check'
import { encodeAbiParameters, encodeErrorResult, encodeFunctionData, getAddress, parseAbi, parseAbiItem } from 'viem'
import type { AbiFunction, AbiParameter } from 'abitype'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../model/chain.ts'
import { UserError } from '../../model/errors.ts'
import type { Hex } from '../../model/hex.ts'
import { balanceProbe } from './balance-read.ts'
import { checksummed } from './checksum.ts'
import { encodeRead } from './encode-read.ts'
import { encodeWrite } from './encode-write.ts'
import { revertReason } from './revert-reason.ts'
import { safeText } from './safe-text.ts'
import { typedValues } from '../../../test/support/random-values.ts'

const to = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const usdc = getAddress(`0x${'a1'.repeat(20)}`)

function fn(outputs: readonly AbiParameter[], inputs: readonly AbiParameter[] = []): AbiFunction {
  return { type: 'function', name: 'look', stateMutability: 'view', inputs, outputs }
}
const reading = (outputs: readonly AbiParameter[]) => encodeRead({ kind: 'read', chain: 'main', to, fn: fn(outputs), args: [] })
const answered = (key: string, answer: Answer) => ({ answers: new Map([[key, answer]]) })

describe('reads', () => {
  test('are encoded and decoded as viem does, whatever the types', () => {
    fc.assert(
      fc.property(typedValues, typedValues, (args, results) => {
        const inputs = args.map(({ parameter }) => parameter)
        const outputs = results.map(({ parameter }) => parameter)
        const values = results.map(({ value }) => value)
        const read = fn(outputs, inputs)
        const probe = encodeRead({ kind: 'read', chain: 'main', to, fn: read, args: args.map(({ value }) => value) })
        expect(probe.data).toBe(encodeFunctionData({ abi: [read], functionName: 'look', args: args.map(({ value }) => value) }))
        const decoded = probe.of(answered(probe.key, { ok: true, data: encodeAbiParameters(outputs, values) }))
        expect(decoded).toEqual({ ok: true, value: values.length === 0 ? undefined : values.length === 1 ? values[0] : values })
      }),
    )
  })

  test('never throw for an answer that does not fit', () => {
    fc.assert(
      fc.property(typedValues, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (results, bytes, ok) => {
        const probe = reading(results.map(({ parameter }) => parameter))
        const decoded = probe.of(answered(probe.key, { ok, data: `0x${Buffer.from(bytes).toString('hex')}` }))
        if (!decoded.ok) expect(decoded.why).toMatch(/^[^\p{Cc}]{1,300}$/u)
      }),
    )
  })

  test('say why there is no value', () => {
    const probe = reading([{ type: 'uint256' }])
    const why = (answer?: Answer) => {
      const decoded = probe.of(answer ? answered(probe.key, answer) : { answers: new Map() })
      return decoded.ok ? undefined : decoded.why
    }
    expect(why()).toBe('not read at this moment')
    expect(why({ ok: false, data: '0x' })).toBe('there is no contract at this address')
    expect(why({ ok: true, data: '0x' })).toMatch(/answered with nothing/)
    expect(why({ ok: true, data: '0x12' })).toMatch(/does not fit the ABI: uint256 expected/)
  })

  test('are decoded once, however many detectors share them, and apart for each ABI', () => {
    const outputs = [{ type: 'tuple', name: 'all', components: [{ type: 'string', name: 'a' }] }]
    const answer: Answer = { ok: true, data: encodeAbiParameters(outputs, [{ a: 'x' }]) }
    const moment = answered(reading(outputs).key, answer)
    expect(reading(outputs).of(moment)).toBe(reading(outputs).of(moment))
    expect(reading([{ type: 'uint256' }]).of(moment)).toEqual({ ok: true, value: 32n })
  })

  test('have a key that does not depend on how the address is written', () => {
    const read = { kind: 'read', chain: 'main', fn: fn([]), args: [] } as const
    expect(encodeRead({ ...read, to }).key).toBe(encodeRead({ ...read, to: `0x${to.slice(2).toUpperCase()}` }).key)
    expect(encodeRead({ ...read, to }).key).not.toBe(encodeRead({ ...read, to, chain: 'other' }).key)
  })

  test('wrong arguments are a fault with its place', () => {
    const read = { kind: 'read', chain: 'main', to, fn: fn([], [{ type: 'address', name: 'who' }]) } as const
    expect(() => encodeRead({ ...read, args: ['nobody'] })).toThrow(UserError)
    expect(() => encodeRead({ ...read, args: [] })).toThrow(UserError)
  })
})

test('a write carries a label that a person can check', () => {
  const setFrozen = parseAbiItem('function setFrozen(address asset, bool frozen, uint256[] caps, string why)')
  const write = { kind: 'write', chain: 'main', to, fn: setFrozen, args: [usdc, true, [1n, 2n], 'so\n'] } as const
  const names = new Map<string, string>([[to, 'market']])
  const call = encodeWrite(write, (address) => names.get(address))
  expect(call.label).toBe(`market.setFrozen(${usdc.slice(0, 6)}…${usdc.slice(-4)}, true, [1, 2], "so\\n")`)
  expect(call.data).toBe(encodeFunctionData({ abi: [setFrozen], args: [usdc, true, [1n, 2n], 'so\n'] }))
  expect(encodeWrite({ ...write, args: [usdc, true, [], ''] }).label).toMatch(/^0x5FbD…0aa3\.setFrozen/)
})

test('balances are read from the token, or from the Reader for the coin', () => {
  const token = balanceProbe({ name: 'USDC', chain: 'main', token: usdc }, to, () => 'pool')
  expect(token).toMatchObject({ to: usdc, label: 'USDC of pool' })
  expect(token.data).toBe(encodeFunctionData({ abi: parseAbi(['function balanceOf(address) view returns (uint256)']), args: [to] }))
  expect(balanceProbe({ name: 'ETH', chain: 'main', token: undefined }, to).to).not.toBe(usdc)
})

describe('text from attackers', () => {
  test('becomes short and visible, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 250 }), (text, limit) => {
        const safe = safeText(text, limit)
        expect(safe.length).toBeLessThanOrEqual(limit)
        expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(safe.isWellFormed()).toBe(true)
      }),
    )
    expect(safeText('plain “text” {}')).toBe('plain “text” {}')
    expect(safeText('a\nb\u202ec\u{e0001}')).toBe('a\\nb\\u{202e}c\\u{e0001}')
  })

  test('reasons of every kind are read, and none throws', () => {
    const abi = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Mine(uint256)'])
    expect(revertReason('0x')).toBe('reverted without a reason')
    expect(revertReason(encodeErrorResult({ abi, errorName: 'Error', args: ['no {\n'] }))).toBe('reverted: no {\\n')
    expect(revertReason(encodeErrorResult({ abi, errorName: 'Panic', args: [0x11n] }))).toMatch(/^panicked: an amount/)
    expect(revertReason(encodeErrorResult({ abi, errorName: 'Panic', args: [2n ** 255n] }))).toMatch(/^panicked: code 0x8000/)
    expect(revertReason(encodeErrorResult({ abi, errorName: 'Mine', args: [1n] }))).toMatch(/^reverted with 0x[0-9a-f]{8}0+1$/)
    const long = encodeErrorResult({ abi, errorName: 'Error', args: ['x'.repeat(100_000)] })
    expect(revertReason(long)).toHaveLength(200)
    const errors = fc.constantFrom<Hex>('0x08c379a0', '0x4e487b71', '0x1f4d5abe')
    fc.assert(
      fc.property(
        errors,
        fc.uint8Array({ maxLength: 200 }),
        (selector, bytes) => void expect(revertReason(`${selector}${Buffer.from(bytes).toString('hex')}`).length).toBeLessThanOrEqual(200),
      ),
    )
  })
})

test('addresses are checksummed as viem does, and anything else is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      const text: Hex = `0x${Buffer.from(bytes).toString('hex')}`
      expect(checksummed(text)).toBe(getAddress(text))
      expect(checksummed(getAddress(text))).toBe(getAddress(text))
    }),
  )
  for (const wrong of ['', '0x', '0x12', `0x${'g'.repeat(40)}`, 'a1'.repeat(21)]) expect(checksummed(wrong)).toBeUndefined()
})

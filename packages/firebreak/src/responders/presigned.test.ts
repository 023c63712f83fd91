import { expect, test } from 'vitest'
import { blockRef } from '../../test/support/moments.ts'
import { brake } from '../../test/support/toy.ts'
import { RetryableError } from '../model/errors.ts'
import type { Signer, Unsigned } from './authorities/key.ts'
import { ladder, tipAbove } from './fees.ts'
import { presigned } from './presigned.ts'

const headAt = (baseFee: bigint) => ({ ...blockRef(1), baseFee })
const gwei = 10n ** 9n

/** Signs with the transaction's own text, so that tests can read what was signed. */
function clerk(wait: () => Promise<void> = async () => {}) {
  const asked: Unsigned[] = []
  const signer: Signer = {
    address: '0x01',
    sign: async (unsigned) => {
      asked.push(unsigned)
      await wait()
      return { raw: `0x${asked.length}`, hash: `0x${asked.length}` }
    },
  }
  return { signer, asked }
}
const calls = [0, 1].map((i) => ({ to: blockRef(1).feeRecipient, data: `0x0${i}` as const, label: `call ${i}` }))
const two = brake('both', { calls })

test('there is a form for every call and rung of the ladder, each call with a nonce of its own', async () => {
  const { signer, asked } = clerk()
  const forms = presigned(
    [two],
    signer,
    () => 100_000n,
    () => 10n ** 20n,
  )
  await forms.prepare(7n, headAt(gwei))
  expect(asked).toHaveLength(2 * ladder.length)
  for (const [i] of calls.entries()) {
    const form = forms.take('both', i, 7n + BigInt(i), tipAbove(3n * gwei), headAt(gwei))
    expect(form).toMatchObject({ nonce: 7n + BigInt(i), maxTip: 4n * gwei })
    expect(form && form.maxFee - form.maxTip).toBe(2n * gwei)
  }
})

test('a form is given only for exactly its nonce and rung, and while its fee has room above the base fee', async () => {
  const { signer } = clerk()
  const forms = presigned(
    [two],
    signer,
    () => 100_000n,
    () => 10n ** 20n,
  )
  await forms.prepare(7n, headAt(gwei))
  expect(forms.take('both', 0, 8n, gwei, headAt(gwei))).toBeUndefined()
  expect(forms.take('both', 0, 7n, gwei + 1n, headAt(gwei))).toBeUndefined()
  expect(forms.take('other', 0, 7n, gwei, headAt(gwei))).toBeUndefined()
  expect(forms.take('both', 0, 7n, gwei, headAt((8n * gwei) / 5n))).toBeDefined()
  expect(forms.take('both', 0, 7n, gwei, headAt((8n * gwei) / 5n + 1n))).toBeUndefined()
})

test('nothing is signed again while nonce, gas and base fee are about the same', async () => {
  const { signer, asked } = clerk()
  let gas = 100_000n
  const forms = presigned(
    [two],
    signer,
    () => gas,
    () => 10n ** 20n,
  )
  await forms.prepare(7n, headAt(gwei))
  const once = asked.length
  await forms.prepare(7n, headAt((14n * gwei) / 10n))
  expect(asked).toHaveLength(once)
  await forms.prepare(7n, headAt(2n * gwei))
  expect(asked).toHaveLength(2 * once)
  await forms.prepare(8n, headAt(2n * gwei))
  expect(asked).toHaveLength(3 * once)
  gas = 200_000n
  await forms.prepare(8n, headAt(2n * gwei))
  expect(asked).toHaveLength(4 * once)
})

test('what the key could not pay for is not signed', async () => {
  const { signer, asked } = clerk()
  const forms = presigned(
    [two],
    signer,
    () => 100_000n,
    () => 100_000n * 4n * gwei,
  )
  await forms.prepare(7n, headAt(gwei))
  expect(asked.every((one) => one.maxFee * one.gas <= 100_000n * 4n * gwei)).toBe(true)
  expect(forms.take('both', 0, 7n, gwei, headAt(gwei))).toBeDefined()
  expect(forms.take('both', 0, 7n, 4n * gwei, headAt(gwei))).toBeUndefined()
})

test('a newer nonce takes over while the older one is still being signed', async () => {
  let go: () => void = () => {}
  const gate = new Promise<void>((resolve) => (go = resolve))
  const { signer } = clerk(() => gate)
  const forms = presigned(
    [two],
    signer,
    () => 100_000n,
    () => 10n ** 20n,
  )
  const older = forms.prepare(7n, headAt(gwei))
  const newer = forms.prepare(8n, headAt(gwei))
  go()
  await Promise.all([older, newer])
  expect(forms.take('both', 0, 7n, gwei, headAt(gwei))).toBeUndefined()
  expect(forms.take('both', 0, 8n, gwei, headAt(gwei))).toMatchObject({ nonce: 8n })
})

test('a signer that takes longer than a block is not made to begin again, and what it has signed is of use already', async () => {
  let go: () => void = () => {}
  const gate = new Promise<void>((resolve) => (go = resolve))
  let slow = false
  const { signer, asked } = clerk(() => (slow ? gate : Promise.resolve()))
  const elsewhere: Signer = {
    ...signer,
    sign: (unsigned) => {
      slow = asked.length >= 8
      return signer.sign(unsigned)
    },
    elsewhere: { failing: () => undefined, takesMs: () => 1 },
  }
  const forms = presigned(
    [two],
    elsewhere,
    () => 100_000n,
    () => 10n ** 20n,
  )
  const older = forms.prepare(7n, headAt(gwei))
  await new Promise((done) => void setTimeout(done, 5))
  const before = asked.length
  const newer = forms.prepare(7n, headAt(gwei + 1n))
  expect(asked).toHaveLength(before)
  expect(forms.take('both', 1, 8n, gwei, headAt(gwei))).toBeDefined()
  go()
  await Promise.all([older, newer])
  expect(asked).toHaveLength(2 * ladder.length)
})

test('what a signer refuses it refuses alone; when it is away, nothing more is asked', async () => {
  const { signer, asked } = clerk()
  let away = false
  const picky: Signer = {
    ...signer,
    sign: async (unsigned) => {
      if (away) throw new RetryableError('away')
      const signed = await signer.sign(unsigned)
      if (unsigned.data === calls[0]?.data) throw new Error('not by my rules')
      return signed
    },
  }
  const forms = presigned(
    [two],
    picky,
    () => 100_000n,
    () => 10n ** 20n,
  )
  await expect(forms.prepare(7n, headAt(gwei))).rejects.toThrow('not by my rules')
  expect(forms.take('both', 0, 7n, gwei, headAt(gwei))).toBeUndefined()
  expect(forms.take('both', 1, 8n, gwei, headAt(gwei))).toBeDefined()
  expect(asked).toHaveLength(ladder.length + 1)
  away = true
  await expect(forms.prepare(8n, headAt(gwei))).rejects.toThrow('away')
  expect(forms.take('both', 1, 8n, gwei, headAt(gwei))).toBeDefined()
  away = false
  await expect(forms.prepare(7n, headAt(gwei))).rejects.toThrow('not by my rules')
})

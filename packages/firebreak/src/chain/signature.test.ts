// Shows that only what its sender signed counts as signed, for every kind of envelope that chains carry.
import { expect, test } from 'vitest'
import { parseTransaction as parseEnvelope, type Hex, type TransactionSerializable } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Transaction } from '../model/chain.ts'
import { parseTransaction } from './parse.ts'
import { validSignature } from './signature.ts'

const account = privateKeyToAccount(generatePrivateKey())
const to = '0x1111111111111111111111111111111111111111'
const common = { to, nonce: 3, gas: 50_000n, value: 7n, data: '0x1234' } as const
const fees = { chainId: 31_337, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n } as const
const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`] }] as const

const authorization = await account.signAuthorization({ address: to, chainId: 31_337, nonce: 4 })
const envelopes: Readonly<Record<string, TransactionSerializable>> = {
  'legacy, before EIP-155': { ...common, type: 'legacy', gasPrice: 5n },
  legacy: { ...common, type: 'legacy', gasPrice: 5n, chainId: 31_337 },
  'with an access list': { ...common, type: 'eip2930', gasPrice: 5n, chainId: 31_337, accessList },
  'with two fees': { ...common, ...fees, type: 'eip1559' },
  'that deploys': { ...common, ...fees, type: 'eip1559', to: undefined },
  'with delegations': { ...common, ...fees, type: 'eip7702', authorizationList: [authorization] },
}

const types = { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip4844: '0x3', eip7702: '0x4' } as const
const hex = (value: bigint | number | undefined): Hex => `0x${BigInt(value ?? 0).toString(16)}`

/** The envelope as a node shows it. */
async function shown(envelope: TransactionSerializable): Promise<Record<string, unknown>> {
  const signed = parseEnvelope(await account.signTransaction(envelope))
  const { r, s, v, yParity, type, chainId, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = signed
  return {
    hash: `0x${'ab'.repeat(32)}`,
    from: account.address,
    to: signed.to ?? null,
    nonce: hex(signed.nonce),
    gas: hex(signed.gas),
    value: hex(signed.value),
    input: signed.data,
    type: type === undefined ? undefined : types[type],
    ...(chainId === undefined ? {} : { chainId: hex(chainId) }),
    gasPrice: hex(gasPrice ?? maxFeePerGas),
    ...(maxFeePerGas === undefined ? {} : { maxFeePerGas: hex(maxFeePerGas), maxPriorityFeePerGas: hex(maxPriorityFeePerGas) }),
    ...(signed.accessList ? { accessList: signed.accessList } : {}),
    ...('authorizationList' in signed && signed.authorizationList
      ? {
          authorizationList: signed.authorizationList.map((one) => ({
            address: one.address,
            chainId: hex(one.chainId),
            nonce: hex(one.nonce),
            r: one.r,
            s: one.s,
            yParity: hex(one.yParity),
          })),
        }
      : {}),
    r,
    s,
    v: hex(v ?? yParity),
    ...(yParity === undefined ? {} : { yParity: hex(yParity) }),
  }
}

const read = (raw: Record<string, unknown>): Transaction => parseTransaction(raw, 'test')

test.each(Object.entries(envelopes))('a transaction %s is its sender’s, and any change makes it nobody’s', async (_, envelope) => {
  const raw = await shown(envelope)
  expect(validSignature(read(raw))).toBe(true)
  for (const change of [
    { from: to },
    { nonce: '0x4' },
    { value: '0x8' },
    { input: '0x1235' },
    { gas: '0xc351' },
    { r: `0x${'00'.repeat(32)}` },
    { s: `0x${'00'.repeat(32)}` },
    { s: raw['r'] },
  ])
    expect(validSignature(read({ ...raw, ...change })), JSON.stringify(change)).toBe(false)
})

test('the other value of s that signs the same is refused, as chains do', async () => {
  const raw = await shown(envelopes['with two fees'] ?? common)
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const other = { ...raw, s: hex(order - BigInt(String(raw['s']))), yParity: raw['yParity'] === '0x0' ? '0x1' : '0x0' }
  expect(validSignature(read({ ...other, v: other.yParity }))).toBe(false)
})

test('without a signature nothing counts', async () => {
  const { r: _r, s: _s, v: _v, yParity: _parity, ...raw } = await shown(envelopes['with two fees'] ?? common)
  expect(validSignature(read(raw))).toBe(false)
})

// A key signs what it is asked to sign, and chains take it.
import { expect, test } from 'vitest'
import { parseTransaction, recoverTransactionAddress, type TransactionSerializedEIP1559 } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { UserError } from '../../model/errors.ts'
import { keySigner } from './key.ts'

const unsigned = { to: '0x1111111111111111111111111111111111111111', data: '0x8456cb59', gas: 90_000n, maxFee: 9n, maxTip: 2n } as const

test('every form is the key’s own, exactly as asked, and the same as any other library would sign it', async () => {
  for (let nonce = 0n; nonce < 40n; nonce++) {
    const privateKey = generatePrivateKey()
    const account = privateKeyToAccount(privateKey)
    const { raw, hash } = await keySigner(privateKey, account.address, 31_337, 'test').sign({ ...unsigned, nonce })
    expect(await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerializedEIP1559 })).toBe(account.address)
    const { to, data, gas, chainId, maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw)
    expect({ to, data, gas, chainId, maxFeePerGas, maxPriorityFeePerGas }).toEqual({
      to: unsigned.to,
      data: unsigned.data,
      gas: 90_000n,
      chainId: 31_337,
      maxFeePerGas: 9n,
      maxPriorityFeePerGas: 2n,
    })
    const same = await account.signTransaction({
      type: 'eip1559',
      chainId: 31_337,
      to: unsigned.to,
      data: unsigned.data,
      gas: unsigned.gas,
      nonce: Number(nonce),
      maxFeePerGas: unsigned.maxFee,
      maxPriorityFeePerGas: unsigned.maxTip,
    })
    expect(raw).toBe(same)
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
  }
})

test('a key that is not the plan’s, or none at all, is refused without being quoted', () => {
  const privateKey = generatePrivateKey()
  const refusal = (secret: string, expected = privateKeyToAccount(privateKey).address): unknown => {
    try {
      return keySigner(secret, expected, 1, 'authorities.sentinel.signer')
    } catch (error) {
      return error
    }
  }
  for (const error of [
    refusal(privateKey, unsigned.to),
    refusal('hunter2hunter2'),
    refusal(`0x${'00'.repeat(32)}`),
    refusal(`0x${'ff'.repeat(32)}`),
  ]) {
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).not.toMatch(/hunter2|ffff|0000000/)
    expect(String(error)).not.toContain(privateKey.slice(2))
  }
})

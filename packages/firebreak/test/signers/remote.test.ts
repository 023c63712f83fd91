// Against a JSON-RPC signer on loopback: what it speaks, what is refused of what it gives, and what happens while it is away.
import { afterEach, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { keySigner, type Unsigned } from '../../src/responders/authorities/key.ts'
import { remoteHolder } from '../../src/responders/authorities/remote.ts'
import { guarded, SignerAway } from '../../src/responders/authorities/signer.ts'
import { SignerWrong } from '../../src/responders/authorities/signer-check.ts'
import { NotReached } from '../../src/responders/post.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { startSigner, type SignerServer, type SignerServerOptions } from './signer-server.ts'

const key: Hex = `0x${'11'.repeat(32)}`
const { address } = privateKeyToAccount(key)
const chainId = 31_337
const unsigned: Unsigned = {
  to: getAddress('0x00000000000000000000000000000000000000aa'),
  data: '0x8456cb59',
  nonce: 7n,
  gas: 60_000n,
  maxFee: 30_000_000_000n,
  maxTip: 2_000_000_000n,
}

const open: SignerServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()))
})
const started = async (options?: SignerServerOptions): Promise<SignerServer> => {
  const one = await startSigner(key, options)
  open.push(one)
  return one
}
const holder = (server: Pick<SignerServer, 'url'>, more: { readonly token?: string; readonly withinMs?: number } = {}) =>
  remoteHolder({
    url: server.url,
    token: more.token,
    withinMs: more.withinMs ?? 2_000,
    address,
    chainId,
    redact: (said) => said.replaceAll(server.url, '[secret]'),
  })

describe('a signer that does as it is asked', () => {
  test.each(['web3signer', 'geth', 'clef'] as const)('%s gives the very bytes that the key itself would', async (speaks) => {
    const server = await started({ speaks })
    const own = await keySigner(key, address, chainId, 'here').sign(unsigned)
    expect(await holder(server).sign(unsigned)).toEqual(own)
  })

  test('clef is asked in its own words from the second time on', async () => {
    const server = await started({ speaks: 'clef' })
    const signer = holder(server)
    await signer.sign(unsigned)
    await signer.sign({ ...unsigned, nonce: 8n })
    expect(server.asked.map(({ method }) => method)).toEqual(['eth_signTransaction', 'account_signTransaction', 'account_signTransaction'])
  })

  test('whatever is asked for', async () => {
    const server = await started()
    const amount = fc.bigInt({ min: 0n, max: 2n ** 64n })
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nonce: fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
          gas: amount,
          tip: amount,
          more: amount,
          data: fc.uint8Array({ maxLength: 80 }),
        }),
        async ({ nonce, gas, tip, more, data }) => {
          const one: Unsigned = {
            to: unsigned.to,
            nonce,
            gas,
            maxTip: tip,
            maxFee: tip + more,
            data: `0x${Buffer.from(data).toString('hex')}`,
          }
          expect(await holder(server).sign(one)).toEqual(await keySigner(key, address, chainId, 'here').sign(one))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a token is shown, and its absence is no signature', async () => {
    const server = await started({ token: 't0ken-of-the-signer' })
    await expect(holder(server).sign(unsigned)).rejects.toThrow('HTTP status 401')
    await expect(holder(server, { token: 't0ken-of-the-signer' }).sign(unsigned)).resolves.toMatchObject({
      hash: expect.stringMatching(/^0x/),
    })
  })
})

describe('what it gives is refused and said', () => {
  const other: Address = getAddress('0x00000000000000000000000000000000000000bb')
  test.each([
    ['nonce', { nonce: 8 }, /nonce is 8 and not 7/],
    ['to', { to: other }, /to is 0x0+bb and not/],
    ['data', { data: '0x3f4ba83a' as Hex }, /data is 0x3f4ba83a and not 0x8456cb59/],
    ['value', { value: 1n }, /value is 1 and not 0/],
    ['gas', { gas: 60_001n }, /gas is/],
    ['the fee', { maxFeePerGas: 30_000_000_001n }, /maxFeePerGas is/],
    ['the tip', { maxPriorityFeePerGas: 1n }, /maxPriorityFeePerGas is/],
    ['the chain', { chainId: 1 }, /chainId is 1 and not 31337/],
    ['an access list', { accessList: [{ address: other, storageKeys: [] }] }, /accessList/],
  ])('when it signs with another %s', async (_name, change, said) => {
    const server = await started()
    server.tamper = (tx) => ({ ...tx, ...change })
    const failure = await holder(server)
      .sign(unsigned)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SignerWrong)
    expect(String(failure)).toMatch(said)
  })

  test('when it signs with another key', async () => {
    const server = await started()
    server.key = `0x${'22'.repeat(32)}`
    await expect(holder(server).sign(unsigned)).rejects.toThrow(`its signature is not by ${address}`)
  })

  test.each([
    ['{"jsonrpc":"2.0","id":1,"result":null}', SignerWrong],
    ['{"jsonrpc":"2.0","id":1,"result":"0x"}', SignerWrong],
    ['{"jsonrpc":"2.0","id":1,"result":"0x02c0"}', SignerWrong],
    ['{"jsonrpc":"2.0","id":1,"result":{"raw":7}}', SignerWrong],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"denied \\u001b[31m by rule"}}', SignerWrong],
    ['{"jsonrpc":"2.0","id":1}', NotReached],
    ['<html>', NotReached],
    ['', NotReached],
  ])('%s is no signature', async (answer, kind) => {
    const server = await started()
    server.instead = () => answer
    const failure = await holder(server)
      .sign(unsigned)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(String(failure)).not.toContain('\u001b')
  })

  test('any bytes at all', async () => {
    const server = await started()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        server.instead = () => `{"result":"0x02${Buffer.from(bytes).toString('hex')}"}`
        await expect(holder(server).sign(unsigned)).rejects.toBeInstanceOf(SignerWrong)
      }),
      { numRuns: 100 },
    )
  })

  test('its words never carry where it was asked', async () => {
    const server = await started()
    server.instead = () => `{"error":{"code":1,"message":"no account at ${server.url}"}}`
    const failure = await holder(server)
      .sign(unsigned)
      .catch((error: unknown) => error)
    expect(String(failure)).toContain('[secret]')
    expect(String(failure)).not.toContain(server.url)
  })
})

describe('a signer that is away', () => {
  const guard = (server: SignerServer, clock: { now: number }, troubles: string[]) =>
    guarded(holder(server, { withinMs: 200 }), {
      authority: 'sentinel',
      address,
      now: () => clock.now,
      onTrouble: (what) => void troubles.push(what),
    })

  test('is not waited for, is backed off from, is said once, and is back with a word', async () => {
    const server = await started()
    const [clock, troubles] = [{ now: 0 }, [] as string[]]
    const signer = guard(server, clock, troubles)
    server.delayMs = 5_000
    await expect(signer.sign(unsigned)).rejects.toBeInstanceOf(SignerAway)
    expect(signer.elsewhere?.failing()).toMatch(/does not answer within 200 ms/)
    const before = server.asked.length
    await expect(signer.sign(unsigned)).rejects.toBeInstanceOf(SignerAway)
    expect(server.asked).toHaveLength(before)
    clock.now = 260
    await expect(signer.sign(unsigned)).rejects.toBeInstanceOf(SignerAway)
    expect(server.asked).toHaveLength(before + 1)
    server.delayMs = 0
    clock.now = 500
    await expect(signer.sign(unsigned)).rejects.toBeInstanceOf(SignerAway)
    clock.now = 800
    await expect(signer.sign(unsigned)).resolves.toMatchObject({ raw: expect.stringMatching(/^0x02/) })
    expect(signer.elsewhere?.failing()).toBeUndefined()
    expect(troubles).toEqual([
      'the signer of sentinel does not answer within 200 ms; it is asked again',
      'the signer of sentinel answers again',
    ])
  })

  test('what it refuses is said once, and it is asked for the next thing', async () => {
    const server = await started()
    const troubles: string[] = []
    const signer = guard(server, { now: 0 }, troubles)
    server.instead = ({ params }) => (params[0]?.['nonce'] === '0x7' ? '{"error":{"code":-32000,"message":"denied by rule"}}' : undefined)
    for (let i = 0; i < 3; i++) await expect(signer.sign(unsigned)).rejects.toBeInstanceOf(SignerWrong)
    await expect(signer.sign({ ...unsigned, nonce: 8n })).resolves.toBeDefined()
    expect(troubles).toHaveLength(1)
    expect(troubles[0]).toMatch(/denied by rule/)
  })
})

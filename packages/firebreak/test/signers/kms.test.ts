// Against AWS KMS on loopback: the request is signed as AWS wants it, and what comes back becomes what the key itself would have signed.
import { afterEach, describe, expect, test } from 'vitest'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hex } from '../../src/model/hex.ts'
import { keySigner, type Unsigned } from '../../src/responders/authorities/key.ts'
import { kmsHolder } from '../../src/responders/authorities/kms.ts'
import { signedHeaders, type AwsCredentials } from '../../src/responders/authorities/kms-request.ts'
import { SignerWrong } from '../../src/responders/authorities/signer-check.ts'
import { NotReached } from '../../src/responders/post.ts'
import { accessKeyId, kmsKeyId, startKms, type KmsServer } from './kms-server.ts'

const key: Hex = `0x${'33'.repeat(32)}`
const { address } = privateKeyToAccount(key)
const chainId = 1
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const unsigned: Unsigned = { to: address, data: '0x8456cb59', nonce: 3n, gas: 60_000n, maxFee: 9_000_000_000n, maxTip: 1_000_000_000n }

const open: KmsServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()))
})
const started = async (): Promise<KmsServer> => {
  const one = await startKms(key, secretAccessKey)
  open.push(one)
  return one
}
const holder = (
  server: Pick<KmsServer, 'url'>,
  credentials: () => AwsCredentials = () => ({ accessKeyId, secretAccessKey, sessionToken: undefined }),
) =>
  kmsHolder({
    keyId: kmsKeyId,
    region: 'eu-central-1',
    endpoint: server.url,
    credentials,
    withinMs: 2_000,
    address,
    chainId,
    now: () => Date.now(),
    redact: (said) => said.replaceAll(server.url, '[secret]'),
  })
const own = (one: Unsigned) => keySigner(key, address, chainId, 'here').sign(one)

test('a request is signed as in the example that AWS publishes', () => {
  // post-vanilla of AWS's test suite for Signature Version 4.
  const { authorization } = signedHeaders(
    {
      host: 'example.amazonaws.com',
      path: '/',
      region: 'us-east-1',
      service: 'service',
      headers: {},
      body: '',
      at: Date.UTC(2015, 7, 30, 12, 36),
    },
    { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, sessionToken: undefined },
  )
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  )
})

describe('a key at KMS', () => {
  test('says whose it is, and signs what the key itself would have signed', async () => {
    const server = await started()
    const kms = holder(server)
    await kms.introduce()
    for (let nonce = 0n; nonce < 20n; nonce++) expect(await kms.sign({ ...unsigned, nonce })).toEqual(await own({ ...unsigned, nonce }))
    expect(new Set(server.asked)).toEqual(new Set(['TrentService.GetPublicKey', 'TrentService.Sign']))
  })

  test('the high s, which chains refuse, becomes the low one', async () => {
    const server = await started()
    server.highS = true
    expect(await holder(server).sign(unsigned)).toEqual(await own(unsigned))
  })

  test('another key than the plan’s is refused before it signs, and when it signs', async () => {
    const server = await started()
    server.key = `0x${'44'.repeat(32)}`
    await expect(holder(server).introduce()).rejects.toThrow(
      `the KMS key belongs to ${privateKeyToAccount(server.key).address}, the plan says ${address}`,
    )
    await expect(holder(server).sign(unsigned)).rejects.toThrow(`its signature is not by ${address}`)
  })

  test('credentials that have run out are read again, once', async () => {
    const server = await started()
    server.sessionToken = 'second-session-token'
    let reads = 0
    const kms = holder(server, () => ({
      accessKeyId,
      secretAccessKey,
      sessionToken: reads++ === 0 ? 'first-session-token' : 'second-session-token',
    }))
    expect(await kms.sign(unsigned)).toEqual(await own(unsigned))
    expect(reads).toBe(2)
    server.sessionToken = 'third-session-token'
    await expect(kms.sign(unsigned)).rejects.toThrow(/ExpiredTokenException/)
    expect(reads).toBe(3)
  })

  test('a wrong secret is a refusal, which AWS words', async () => {
    const server = await started()
    server.secretAccessKey = 'another secret'
    await expect(holder(server).sign(unsigned)).rejects.toThrow(/InvalidSignatureException "the signature does not match"/)
  })

  test.each([
    ['AccessDeniedException', SignerWrong],
    ['DisabledException', SignerWrong],
    ['ThrottlingException', NotReached],
    ['KMSInternalException', NotReached],
  ])('%s', async (fault, kind) => {
    const server = await started()
    server.fault = fault
    const failure = await holder(server)
      .sign(unsigned)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(String(failure)).toContain(fault)
    expect(String(failure)).not.toContain(server.url)
  })

  test('that is away', async () => {
    const server = await started()
    await server.stop()
    open.splice(0)
    await expect(holder(server).sign(unsigned)).rejects.toThrow(/cannot be reached \(ECONNREFUSED\)/)
  })
})

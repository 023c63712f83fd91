// Asks AWS KMS for signatures with a secp256k1 key, and puts them into the form that a chain takes.
import { createPublicKey } from 'node:crypto'
import * as Signature from 'ox/Signature'
import { getAddress, keccak256 } from 'viem'
import type { Address, Hex } from '../../model/hex.ts'
import { jsonOf, NotReached, plain, post } from '../post.ts'
import { signedHeaders, type AwsCredentials } from './kms-request.ts'
import { assembled, digestOf, SignerWrong, type Asked } from './signer-check.ts'
import type { Holder } from './signer.ts'

export interface KmsOptions {
  readonly keyId: string
  readonly region: string
  readonly endpoint: string | undefined
  /** Read again when they are refused: those that last for a while are replaced where they lie. */
  readonly credentials: () => AwsCredentials
  readonly withinMs: number
  readonly address: Address
  readonly chainId: number
  readonly now: () => number
  readonly redact: (text: string) => string
}

/** What AWS says to credentials that were good before. */
const stale = /^(ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|IncompleteSignature)/
const busy = /^(Throttling|LimitExceeded|KMSInternal|DependencyTimeout|KeyUnavailable|ServiceUnavailable|InternalFailure)/

export function kmsHolder(options: KmsOptions): Holder {
  const { keyId, region, address, chainId, redact } = options
  const url = options.endpoint ?? `https://kms.${region}.amazonaws.com/`
  let credentials: AwsCredentials | undefined

  const ask = async (operation: 'Sign' | 'GetPublicKey', body: Readonly<Record<string, string>>, again = true): Promise<unknown> => {
    credentials ??= options.credentials()
    const text = JSON.stringify(body)
    const target = placeOf(url)
    const headers = signedHeaders(
      {
        host: target.host,
        path: target.pathname,
        region,
        service: 'kms',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
        body: text,
        at: options.now(),
      },
      credentials,
    )
    const answer = await post({ url, headers, body: text, withinMs: options.withinMs })
    const said = jsonOf(answer.text)
    if (answer.status === 200) return said
    const kind = plain(fieldOf(said, '__type')).replace(/^.*#/, '')
    if (stale.test(kind)) credentials = undefined
    if (stale.test(kind) && again) return ask(operation, body, false)
    if (kind === '' || busy.test(kind)) throw new NotReached(`answers with HTTP status ${answer.status} ${kind}`.trim())
    throw new SignerWrong(`AWS KMS refuses ${operation}: ${kind} "${redact(plain(fieldOf(said, 'message') ?? fieldOf(said, 'Message')))}"`)
  }

  return {
    introduce: async () => {
      const said = await ask('GetPublicKey', { KeyId: keyId })
      const spec = fieldOf(said, 'KeySpec') ?? fieldOf(said, 'CustomerMasterKeySpec')
      if (spec !== undefined && spec !== 'ECC_SECG_P256K1')
        throw new SignerWrong(`the KMS key has the spec ${plain(spec)}, not ECC_SECG_P256K1`)
      const owner = ownerOf(fieldOf(said, 'PublicKey'))
      if (owner === undefined) throw new SignerWrong('AWS KMS gives no public key on secp256k1')
      if (owner !== address) throw new SignerWrong(`the KMS key belongs to ${owner}, the plan says ${address}`)
    },
    sign: async (unsigned) => {
      const asked: Asked = { unsigned, chainId, address }
      const message = Buffer.from(digestOf(asked).slice(2), 'hex').toString('base64')
      const said = await ask('Sign', { KeyId: keyId, Message: message, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' })
      const { r, s } = pairOf(fieldOf(said, 'Signature'))
      return assembled(asked, r, s)
    },
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

function placeOf(url: string): URL {
  if (!URL.canParse(url)) throw new NotReached('has an address that is no http(s):// URL')
  return new URL(url)
}

/** Two numbers in DER, as base64. */
function pairOf(given: unknown): { readonly r: bigint; readonly s: bigint } {
  try {
    const { r, s } = Signature.fromDerBytes(Buffer.from(String(given), 'base64'))
    return { r: BigInt(r), s: BigInt(s) }
  } catch {
    throw new SignerWrong('AWS KMS gives no signature that can be read')
  }
}

function ownerOf(given: unknown): Address | undefined {
  try {
    const { crv, x, y } = createPublicKey({ key: Buffer.from(String(given), 'base64'), format: 'der', type: 'spki' }).export({
      format: 'jwk',
    })
    if (crv !== 'secp256k1' || x === undefined || y === undefined) return undefined
    const point: Hex = `0x${[x, y].map((part) => Buffer.from(part, 'base64url').toString('hex').padStart(64, '0')).join('')}`
    return getAddress(`0x${keccak256(point).slice(26)}`)
  } catch {
    return undefined
  }
}

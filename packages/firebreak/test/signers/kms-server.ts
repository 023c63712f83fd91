// AWS KMS on loopback: checks the Signature Version 4 of every request by itself, and signs digests with a key of its own.
import { createHash, createHmac, createPublicKey } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import * as Secp256k1 from 'ox/Secp256k1'
import * as Signature from 'ox/Signature'
import type { Hex } from '../../src/model/hex.ts'

export interface KmsServer {
  readonly url: string
  readonly asked: string[]
  /** What it signs with. */
  key: Hex
  /** Whose requests it takes. */
  secretAccessKey: string
  sessionToken: string | undefined
  /** Gives the other s that signs the same, which KMS does half of the time. */
  highS: boolean
  /** An error's type in place of the answer. */
  fault: string | undefined
  readonly stop: () => Promise<void>
}

export const kmsKeyId = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'

const hash = (what: string): string => createHash('sha256').update(what).digest('hex')
const mac = (key: string | Buffer, what: string): Buffer => createHmac('sha256', key).update(what).digest()
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

export async function startKms(key: Hex, secretAccessKey: string): Promise<KmsServer> {
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const body = await text(request)
      const refuse = (type: string, message: string): void =>
        void response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: type, message }))
      const target = String(request.headers['x-amz-target'])
      one.asked.push(target)
      if (one.fault !== undefined) return refuse(one.fault, `not today, at ${one.url}`)
      if (one.sessionToken !== undefined && request.headers['x-amz-security-token'] !== one.sessionToken)
        return refuse('ExpiredTokenException', 'The security token included in the request is expired')
      const wrong = wrongWith(request, body, one.secretAccessKey)
      if (wrong !== undefined) return refuse('InvalidSignatureException', wrong)
      const asked = JSON.parse(body) as Readonly<Record<string, string>>
      if (asked['KeyId'] !== kmsKeyId) return refuse('NotFoundException', `no key ${asked['KeyId']}`)
      const answer = target === 'TrentService.GetPublicKey' ? publicKey(one.key) : signed(one, asked)
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ KeyId: kmsKeyId, ...answer }))
    }
    serve().catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const one: KmsServer = {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`,
    asked: [],
    key,
    secretAccessKey,
    sessionToken: undefined,
    highS: false,
    fault: undefined,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return one
}

/** As AWS documents it, from the request as it came in; undefined when the signature is right. */
function wrongWith(request: IncomingMessage, body: string, secret: string): string | undefined {
  const [, credential = '', names = '', given = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '') ?? []
  const [id, day = '', region = '', service = '', last] = credential.split('/')
  const stamp = String(request.headers['x-amz-date'])
  if (id !== accessKeyId || last !== 'aws4_request' || service !== 'kms' || region !== 'eu-central-1') return `a credential ${credential}`
  for (const needed of ['host', 'x-amz-date', 'x-amz-target']) if (!names.split(';').includes(needed)) return `${needed} is not signed`
  const when = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(Date.now() - when) < 300_000) || !stamp.startsWith(day)) return `the time ${stamp}`
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`)
  const canonical = `POST\n${request.url}\n\n${headers.join('\n')}\n\n${names}\n${hash(body)}`
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${day}/${region}/${service}/aws4_request\n${hash(canonical)}`
  const signing = mac(mac(mac(mac(`AWS4${secret}`, day), region), service), 'aws4_request')
  return mac(signing, toSign).toString('hex') === given ? undefined : 'the signature does not match'
}

function signed(one: KmsServer, asked: Readonly<Record<string, string>>): object {
  if (asked['MessageType'] !== 'DIGEST' || asked['SigningAlgorithm'] !== 'ECDSA_SHA_256') throw new Error('another algorithm')
  const digest: Hex = `0x${Buffer.from(asked['Message'] ?? '', 'base64').toString('hex')}`
  const { r, s } = Secp256k1.sign({ payload: digest, privateKey: one.key })
  const der = Signature.toDerBytes({ r: BigInt(r), s: one.highS ? order - BigInt(s) : BigInt(s) })
  return { Signature: Buffer.from(der).toString('base64'), SigningAlgorithm: 'ECDSA_SHA_256' }
}

function publicKey(key: Hex): object {
  const { x, y } = Secp256k1.getPublicKey({ privateKey: key })
  const part = (value: bigint | Hex): string => Buffer.from(BigInt(value).toString(16).padStart(64, '0'), 'hex').toString('base64url')
  const der = createPublicKey({ key: { kty: 'EC', crv: 'secp256k1', x: part(x), y: part(y) }, format: 'jwk' }).export({
    format: 'der',
    type: 'spki',
  })
  return { PublicKey: der.toString('base64'), KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' }
}

// Signs a request to AWS with Signature Version 4. By hand: the small libraries for it (aws4, aws4fetch) have had no release since 2024, the
// kept one is a tree of packages inside the process that may pull brakes, and this is one kind of POST, checked against AWS's own example.
import { createHash, createHmac } from 'node:crypto'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

export interface AwsRequest {
  readonly host: string
  readonly path: string
  readonly region: string
  readonly service: string
  /** Signed along with host and date; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Milliseconds. */
  readonly at: number
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest()

/** The headers to send besides `host`. */
export function signedHeaders(request: AwsRequest, credentials: AwsCredentials): Readonly<Record<string, string>> {
  const { host, path, region, service, body, at } = request
  const date = new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const sent: Record<string, string> = { ...request.headers, 'x-amz-date': date }
  if (credentials.sessionToken !== undefined) sent['x-amz-security-token'] = credentials.sessionToken
  const headers = Object.entries({ ...sent, host }).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const names = headers.map(([name]) => name).join(';')
  const lines = headers.map(([name, value]) => `${name}:${value.trim()}\n`).join('')
  const canonical = ['POST', path, '', lines, names, sha256(body)].join('\n')
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${credentials.secretAccessKey}`)
  const signature = hmac(key, text).toString('hex')
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

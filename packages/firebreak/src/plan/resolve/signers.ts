// Settles who signs for a key: a secret that is opened here, or a signer elsewhere and what it takes to speak with it.
import { durationMs } from '../../base/units.ts'
import type { SecretRef, SignerRef } from '../../model/brake.ts'
import type { Context } from './context.ts'
import { isFields, onlyFields, quoted, unit, type Fields, type Report } from './report.ts'
import { secretOf } from './secret-place.ts'

/** Longer than a block of most chains: a signer like that is of no use in an emergency. */
const mostMs = 30_000

export function settleSigner({ report, warn }: Pick<Context, 'report' | 'warn'>, path: string, given: unknown): SignerRef | undefined {
  if (isFields(given) && given.kind === 'remote') return remoteOf(report, path, given)
  if (isFields(given) && given.kind === 'awsKms') return kmsOf(report, path, given)
  const secret = secretOf(report, path, given, ['keystore', 'env', 'file'])
  if (secret?.kind === 'env')
    warn(
      path,
      'takes a private key from an environment variable, which every child process and crash dump can see',
      "for local use only; otherwise keystore('keys/a.json', env('PASSWORD'))",
    )
  return secret
}

function remoteOf(report: Report, path: string, given: Fields): SignerRef | undefined {
  onlyFields(report, path, given, ['kind', 'url', 'token', 'answersWithin'])
  const url = placeOf(report, `${path}.url`, given.url)
  const token = given.token === undefined ? undefined : placeOf(report, `${path}.token`, given.token)
  const answersWithinMs = patience(report, path, given)
  return url && answersWithinMs !== undefined ? { kind: 'remote', url, token, answersWithinMs } : undefined
}

function kmsOf(report: Report, path: string, given: Fields): SignerRef | undefined {
  const optional = ['endpoint', 'accessKeyId', 'secretAccessKey', 'sessionToken'] as const
  onlyFields(report, path, given, ['kind', 'keyId', 'region', 'answersWithin', ...optional])
  const keyId = placeOf(report, `${path}.keyId`, given.keyId)
  const region =
    typeof given.region === 'string' && /^[a-z]{2}(-[a-z]+)+-\d$/.test(given.region)
      ? given.region
      : report(`${path}.region`, `is ${quoted(given.region)}`, "name the key's region, for instance 'eu-central-1'")
  const [endpoint, accessKeyId, secretAccessKey, sessionToken] = optional.map((name) =>
    given[name] === undefined ? undefined : placeOf(report, `${path}.${name}`, given[name]),
  )
  const answersWithinMs = patience(report, path, given)
  if (!keyId || region === undefined || answersWithinMs === undefined) return undefined
  return {
    kind: 'awsKms',
    keyId,
    region,
    endpoint,
    accessKeyId: accessKeyId ?? { kind: 'env', name: 'AWS_ACCESS_KEY_ID' },
    secretAccessKey: secretAccessKey ?? { kind: 'env', name: 'AWS_SECRET_ACCESS_KEY' },
    sessionToken,
    answersWithinMs,
  }
}

const placeOf = (report: Report, path: string, given: unknown): SecretRef | undefined => secretOf(report, path, given, ['env', 'file'])

function patience(report: Report, path: string, given: Fields): number | undefined {
  const ms = unit(report, `${path}.answersWithin`, given.answersWithin ?? '3s', durationMs, 'a duration', '3s')
  if (ms !== undefined && ms > mostMs)
    return report(`${path}.answersWithin`, 'is longer than half a minute, in which an attack is over', "write it like '3s'")
  return ms
}

// Settles the voice of a plan: every receiver, whom it escalates to, the heartbeat, and where checkpoints go.
import { durationMs } from '../../base/units.ts'
import { voiceLevels, type Heartbeat, type Hook, type Receiver, type Voice } from '../../model/voice.ts'
import { suggest } from '../nearest.ts'
import type { Context } from './context.ts'
import { entriesOf, isFields, listOf, onlyFields, quoted, unit, type Fields, type Report } from './report.ts'
import { secretOf } from './secret-place.ts'

const places = ['env', 'file'] as const

export function resolveVoice({ report }: Context, given: unknown): Voice | undefined {
  if (given === undefined) return undefined
  if (!isFields(given)) return report('voice', `is ${quoted(given)}`, 'write { tell: { onCall: webhook({ … }) } } or leave it out')
  onlyFields(report, 'voice', given, ['tell', 'heartbeat', 'checkpoints'])
  const entries = given.tell === undefined ? [] : entriesOf(report, 'voice.tell', given.tell)
  const names = entries.map(([name]) => name)
  const receivers = entries.flatMap(([name, entry]) => receiverOf(report, `voice.tell.${name}`, name, entry, names) ?? [])
  return {
    receivers,
    heartbeat: given.heartbeat === undefined ? undefined : heartbeatOf(report, 'voice.heartbeat', given.heartbeat),
    checkpoints: given.checkpoints === undefined ? undefined : hookOf(report, 'voice.checkpoints', given.checkpoints, []),
  }
}

function hookOf(report: Report, path: string, given: unknown, more: readonly string[]): Hook | undefined {
  if (!isFields(given) || given.kind !== 'webhook')
    return report(path, `is ${quoted(given)}`, "write webhook({ url: env('HOOK'), secret: env('HOOK_SECRET') })")
  onlyFields(report, path, given, ['kind', 'url', 'secret', ...more])
  const url = secretOf(report, `${path}.url`, given.url, places)
  const secret = secretOf(report, `${path}.secret`, given.secret, places)
  return url && secret && { url, secret }
}

function receiverOf(report: Report, path: string, name: string, given: Fields, names: readonly string[]): Receiver | undefined {
  const hook = hookOf(report, path, given, ['from', 'escalate'])
  const from = voiceLevels.find((level) => level === (given.from ?? 'incident'))
  if (!from) report(`${path}.from`, `is ${quoted(given.from)}`, `say ${voiceLevels.map((level) => `'${level}'`).join(', ')}`)
  const escalate = listOf(given.escalate).map((step, i) => {
    const at = `${path}.escalate[${i}]`
    if (!isFields(step)) return report(at, `is ${quoted(step)}`, "write { after: '5m', to: 'lead' }")
    onlyFields(report, at, step, ['after', 'to'])
    const afterMs = unit(report, `${at}.after`, step.after, durationMs, 'a duration', '5m')
    const { to } = step
    if (typeof to !== 'string' || !names.includes(to) || to === name)
      return report(
        `${at}.to`,
        `is ${quoted(to)}`,
        suggest(
          typeof to === 'string' ? to : '',
          names.filter((one) => one !== name),
          'name another receiver',
        ),
      )
    return afterMs === undefined ? undefined : { afterMs, to }
  })
  if (!hook || !from || !escalate.every((step) => step !== undefined)) return undefined
  return { ...hook, name, from, escalate: escalate.toSorted((a, b) => a.afterMs - b.afterMs) }
}

function heartbeatOf(report: Report, path: string, given: unknown): Heartbeat | undefined {
  if (!isFields(given)) return report(path, `is ${quoted(given)}`, "write { url: env('HEARTBEAT'), every: '30s' }")
  onlyFields(report, path, given, ['url', 'secret', 'every', 'silentAfter', 'method'])
  const url = secretOf(report, `${path}.url`, given.url, places)
  const secret = given.secret === undefined ? undefined : secretOf(report, `${path}.secret`, given.secret, places)
  const everyMs = unit(report, `${path}.every`, given.every ?? '30s', durationMs, 'a duration', '30s')
  const silentMs = unit(report, `${path}.silentAfter`, given.silentAfter ?? '2m', durationMs, 'a duration', '2m')
  const method = given.method ?? 'POST'
  if (method !== 'POST' && method !== 'GET') return report(`${path}.method`, `is ${quoted(method)}`, "say 'POST' or 'GET'")
  if (!url || everyMs === undefined || silentMs === undefined) return undefined
  return { url, secret, method, everyMs, silentMs }
}

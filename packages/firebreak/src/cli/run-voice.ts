// The voice and the heartbeat of a run, as its plan describes them, and where its checkpoints are sent.
import type { Context } from '../engine/context.ts'
import type { Engine } from '../engine.ts'
import { disarmedOf } from '../base/arming.ts'
import type { SqliteJournal } from '../journal/sqlite/options.ts'
import type { SecretRef } from '../model/brake.ts'
import { UserError, type Fault } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Hook } from '../model/voice.ts'
import type { VoiceClock } from '../voice/delivery.ts'
import { startHeartbeat } from '../voice/heartbeat.ts'
import { checkpointHook } from '../voice/checkpoint-hook.ts'
import { listened } from '../voice/listened.ts'
import type { Message } from '../voice/message.ts'
import { post } from '../voice/post.ts'
import { startVoice, type Line } from '../voice/voice.ts'
import type { Io } from './io.ts'
import { inputOf } from './obey.ts'
import type { OpenPlan } from './open-plan.ts'

export interface RunVoiceOptions {
  readonly opened: Pick<OpenPlan, 'plan' | 'secret'>
  readonly journal: SqliteJournal
  readonly armed: boolean
  readonly io: Pick<Io, 'secrets' | 'note'>
  readonly context: Pick<Context, 'now' | 'trouble'>
}

export interface RunVoice {
  /** The same journal: what is written to it is heard. */
  readonly journal: SqliteJournal
  readonly judged: (chain: string, block: bigint) => void
  /** From here on answers reach the engine. */
  readonly attach: (engine: Engine) => void
  /** Where each checkpoint is sent, if anywhere. */
  readonly checkpoint: ((line: string) => Promise<void>) | undefined
  readonly stop: () => Promise<void>
}

/** Names and words for people, never an address: those are secrets. */
export function voiceOf({ opened, journal, armed, io, context }: RunVoiceOptions): RunVoice {
  const { plan } = opened
  const { voice } = plan
  const silent: RunVoice = { journal, judged: () => {}, attach: () => {}, checkpoint: undefined, stop: async () => {} }
  if (!voice) return silent
  const opener = hookOpener(opened)
  const lines = voice.receivers.map((one): Line => ({ ...one, ...opener.open(`voice.tell.${one.name}`, one) }))
  const checkpoints = voice.checkpoints && opener.open('voice.checkpoints', voice.checkpoints)
  const beatUrl = voice.heartbeat && opener.url('voice.heartbeat.url', voice.heartbeat.url)
  const beatSecret = voice.heartbeat?.secret && opener.secret('voice.heartbeat.secret', voice.heartbeat.secret)
  opener.check()

  const clock: VoiceClock = { now: context.now, after: afterUnref, random: Math.random }
  let engine: Engine | undefined
  const early: (() => void)[] = []
  const answered = (message: Message, by: string, receiver: string): void => {
    const at = context.now()
    const who = `${by}, by ${receiver}`
    if (message.incident === undefined)
      return heard.later([{ kind: 'note', at, body: { said: 'answered', about: message.topic }, sealed: { by: who } }])
    const order = inputOf({ order: 'ack', incident: message.incident, by: who, because: '' }, at)
    if (engine) engine.submit(order)
    else early.push(() => engine?.submit(order))
  }
  const speaking =
    lines.length === 0
      ? undefined
      : startVoice({
          plan: { name: plan.name, hash: plan.hash },
          lines,
          journal,
          clock,
          post,
          redact: io.secrets.redact,
          onAnswer: answered,
          trouble: context.trouble,
        })
  const heard = speaking ? listened(journal, speaking.hear) : journal
  const heart =
    voice.heartbeat && beatUrl !== undefined
      ? startHeartbeat({
          ...voice.heartbeat,
          url: beatUrl,
          secret: beatSecret,
          chains: plan.chains.map((one) => one.name),
          plan: { name: plan.name, hash: plan.hash },
          post,
          clock,
          facts: () => factsOf(plan, armed, engine),
          trouble: context.trouble,
        })
      : undefined
  const whom = [
    ...(lines.length > 0 ? [`tells ${lines.map((one) => one.name).join(', ')}`] : []),
    ...(heart ? ['sends a heartbeat'] : []),
    ...(checkpoints ? ['sends checkpoints'] : []),
  ]
  if (whom.length > 0) io.note(whom.join(', '))
  return {
    journal: heard,
    judged: (chain, block) => heart?.judged(chain, block),
    attach: (running) => {
      engine = running
      for (const run of early.splice(0)) run()
    },
    checkpoint: checkpoints && checkpointHook({ url: checkpoints.to, secret: checkpoints.key, post, clock }),
    stop: async () => {
      heart?.stop()
      await speaking?.stop()
    },
  }
}

function factsOf(plan: ResolvedPlan, armed: boolean, engine: Engine | undefined): Readonly<Record<string, string | number | boolean>> {
  if (!engine) return { armed }
  const { core } = engine
  const names = plan.brakes.map((one) => one.name)
  const live = core.incidents().filter((one) => one.status !== 'closed' && one.status !== 'merged')
  return { armed, disarmed: disarmedOf(core.disarmed(), names).length, brakes: names.length, incidents: live.length }
}

const shortestSecret = 16

/** Everything that is wrong with the places is told at once. */
function hookOpener({ secret: read }: RunVoiceOptions['opened']): {
  readonly open: (path: string, hook: Hook) => { readonly to: string; readonly key: string }
  readonly url: (path: string, ref: SecretRef) => string
  readonly secret: (path: string, ref: SecretRef) => string
  readonly check: () => void
} {
  const faults: Fault[] = []
  const readOr = (path: string, ref: SecretRef): string | undefined => {
    try {
      return read(ref)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      faults.push(...error.faults.map((fault) => ({ ...fault, path: `${path} (${fault.path})` })))
      return undefined
    }
  }
  const url = (path: string, ref: SecretRef): string => {
    const text = readOr(path, ref)
    if (text !== undefined && !/^https?:\/\//.test(URL.canParse(text) ? new URL(text).href : ''))
      faults.push({ path, wrong: 'is not an address (not shown)', mend: 'give one that begins with https:// or http://' })
    return text ?? ''
  }
  const secret = (path: string, ref: SecretRef): string => {
    const text = readOr(path, ref)
    if (text !== undefined && text.length < shortestSecret)
      faults.push({ path, wrong: 'is too short to sign with', mend: `give at least ${shortestSecret} characters: openssl rand -hex 32` })
    return text ?? ''
  }
  return {
    open: (path, hook) => ({ to: url(`${path}.url`, hook.url), key: secret(`${path}.secret`, hook.secret) }),
    url,
    secret,
    check: () => {
      if (faults.length > 0) throw new UserError(faults)
    },
  }
}

function afterUnref(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

// Tells what the engine does, as it happens, in sentences with dollars and minutes.
import { disarmedOf, type Disarmed } from '../base/arming.ts'
import { isOfAuthority, type Effect, type Input } from '../engine/inputs.ts'
import { brakeOf, isRelease } from '../engine/wishes.ts'
import type { Comparison, Decision } from '../model/decision.ts'
import type { Incident } from '../model/incident.ts'
import type { Signal } from '../model/signal.ts'
import { authorityLine } from './authority-line.ts'
import { dollarsText } from './dollars.ts'
import { comparisonLines, decisionLine } from './incident-lines.ts'
import type { Io } from './io.ts'

export interface Story {
  readonly onInput: (input: Input, effects: readonly Effect[]) => void
}

const repeatMs = 10 * 60_000

/** `disarmed`: what people have disarmed at the moment, where somebody can say. */
export function storyOf(io: Io, disarmed?: () => Disarmed | undefined): Story {
  const time = (at: number): string => io.paint('dim', new Date(at).toISOString().slice(11, 23))
  const indent = ' '.repeat(13)
  const known = new Map<string, Incident['status']>()
  const pulled = new Map<string, readonly string[]>()
  const told = new Map<string, { readonly summary: string; readonly block: bigint; readonly at: number }>()

  /** What lasts is said at every block, and is in the record each time: the screen has it now and then. */
  const isNews = ({ watch, summary, moment }: Signal, at: number): boolean => {
    if (moment.kind !== 'block' || watch === 'firebreak') return true
    const before = told.get(watch)
    const { number } = moment.block
    const lasts = before?.summary === summary && number - before.block <= 1n && at - before.at < repeatMs
    told.set(watch, { summary, block: number, at: lasts ? before.at : at })
    return !lasts
  }

  const onIncident = (incident: Incident, at: number): void => {
    if (known.get(incident.id) === incident.status) return
    const isNew = !known.has(incident.id)
    known.set(incident.id, incident.status)
    const what = isNew
      ? `incident on ${incident.chain}, ${dollarsText(incident.severity)} at stake, ${Math.round(incident.confidence * 100)} % sure`
      : incident.status
    io.say(`${time(at)} ${io.paint('bold', incident.id)} ${what}`)
  }

  const onEntry = (kind: string, body: unknown, at: number): void => {
    // Our own entries have the shapes that we wrote.
    if (kind === 'signal') {
      const signal = body as Signal
      if (isNews(signal, at))
        io.say(`${time(at)} ${signal.watch} ${io.paint('dim', `${Math.round(signal.likelihood * 100)} %`)} ${signal.summary}`)
    }
    if (kind === 'incident') onIncident(body as Incident, at)
    if (kind === 'decision') {
      const decision = body as Decision
      pulled.set(decision.id, decision.verdict === 'pull' ? decision.brakes : [])
      io.say(`${time(at)} ${io.paint('bold', decision.incident)} ${decisionLine(decision, io.paint)}`)
      const now = disarmed?.()
      const off = decision.verdict === 'pull' && now ? disarmedOf(now, decision.brakes) : []
      if (off.length > 0) io.say(`${indent}${io.paint('yellow', `not sent: people have disarmed ${off.join(', ')}`)}`)
    }
    if (kind === 'comparison') {
      const comparison = body as Comparison & { readonly decision: string }
      for (const line of comparisonLines(comparison, pulled.get(comparison.decision) ?? [], io.paint)) io.say(`${indent}${line}`)
      pulled.delete(comparison.decision)
    }
  }

  return {
    onInput: (input, effects) => {
      if (input.kind === 'desire' && input.news.kind === 'holding') {
        const { receipt } = input.news
        io.say(
          `${time(input.at)} ${isRelease(input.desire) ? io.paint('yellow', 'RELEASED') : io.paint('green', 'HOLDS')} ${receipt.brake} at block ${receipt.block.number}${receipt.tx ? ` by ${receipt.tx}` : ', by someone else'}`,
        )
      }
      if (input.kind === 'desire' && isOfAuthority(input.news))
        io.say(`${time(input.at)} ${io.paint('yellow', authorityLine(input.news, brakeOf(input.desire)))}`)
      else if (input.kind === 'desire' && input.news.kind !== 'holding') io.say(`${time(input.at)} ${input.desire}: ${input.news.kind}`)
      if (input.kind === 'happening' && input.happening.kind === 'retraction')
        io.say(`${time(input.at)} reorg: ${input.happening.dropped.length} blocks taken back`)
      if (input.kind === 'happening' && input.happening.kind === 'gap')
        io.say(`${time(input.at)} gap: blocks ${input.happening.from} to ${input.happening.to}: ${input.happening.why}`)
      if (input.kind === 'order') {
        const about = 'incident' in input ? input.incident : (input.brake ?? 'everything')
        io.say(
          `${time(input.at)} ${io.paint('bold', `order: ${input.order} ${about}`)} by ${input.by}${input.because ? `, because ${input.because}` : ''}`,
        )
      }
      for (const effect of effects)
        if (effect.kind === 'record') for (const entry of effect.entries) onEntry(entry.kind, entry.body, entry.at)
    },
  }
}

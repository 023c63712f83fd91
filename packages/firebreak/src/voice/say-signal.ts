// What is told of a signal: the engine's own always, a watch's now and then, however often it speaks.
import type { Signal } from '../model/signal.ts'
import { bodyOf, type Draft, type Drafted, type Heard, type Said } from './draft.ts'

/** A watch that speaks at every block is told again only so often. */
const quietMs = 10 * 60_000
const mostSpoken = 1_000
/** What the engine says of itself. */
const own = 'firebreak'

export function signalSayings(message: Drafted): (heard: Heard) => readonly Said[] {
  const spoken = new Map<string, { at: number; more: number }>()
  return (heard) => {
    const { watch, kind, summary, likelihood, moment } = bodyOf<Signal>(heard)
    // Its desire tells it better.
    if (watch === own && kind === 'released') return []
    const key = `${moment.chain}|${watch}|${watch === own ? summary.replaceAll(/0x[0-9a-fA-F]+|\d+/g, '#') : ''}`
    const before = spoken.get(key)
    if (before && heard.at - before.at < quietMs && heard.at >= before.at) {
      before.more++
      return []
    }
    spoken.delete(key)
    spoken.set(key, { at: heard.at, more: 0 })
    for (const oldest of spoken.keys()) {
      if (spoken.size <= mostSpoken) break
      spoken.delete(oldest)
    }
    const fields = {
      watch,
      likelihood,
      chain: moment.chain,
      block: moment.block.number.toString(),
      ...(before && before.more > 0 ? { alsoSince: before.more } : {}),
    }
    if (watch !== own)
      return [
        message(heard, { kind: 'finding', level: 'finding', fields, said: `${watch}, ${Math.round(likelihood * 100)} %: ${summary}.` }),
      ]
    return [message(heard, { ...ofOwn(kind, summary), fields, command: 'firebreak check' })]
  }
}

/** What the engine says of itself needs a person, but for an endpoint that comes and goes. */
function ofOwn(kind: string, summary: string): Pick<Draft, 'kind' | 'level' | 'wants' | 'topic' | 'said'> {
  switch (kind) {
    case 'readiness':
    case 'detector':
      return {
        kind,
        level: 'proposal',
        wants: true,
        topic: `${kind}:${summary}`,
        said: kind === 'readiness' ? `Not ready: ${summary}.` : `${summary}.`,
      }
    case 'endpoint':
      return { kind: 'endpoints', level: 'incident', wants: false, topic: `endpoints:${summary}`, said: `${summary}.` }
    case 'disagreement':
      return { kind: 'endpoints', level: 'proposal', wants: true, topic: `endpoints:${summary}`, said: `${summary}.` }
    default:
      return { kind: 'engine', level: 'proposal', wants: true, topic: `engine:${summary}`, said: `${summary}.` }
  }
}

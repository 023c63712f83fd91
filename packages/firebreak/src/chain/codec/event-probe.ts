// Compiles an event of one contract into a log filter with its own decoder, and sorts raw logs to those who asked for them.
import { toEventSelector, toEventSignature } from 'viem'
import type { EventRef, LogProbe } from '../../model/call.ts'
import type { Log } from '../../model/chain.ts'
import { UserError } from '../../model/errors.ts'
import { DecodeOnce } from './decode-once.ts'
import { eventDecoder } from './event-decoder.ts'
import type { EventArgs, EventDecoder } from './event-decoder.ts'

interface DecodedLog {
  readonly args: EventArgs
  readonly log: Log
}

const decodedLogs = new DecodeOnce<readonly Log[], readonly DecodedLog[]>()
const none: readonly DecodedLog[] = []

/**
 * Logs that do not fit the event are skipped: anyone can emit anything.
 *
 * @example encodeEvent(token.event.Transfer).of(moment) // [{ args: { from, to, value }, log }]
 */
export function encodeEvent(ref: EventRef): LogProbe {
  if (ref.event.anonymous) {
    throw new UserError({
      path: `${ref.address}.${ref.event.name}`,
      wrong: 'the event is anonymous: its logs carry no name to find them by',
      mend: 'watch another event, or read the state that it speaks of',
    })
  }
  const topic = toEventSelector(toEventSignature(ref.event))
  const key = `${ref.address.toLowerCase()}:${topic}`
  const shape = JSON.stringify(ref.event.inputs)
  const decode = eventDecoder(ref.event)
  return {
    key,
    address: ref.address,
    topic,
    of: ({ logs }) => {
      const raw = logs.get(key)
      return raw ? decodedLogs.get(raw, shape, () => decodeAll(raw, decode)) : none
    },
  }
}

function decodeAll(raw: readonly Log[], decode: EventDecoder): readonly DecodedLog[] {
  const decoded: DecodedLog[] = []
  for (const log of raw) {
    const args = decode(log)
    if (args) decoded.push({ args, log })
  }
  return decoded
}

/** What `Moment.logs` holds: the logs that somebody asked for, in order, by the probe's key. */
export function sortLogs(probes: readonly LogProbe[], logs: readonly Log[]): ReadonlyMap<string, readonly Log[]> {
  const wanted = new Map<string, Log[]>()
  for (const { key } of probes) wanted.set(key, [])
  if (wanted.size === 0) return wanted
  for (const log of logs) {
    const topic = log.topics[0]
    if (topic !== undefined) wanted.get(`${log.address.toLowerCase()}:${topic}`)?.push(log)
  }
  for (const [key, found] of wanted) if (found.length === 0) wanted.delete(key)
  return wanted
}

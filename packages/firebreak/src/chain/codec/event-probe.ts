// Compiles an event of one contract into a log filter with its own decoder, and sorts raw logs to those who asked for them.
import { toEventSelector, toEventSignature } from 'viem'
import type { EventRef, LogProbe } from '../../model/call.ts'
import type { Log } from '../../model/chain.ts'
import { UserError } from '../../model/errors.ts'
import { checksummed } from './checksum.ts'
import { DecodeOnce } from './decode-once.ts'
import { eventDecoder } from './event-decoder.ts'
import type { EventArgs, EventDecoder } from './event-decoder.ts'
import { safeText } from './safe-text.ts'

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
  const address = checksummed(ref.address)
  if (address === undefined) {
    throw new UserError({
      path: `${ref.event.name}.address`,
      wrong: `${safeText(ref.address)} is not an address`,
      mend: 'give 0x and 40 hex digits',
    })
  }
  const topic = toEventSelector(toEventSignature(ref.event))
  const key = `${address.toLowerCase()}:${topic}`
  const shape = JSON.stringify(ref.event.inputs)
  const decode = eventDecoder(ref.event)
  return {
    key,
    address,
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
  const wanted = wantedBy(probes)
  const found = new Map<string, Log[]>()
  for (const log of logs) {
    const topic = log.topics[0]
    const key = topic === undefined ? undefined : wanted.get(log.address)?.get(topic)
    if (key === undefined) continue
    const sorted = found.get(key)
    if (sorted) sorted.push(log)
    else found.set(key, [log])
  }
  return found
}

const wantedByList = new WeakMap<readonly LogProbe[], ReadonlyMap<string, ReadonlyMap<string, string>>>()

/** Key by address and topic, made once per list: most logs of a block are nobody's, and one lookup says so. */
function wantedBy(probes: readonly LogProbe[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const known = wantedByList.get(probes)
  if (known) return known
  const wanted = new Map<string, Map<string, string>>()
  for (const { key, address, topic } of probes) {
    const keys = wanted.get(address) ?? new Map<string, string>()
    wanted.set(address, keys.set(topic, key))
  }
  wantedByList.set(probes, wanted)
  return wanted
}

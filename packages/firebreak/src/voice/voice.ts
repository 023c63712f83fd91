// The voice of a run: hears what is recorded and tells it to those whom the plan names. Nothing waits for it, and what it has to say outlives a restart.
import { z } from 'zod'
import type { Entry, Json, NewEntry } from '../model/journal.ts'
import type { Receiver, VoiceLevel } from '../model/voice.ts'
import type { Journal } from '../stages.ts'
import { delivery, type Delivery, type VoiceClock } from './delivery.ts'
import { escalation, type Thread } from './escalation.ts'
import { rank, type Message } from './message.ts'
import type { Post } from './post.ts'
import type { Heard } from './draft.ts'
import { heardKinds, sayings } from './say.ts'

export interface Line extends Receiver {
  /** What `url` and `secret` refer to. */
  readonly to: string
  readonly key: string
}

export interface VoiceOptions {
  readonly plan: { readonly name: string; readonly hash: string }
  readonly lines: readonly Line[]
  readonly journal: Pick<Journal, 'read' | 'open' | 'keep' | 'kept'> & {
    readonly id: string
    readonly head: () => { readonly seq: number }
  }
  readonly clock: VoiceClock
  readonly post: Post
  /** Takes out what must not leave, whatever it got into. */
  readonly redact: (text: string) => string
  /** A receiver answered that somebody has it. */
  readonly onAnswer: (message: Message, by: string, receiver: string) => void
  readonly trouble: (what: string) => void
}

export interface Voice {
  /** Returns at once. */
  readonly hear: (entries: readonly NewEntry[]) => void
  /** Tells what is still to be told, once, and ends. */
  readonly stop: () => Promise<void>
}

const keptName = 'voice'
/** Entries looked at before everything else in the process has its turn again. */
const atOnce = 100
/** Heard and not looked at yet: more than this is dropped, and said. */
const mostHeard = 20_000
const lookMs = 20
const saveMs = 100
const patienceMs = 5_000

interface State {
  /** Everything up to this entry was told to this receiver. */
  readonly receivers: Readonly<Record<string, { readonly seq: number; readonly done: readonly string[]; readonly dropped: number }>>
  readonly threads: readonly Thread[]
  readonly answered: readonly string[]
}

export function startVoice(options: VoiceOptions): Voice {
  const { plan, lines, journal, clock, trouble } = options
  const prefix = journal.id.slice(2, 10)
  const state = stateOf(journal.kept(keptName))
  const said = sayings(prefix)
  let waiting: Heard[] = []
  let unheard = 0
  let cancel: (() => void) | undefined
  let stopped = false
  /** Until when each receiver was told everything. */
  const reached = new Map(lines.map(({ name }) => [name, state?.receivers[name]?.seq ?? journal.head().seq]))

  /** Once for many: what is not kept in time is told again after a restart, with the id that it had. */
  let cancelSave: (() => void) | undefined
  const saveSoon = (): void => {
    cancelSave ??= clock.after(saveMs, save)
  }
  const save = (): void => {
    cancelSave?.()
    cancelSave = undefined
    const head = journal.head().seq
    for (const [name, line] of deliveries) if (line.idle() && waiting.length === 0) reached.set(name, head)
    const now: State = {
      receivers: Object.fromEntries(
        [...deliveries].map(([name, line]) => [name, { seq: reached.get(name) ?? head, done: line.done(), dropped: line.dropped() }]),
      ),
      threads: escalating.threads(),
      answered: escalating.answered(),
    }
    try {
      journal.keep(keptName, JSON.stringify(now))
    } catch (error) {
      trouble(`what was told cannot be kept, and is told again after a restart: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const bodyOf = ({ id, kind, level, at, said: sentence, incident, command, fields }: Message): string =>
    options.redact(
      JSON.stringify({
        version: 1,
        id,
        kind,
        level,
        at: new Date(at).toISOString(),
        plan,
        said: sentence,
        incident: incident ?? null,
        command: command ?? null,
        fields: readable(fields),
      }),
    )

  const deliveries = new Map<string, Delivery>(
    lines.map((line) => [
      line.name,
      delivery({
        name: line.name,
        url: line.to,
        secret: line.key,
        post: options.post,
        clock,
        bodyOf,
        done: state?.receivers[line.name]?.done ?? [],
        dropped: state?.receivers[line.name]?.dropped ?? 0,
        onDone: saveSoon,
        onAnswer: (message, by) => {
          // A receiver that answers everything answers what is said of its answer, too: once is enough.
          if (escalating.answered().includes(message.topic)) return
          escalating.answer(message.topic)
          options.onAnswer(message, by, line.name)
        },
        trouble,
      }),
    ]),
  )

  const escalating = escalation({
    receivers: lines,
    clock,
    past: state?.threads ?? [],
    answered: state?.answered ?? [],
    tell: (to, message) => deliveries.get(to)?.tell(message),
    onChange: saveSoon,
  })

  const wants = (line: Receiver, level: VoiceLevel): boolean => rank[level] >= rank[line.from]

  const look = (heard: Heard, to: readonly Line[]): void => {
    for (const one of said.of(heard)) {
      if ('settles' in one) {
        if (one.answered) escalating.answer(one.settles)
        else escalating.settle(one.settles)
        continue
      }
      for (const line of to) {
        if (!wants(line, one.level)) continue
        deliveries.get(line.name)?.tell(one)
        escalating.told(line.name, one)
      }
    }
  }

  const lookAround = (): void => {
    cancel = undefined
    const now = waiting.slice(0, atOnce)
    waiting = waiting.slice(atOnce)
    for (const one of now) look(one, lines)
    if (unheard > 0) {
      trouble(`${unheard} entries came too fast for the voice, and are in the record alone`)
      unheard = 0
    }
    if (waiting.length > 0) soon(0)
    else saveSoon()
  }
  const soon = (ms: number): void => {
    if (!stopped) cancel ??= clock.after(ms, lookAround)
  }

  /** What an earlier life did not live to tell, and what was written while nobody ran. */
  const catchUp = (): void => {
    const told = Math.min(...reached.values())
    // Signals change nothing of what is known, and are most of a journal.
    for (const entry of journal.read({ kinds: heardKinds.filter((kind) => kind !== 'signal') }))
      if (entry.seq <= told) look(heardIn(entry, journal), [])
    for (const entry of journal.read({ kinds: heardKinds, from: told + 1 }))
      look(
        heardIn(entry, journal),
        lines.filter((line) => entry.seq > (reached.get(line.name) ?? Infinity)),
      )
    save()
  }
  catchUp()

  return {
    hear: (entries) => {
      for (const { kind, at, body, sealed } of entries) {
        if (!heardKinds.includes(kind)) continue
        if (waiting.length >= mostHeard && kind === 'signal') unheard++
        else waiting.push({ kind, at, body, by: textOf(sealed?.['by']) })
      }
      if (waiting.length > 0) soon(lookMs)
    },
    stop: async () => {
      cancel?.()
      stopped = true
      while (waiting.length > 0) lookAround()
      escalating.stop()
      let giveUp: (() => void) | undefined
      const late = new Promise<void>((done) => {
        giveUp = clock.after(patienceMs, done)
      })
      await Promise.race([Promise.all([...deliveries.values()].map((line) => line.stop())), late])
      giveUp?.()
      save()
    },
  }
}

const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function heardIn(entry: Entry, journal: Pick<Journal, 'open'>): Heard {
  const by = entry.commitments['by'] === undefined ? undefined : textOf(journal.open(entry.seq, 'by')?.value)
  return { kind: entry.kind, at: entry.at, body: entry.body, by }
}

/** Amounts are exact in JSON too: as text, because numbers there are not. */
function readable(fields: Message['fields']): unknown {
  return JSON.parse(JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)))
}

const stateShape = z.object({
  receivers: z.record(z.string(), z.object({ seq: z.number(), done: z.array(z.string()), dropped: z.number() })),
  threads: z.array(z.custom<Thread>((one) => typeof one === 'object' && one !== null && 'message' in one && 'since' in one)),
  answered: z.array(z.string()),
})

/** What we kept ourselves has the shape that we wrote; anything else is a beginning. */
function stateOf(kept: string | undefined): State | undefined {
  try {
    return kept === undefined ? undefined : stateShape.parse(JSON.parse(kept))
  } catch {
    return undefined
  }
}

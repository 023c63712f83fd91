// Brings messages to one receiver, one after the other: until it has taken them, with pauses that grow, and never in anybody's way.
import { z } from 'zod'
import type { Message } from './message.ts'
import type { Post } from './post.ts'
import { queueOf, type Queue } from './queue.ts'
import { oneLine } from './words.ts'

/** What a run hands to everything here that waits. */
export interface VoiceClock {
  readonly now: () => number
  /** Runs something later and gives back how to call it off. */
  readonly after: (ms: number, run: () => void) => () => void
  /** From 0 up to 1. */
  readonly random: () => number
}

export interface DeliveryOptions {
  readonly name: string
  readonly url: string
  readonly secret: string
  readonly post: Post
  readonly clock: VoiceClock
  readonly bodyOf: (message: Message) => string
  /** What earlier lives delivered, so that it is not said again, and how much they dropped. */
  readonly done: readonly string[]
  readonly dropped: number
  readonly onDone: () => void
  readonly onAnswer: (message: Message, by: string) => void
  readonly trouble: (what: string) => void
}

export interface Delivery {
  readonly tell: (message: Message) => void
  readonly idle: () => boolean
  readonly done: () => readonly string[]
  readonly dropped: () => number
  /** Tries what waits once more, and ends. */
  readonly stop: () => Promise<void>
}

const mostWaiting = 1_000
/** Enough to know again whatever a restart reads a second time: all since somebody waited, and a few for what was not durable yet. */
const mostDone = 1_000
const fewDone = 50
const firstPauseMs = 1_000
const longestPauseMs = 60_000

const answerShape = z.object({ ack: z.literal(true), by: z.string().max(200).optional() })

export function delivery(options: DeliveryOptions): Delivery {
  const { name, post, clock, trouble } = options
  const queue: Queue = queueOf(mostWaiting, options.dropped)
  const done = new Set(options.done)
  const queued = new Set<string>()
  let failures = 0
  let working: Promise<void> | undefined
  let wake: (() => void) | undefined
  let stopping = false

  /** True when the receiver has it. */
  const attempt = async (message: Message): Promise<boolean> => {
    const { url, secret } = options
    const answered = await post({ url, secret, method: 'POST', body: options.bodyOf(message), at: clock.now() })
    if (!answered.ok) {
      // The first failure is told, and then every tenfold: a receiver that is away for a day fills no log.
      if (Number.isInteger(Math.log10(++failures)))
        trouble(`${name} was not told (${answered.why}), ${failures} times by now; it is tried again`)
      return false
    }
    if (failures > 0) trouble(`${name} is told again`)
    failures = 0
    const answer = answerShape.safeParse(answered.answer)
    if (answer.success) options.onAnswer(message, oneLine(answer.data.by ?? name))
    return true
  }

  const deliverOne = async (message: Message): Promise<boolean> => {
    const dropped = queue.dropped()
    if (dropped > 0) {
      if (!(await attempt(droppedMessage(dropped, message)))) return false
      queue.told(dropped)
    }
    if (!(await attempt(message))) return false
    queue.remove(message)
    queued.delete(message.id)
    done.add(message.id)
    for (const id of done) {
      if (done.size <= (queue.size() === 0 ? fewDone : mostDone)) break
      done.delete(id)
    }
    options.onDone()
    return true
  }

  const pause = (): Promise<void> =>
    new Promise((go) => {
      const ms = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), longestPauseMs) * (0.5 + clock.random() / 2)
      const cancel = clock.after(ms, go)
      wake = () => {
        cancel()
        go()
      }
    })

  const work = async (): Promise<void> => {
    for (let message = queue.first(); message; message = queue.first()) {
      if (await deliverOne(message)) continue
      if (stopping) break
      await pause()
      wake = undefined
    }
    working = undefined
  }

  return {
    tell: (message) => {
      if (done.has(message.id) || queued.has(message.id)) return
      queued.add(message.id)
      const gone = queue.put(message)
      if (gone) queued.delete(gone.id)
      working ??= work()
    },
    idle: () => queue.size() === 0,
    done: () => [...done],
    dropped: queue.dropped,
    stop: async () => {
      stopping = true
      wake?.()
      await working
    },
  }
}

const droppedMessage = (count: number, next: Message): Message => ({
  id: `${next.id}-dropped-${count}`,
  kind: 'dropped',
  level: 'proposal',
  at: next.at,
  said: `${count} messages were dropped, because too many waited for this receiver; the record has them all.`,
  topic: 'dropped',
  wants: false,
  incident: undefined,
  command: 'firebreak incidents',
  fields: { dropped: count },
})

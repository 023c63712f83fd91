// Who is told next when nobody answers: one thread for each receiver and topic, which outlives a restart.
import type { Receiver } from '../model/voice.ts'
import type { VoiceClock } from './delivery.ts'
import type { Message } from './message.ts'

export interface Thread {
  readonly receiver: string
  /** When its first message was said: waiting began then, whatever happened to us since. */
  readonly since: number
  /** Steps of the receiver's escalation that were taken. */
  readonly taken: number
  /** The latest of its messages. */
  readonly message: Message
}

export interface EscalationOptions {
  readonly receivers: readonly Receiver[]
  readonly clock: VoiceClock
  readonly past: readonly Thread[]
  /** Topics that somebody has taken on already. */
  readonly answered: readonly string[]
  readonly tell: (to: string, message: Message) => void
  readonly onChange: () => void
}

export interface Escalation {
  /** The receiver is told this; from now on somebody is waited for. */
  readonly told: (receiver: string, message: Message) => void
  /** Nobody is waited for any more: of this topic, or, where it ends with a colon, of all that begin so. */
  readonly settle: (topic: string) => void
  /** Somebody has it, and further messages about it need no answer either. */
  readonly answer: (topic: string) => void
  readonly threads: () => readonly Thread[]
  readonly answered: () => readonly string[]
  readonly stop: () => void
}

const mostThreads = 200
const mostAnswered = 500
const longestTimerMs = 60 * 60_000

export function escalation({ receivers, clock, past, answered: before, tell, onChange }: EscalationOptions): Escalation {
  const steps = new Map(receivers.map((one) => [one.name, one.escalate]))
  const threads = new Map<string, Thread>()
  const answered = new Set(before)
  let cancel: (() => void) | undefined
  let stopped = false
  const keyOf = (receiver: string, topic: string): string => `${receiver}|${topic}`
  const dueOf = ({ receiver, since, taken }: Thread): number => since + (steps.get(receiver)?.[taken]?.afterMs ?? Infinity)

  const look = (): void => {
    cancel?.()
    cancel = undefined
    if (stopped) return
    const now = clock.now()
    let changed = false
    for (const [key, thread] of threads) {
      const { receiver, taken, message } = thread
      const step = steps.get(receiver)?.[taken]
      if (!step) {
        threads.delete(key)
        changed = true
        continue
      }
      if (dueOf(thread) > now) continue
      threads.set(key, { ...thread, taken: taken + 1 })
      changed = true
      tell(step.to, {
        ...message,
        id: `${message.id}-e${taken + 1}`,
        said: `Nobody answered at ${receiver}: ${message.said}`,
        fields: { ...message.fields, escalatedFrom: receiver, unansweredMs: now - thread.since },
      })
    }
    const next = Math.min(...[...threads.values()].map(dueOf))
    // A timer that is too long for Node fires at once.
    if (Number.isFinite(next)) cancel = clock.after(Math.min(Math.max(next - now, 10), longestTimerMs), look)
    if (changed) onChange()
  }

  const settle = (topic: string): void => {
    for (const [key, { message }] of threads)
      if (message.topic === topic || (topic.endsWith(': ') && message.topic.startsWith(topic))) threads.delete(key)
    onChange()
  }

  for (const thread of past) threads.set(keyOf(thread.receiver, thread.message.topic), thread)
  if (threads.size > 0) cancel = clock.after(0, look)

  return {
    told: (receiver, message) => {
      if (!message.wants || answered.has(message.topic) || (steps.get(receiver) ?? []).length === 0) return
      const key = keyOf(receiver, message.topic)
      const thread = threads.get(key)
      threads.set(key, thread ? { ...thread, message } : { receiver, since: message.at, taken: 0, message })
      for (const oldest of threads.keys()) {
        if (threads.size <= mostThreads) break
        threads.delete(oldest)
      }
      look()
    },
    settle,
    answer: (topic) => {
      answered.add(topic)
      for (const oldest of answered) {
        if (answered.size <= mostAnswered) break
        answered.delete(oldest)
      }
      settle(topic)
    },
    threads: () => [...threads.values()],
    answered: () => [...answered],
    stop: () => {
      stopped = true
      cancel?.()
    },
  }
}

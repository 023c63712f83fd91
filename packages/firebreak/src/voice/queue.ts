// What waits for one receiver: in order, and not without end. What has to be dropped is counted, and the receiver is told.
import { rank, type Message } from './message.ts'

export interface Queue {
  /** Gives back what had to go for it. */
  readonly put: (message: Message) => Message | undefined
  readonly first: () => Message | undefined
  readonly remove: (message: Message) => void
  readonly size: () => number
  /** Messages that were dropped since the receiver was last told. */
  readonly dropped: () => number
  readonly told: (dropped: number) => void
}

/** Of what matters least, the oldest goes first. */
export function queueOf(most: number, droppedBefore: number): Queue {
  let waiting: Message[] = []
  let dropped = droppedBefore
  const drop = (): Message | undefined => {
    const least = Math.min(...waiting.map((one) => rank[one.level]))
    const index = waiting.findIndex((one) => rank[one.level] === least)
    dropped++
    return waiting.splice(index, 1)[0]
  }
  return {
    put: (message) => {
      waiting.push(message)
      return waiting.length > most ? drop() : undefined
    },
    first: () => waiting[0],
    remove: (message) => {
      waiting = waiting.filter((one) => one !== message)
    },
    size: () => waiting.length,
    dropped: () => dropped,
    told: (count) => {
      dropped -= count
    },
  }
}

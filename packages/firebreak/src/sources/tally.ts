// Counts what became of waiting transactions: nothing is left out in silence.

/** Why nobody looked at a transaction before the block that it may have been in. */
export type Missed =
  /** The line or the memory was full of what may matter more. */
  | 'full'
  /** More from one account than nodes keep. */
  | 'sender'
  /** The next block came first. */
  | 'late'
  /** The node failed over it again and again. */
  | 'failed'

export interface PendingCounts {
  readonly seen: number
  /** Looked at: traced or simulated, at least once each time that it was due. */
  readonly examined: number
  /** Reached the detectors, because they touch the plan. */
  readonly judged: number
  readonly waiting: number
  /** Not looked at yet, or being looked at now. */
  readonly inLine: number
  /** Not looked at although they might have mattered, by reason; looked at again at the next head where they still wait. */
  readonly dropped: Readonly<Record<Missed, number>>
  /** Not looked at for good reason: coins from account to account, fees below the next base fee. */
  readonly passed: { readonly plain: number; readonly underpriced: number }
}

export const droppedIn = ({ dropped }: Pick<PendingCounts, 'dropped'>): number =>
  dropped.full + dropped.sender + dropped.late + dropped.failed

/** `120 of them: 100 full, 20 late`; the reasons that there were. */
export function missedText(dropped: PendingCounts['dropped']): string {
  const words: Readonly<Record<Missed, string>> = {
    full: 'for want of room',
    sender: 'one too many of their senders',
    late: 'not reached before the next block',
    failed: 'because the node failed over them',
  }
  const said = (Object.keys(words) as Missed[]).flatMap((why) =>
    dropped[why] > 0 ? [`${dropped[why].toLocaleString('en-US')} ${words[why]}`] : [],
  )
  return said.join(', ')
}

// Hands signed bytes to the node until it has them: a lost connection is tried again, a refusal is told.
import type { Attempt, Intent } from '../model/brake.ts'
import type { NewEntry } from '../model/journal.ts'
import type { Node } from '../stages.ts'

export interface BroadcastOptions {
  readonly node: Pick<Node, 'send'>
  readonly writeLater: (entries: readonly NewEntry[]) => void
  readonly onTrouble: (what: string) => void
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Whether these bytes are still what we want to be mined. */
  readonly current: (intent: Intent, attempt: Attempt) => boolean
  /** False for a brake that people have disarmed: asked right before each try. */
  readonly mayAct: (brake: string) => boolean
}

const firstRetryMs = 100
const mostRetryMs = 2_000

/** The same bytes may go out as often as it takes: their nonce lets one of them be mined. A reminder is only heard where the node had forgotten. */
export async function broadcast(intent: Intent, options: BroadcastOptions, reminder = false): Promise<void> {
  const attempt = intent.attempts.at(-1)
  if (!attempt) return
  for (let tries = 0; ; tries++) {
    if (!options.mayAct(intent.brake)) return
    const result = await options.node
      .send(attempt.raw)
      .catch((error: unknown) => ({ kind: 'lost' as const, why: error instanceof Error ? error.message : String(error) }))
    const why = 'why' in result ? result.why : undefined
    // A node that has it already is no news, and each try of one that is away would fill the journal: the first and the last are told.
    if (reminder && result.kind !== 'sent') return
    if (tries === 0 || result.kind !== 'lost')
      options.writeLater([
        { kind: 'broadcast', at: options.now(), body: { intent: intent.id, tx: attempt.hash, result: result.kind, why } },
      ])
    if (tries === 0 && why !== undefined) options.onTrouble(`${intent.brake} was not accepted by the node: ${why}`)
    if (result.kind !== 'lost' || !options.current(intent, attempt)) return
    await options.sleep(Math.min(firstRetryMs * 2 ** tries, mostRetryMs))
    if (!options.current(intent, attempt)) return
  }
}
